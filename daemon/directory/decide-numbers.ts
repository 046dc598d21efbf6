/** The directory's decision on AddNumbers, and on what becomes of the parts of an import. Pure. */
import type { Digits } from '../core/binding.js'
import type { Pool } from '../core/directory.js'
import { limits } from '../core/limits.js'
import type { DirectoryEvent, OrdinalRange, Part } from '../store/directory-event.js'
import { holdsNumber, numbersBetween, numbersIn } from '../store/directory-number-key.js'
import type { DirectoryCommand } from './commands.js'
import { type Decision, refused } from './decision.js'
import { textFault } from './fields.js'
import { directoryLimits } from './limits.js'
import type { PreparedNumbers } from './prepared-numbers.js'
import { type DirectoryRefusal, refuse } from './refusal.js'
import type { DirectoryState } from './state.js'

type AddNumbers = Extract<DirectoryCommand, { type: 'add-numbers' }>

/** What was done and looked up for a request before it is decided. */
export interface AddFacts {
  readonly prepared: PreparedNumbers | DirectoryRefusal
  /** The first of its numbers that somebody holds already. */
  readonly held: Digits | undefined
}

/** All of a request or none of it; a large one takes several pages, of which the last makes it count. */
export function decideAddNumbers(state: DirectoryState, command: AddNumbers, facts: AddFacts, now: number): Decision {
  const gate = addGate(state, command)
  if (gate !== undefined) return refused(gate)
  const pool = state.poolByName(command.pool)!
  const { prepared, held } = facts
  if (!prepared.ok) return refused(prepared)
  const fault = heldFault(held) ?? fallbackFault(state, prepared.keys) ?? roomFault(state, pool, command, prepared.keys)
  if (fault !== undefined) return refused(fault)
  return { answer: addAnswer(state, command, prepared.keys), pages: addPages(state, command, pool, prepared.keys, now) }
}

/** What can be refused before the numbers are looked at. */
export function addGate(state: DirectoryState, command: AddNumbers): DirectoryRefusal | undefined {
  if (state.poolByName(command.pool) === undefined) {
    return refuse('POOL_NOT_FOUND', `there is no pool ${command.pool}`, 'pool')
  }
  const tooLong =
    textFault(command.area, limits.areaBytes, 'area') ?? textFault(command.importName, limits.textBytes, 'import_id')
  if (tooLong !== undefined || command.numbers.length + command.blocks.length > 0) return tooLong
  // An import whose size was not known ahead is closed by a last part without numbers.
  if (command.last && state.partsOf(command.importName).length > 0) return undefined
  return refuse('INVALID_OPTION', 'numbers or blocks are required', 'numbers')
}

function heldFault(held: Digits | undefined): DirectoryRefusal | undefined {
  if (held === undefined) return undefined
  return refuse('NUMBER_EXISTS', `number ${held} is in a pool already`, 'numbers', { number: held })
}

/** Whoever is put through to a fallback number must not reach a number that is lent out. */
function fallbackFault(state: DirectoryState, keys: Uint8Array): DirectoryRefusal | undefined {
  for (const [number, pool] of state.fallbackNumbers()) {
    if (!holdsNumber(keys, number)) continue
    return refuse('INVALID_NUMBER', `number ${number} is the fallback number of pool ${pool}`, 'numbers', { number })
  }
  return undefined
}

function roomFault(
  state: DirectoryState,
  pool: Pool,
  command: AddNumbers,
  keys: Uint8Array,
): DirectoryRefusal | undefined {
  const { openParts, ordinalsPerShard } = directoryLimits
  if (state.load(pool.shard).next + numbersIn(keys) > ordinalsPerShard) {
    return refuse('TOO_MANY', `shard ${pool.shard} has given all its ${ordinalsPerShard} places`)
  }
  const newArea = command.area !== '' && state.areaId(pool.id, command.area) === undefined
  if (newArea && state.areaCount(pool.id) >= limits.areasPerPool) {
    return refuse('TOO_MANY', `pool ${pool.name} has ${limits.areasPerPool} areas, the most it can have`, 'area')
  }
  if (!needsPart(command, keys) || state.partCount < openParts) return undefined
  return refuse('TOO_MANY', `${openParts} parts of imports are open, the most there can be`, 'import_id')
}

