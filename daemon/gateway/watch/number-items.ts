/**
 * What a page of the directory's journal tells watchers: numbers that went to
 * another admin state. One item is one event of the journal, whatever it holds:
 * which pools its numbers are in is looked up when it is told, and an item must
 * be the same one whenever it is read.
 */
import type { Digits, PoolId } from '../../core/binding.js'
import type { NumberState } from '../../core/directory.js'
import type { DirectoryView } from '../../directory/view.js'
import { type WatchEvent, WatchKind } from '../../generated/xpool/v1/types.js'
import { numberStateWords, wireNumber } from '../wire-words.js'
import { type Audience, type Frame, frameOf, type WatchItem } from './watch-item.js'

export interface NumbersChanged {
  readonly state: NumberState
  /** Ascending. */
  readonly digits: readonly Digits[]
}

export interface NumberStatesPage {
  readonly seq: number
  /** The process clock at the change, unix ms. */
  readonly nowMs: number
  /** Empty for a page about something else. */
  readonly changes: readonly NumbersChanged[]
}

/** The directory's journal as far as it concerns watchers; the methods are those of JournalReader. */
export interface NumberJournal {
  refresh(): void
  head(): number
  first(): number
  pages(fromSeq: number, limit: number): NumberStatesPage[]
}

/** Neighbouring numbers of one pool; undefined: they have been removed since. */
interface Run {
  readonly pool: PoolId | undefined
  readonly first: Digits
  readonly count: number
}

export function itemsOfNumbers({ nowMs, changes }: NumberStatesPage, directory: DirectoryView): WatchItem[] {
  return changes.map((change) => numbersItem(change, nowMs, directory))
}

function numbersItem({ state, digits }: NumbersChanged, atMs: number, directory: DirectoryView): WatchItem {
  let runs: readonly Run[] | undefined
  const frames = new Map<Audience, Frame | undefined>()
  const tell = (audience: Audience) => {
    runs ??= runsOf(digits, directory)
    const seen = runs.filter(({ pool }) => sees(audience, pool, directory))
    return seen.length === 0 ? undefined : frameOf(seen.map((run) => eventMessage(run, state, atMs, directory)))
  }
  return {
    kind: WatchKind.WATCH_KIND_NUMBER_STATE,
    owner: undefined,
    frame(audience) {
      if (!frames.has(audience)) frames.set(audience, tell(audience))
      return frames.get(audience)
    },
  }
}

function sees(audience: Audience, pool: PoolId | undefined, directory: DirectoryView): boolean {
  if (audience === 'system') return true
  return pool !== undefined && directory.pool(pool)?.tenants.includes(audience) === true
}

function runsOf(digits: readonly Digits[], directory: DirectoryView): Run[] {
  const runs: { pool: PoolId | undefined; first: Digits; last: Digits; count: number }[] = []
  for (const number of digits) {
    const pool = directory.number(number)?.pool
    const run = runs.at(-1)
    if (run !== undefined && run.pool === pool && follows(run.last, number)) {
      run.last = number
      run.count += 1
    } else {
      runs.push({ pool, first: number, last: number, count: 1 })
    }
  }
  return runs
}

/** Of the same length, and one more; 20 digits are more than a double holds. */
function follows(one: Digits, next: Digits): boolean {
  return one.length === next.length && BigInt(one) + 1n === BigInt(next)
}

function eventMessage(run: Run, state: NumberState, atMs: number, directory: DirectoryView): WatchEvent {
  const { pool, first, count } = run
  return {
    kind: WatchKind.WATCH_KIND_NUMBER_STATE,
    atMs,
    tenant: '',
    pool: pool === undefined ? '' : (directory.pool(pool)?.name ?? ''),
    bindingId: '',
    binding: undefined,
    call: undefined,
    poolLevel: undefined,
    numbers: { first, count, state: wireNumber(numberStateWords, state) },
  }
}