/** A request that fits one commit and stands alone needs no part: the commit is all or nothing by itself. */
function needsPart(command: AddNumbers, keys: Uint8Array): boolean {
  const count = numbersIn(keys)
  if (count === 0) return false
  return count > directoryLimits.numbersPerPage || !goesLiveAlone(command)
}

function goesLiveAlone(command: AddNumbers): boolean {
  return command.importName === ''
}

function addAnswer(state: DirectoryState, command: AddNumbers, keys: Uint8Array): Decision['answer'] {
  const added = numbersIn(keys)
  if (goesLiveAlone(command)) return { ok: true, added, live: added }
  if (!command.last) return { ok: true, added, live: 0 }
  const before = state.partsOf(command.importName).reduce((sum, part) => sum + part.count, 0)
  return { ok: true, added, live: before + added }
}

function addPages(
  state: DirectoryState,
  command: AddNumbers,
  pool: Pool,
  keys: Uint8Array,
  now: number,
): DirectoryEvent[][] {
  const { numbersPerPage } = directoryLimits
  const count = numbersIn(keys)
  const first = state.load(pool.shard).next
  const inPart = needsPart(command, keys)
  const { importName } = command
  const part: Part = { id: state.nextPart, importName, shard: pool.shard, first, count, atMs: now, phase: 'FILLING' }
  const area = areaFor(state, pool, command.area)
  const pages: DirectoryEvent[][] = []
  for (let from = 0; from < count; from += numbersPerPage) {
    pages.push([
      {
        type: 'numbers',
        part: inPart ? part.id : 0,
        pool: pool.id,
        area: area.id,
        shard: pool.shard,
        first: first + from,
        keys: numbersBetween(keys, from, Math.min(count, from + numbersPerPage)),
      },
    ])
  }
  pages[0]?.unshift(...area.made, ...(inPart ? [{ type: 'part-begun', part } as const] : []))
  const closing = closingEvents(state, command, inPart ? part : undefined, now)
  if (closing.length > 0) {
    const lastPage = pages.at(-1)
    if (lastPage === undefined) pages.push(closing)
    else lastPage.push(...closing)
  }
  return pages
}

/** What the last page of a request says of its part, and of its import. */
function closingEvents(
  state: DirectoryState,
  command: AddNumbers,
  part: Part | undefined,
  now: number,
): DirectoryEvent[] {
  const filled: DirectoryEvent[] = part === undefined ? [] : [{ type: 'part-filled', part: part.id, atMs: now }]
  const alone = goesLiveAlone(command)
  if (!alone && !command.last) return filled
  const before = alone ? [] : state.partsOf(command.importName)
  const live = part === undefined ? before : [...before, part]
  if (live.length === 0) return filled
  return [...filled, { type: 'parts-live', parts: live.map(({ id }) => id), ranges: live.map(rangeOf) }]
}

function rangeOf({ shard, first, count }: Part): OrdinalRange {
  return { shard, first, count }
}

function areaFor(state: DirectoryState, pool: Pool, text: string): { id: number; made: DirectoryEvent[] } {
  if (text === '') return { id: 0, made: [] }
  const known = state.areaId(pool.id, text)
  if (known !== undefined) return { id: known, made: [] }
  const id = state.areaCount(pool.id) + 1
  return { id, made: [{ type: 'area', pool: pool.id, id, text }] }
}

/** Parts to be swept: their import had no new part for an hour, or their writing was broken off. */
export function decideSweep(parts: Iterable<Part>, now: number): DirectoryEvent[] {
  const all = [...parts]
  const latest = new Map<string, number>()
  for (const { importName, atMs } of all) latest.set(importName, Math.max(atMs, latest.get(importName) ?? 0))
  const abandoned = all.filter((part) => {
    if (part.phase === 'DROPPING') return false
    if (part.phase === 'FILLING') return true
    return now - (latest.get(part.importName) ?? 0) >= directoryLimits.importIdleMs
  })
  return abandoned.length === 0 ? [] : [{ type: 'parts-dropping', parts: abandoned.map(({ id }) => id) }]
}
