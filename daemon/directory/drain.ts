/** What retiring and removing numbers have in common: out of service first, then a count of their routes. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Ordinal } from '../core/binding.js'
import type { DirectoryAnswer } from './commands.js'
import { changeStates } from './decide-states.js'
import { directoryLimits } from './limits.js'
import type { PageWriter } from './page-writer.js'
import { type DirectoryRefusal, refuse } from './refusal.js'
import type { HeldNumber } from './state.js'

/** How many of these numbers of a shard carry a route; the shard takes up the directory's version before it counts. */
export type Occupied = (shard: number, ordinals: readonly Ordinal[]) => Promise<number>

/** Writes the numbers' new state; refuses all of them where one cannot reach it. */
export async function change(
  pages: PageWriter,
  records: readonly HeldNumber[],
  state: 'DRAINING' | 'IN_SERVICE' | 'RETIRED',
): Promise<DirectoryAnswer> {
  const { answer, pages: writes } = changeStates(records, state)
  for (const page of writes) await pages.write(page)
  return answer
}

/** The same numbers as they are now. */
export function again(pages: PageWriter, records: readonly HeldNumber[]): HeldNumber[] {
  return records.flatMap(({ digits }) => pages.model.number(digits) ?? [])
}

/** undefined when a shard gave no answer in time. */
export async function countOccupied(records: readonly HeldNumber[], occupied: Occupied): Promise<number | undefined> {
  const byShard = new Map<number, Ordinal[]>()
  for (const { shard, ordinal } of records) {
    const ordinals = byShard.get(shard)
    if (ordinals === undefined) byShard.set(shard, [ordinal])
    else ordinals.push(ordinal)
  }
  const late = new AbortController()
  const counts = Promise.all(Array.from(byShard, ([shard, ordinals]) => occupied(shard, ordinals)))
  const answered = counts.then(
    (all) => all.reduce((sum, count) => sum + count, 0),
    () => undefined,
  )
  const tooLate = wait(directoryLimits.occupiedAnswerMs, undefined, { signal: late.signal }).catch(() => undefined)
  const count = await Promise.race([answered, tooLate])
  late.abort()
  return count
}

/** @param count numbers with a route; undefined when the shard did not say */
export function inUse(count: number | undefined, of: number, field: string): DirectoryRefusal {
  if (count === undefined) return refuse('OVERLOADED', 'the shard did not say whether the numbers are in use')
  const message = `${count} of ${of} numbers carry routes, live or cooling`
  return refuse('NUMBERS_IN_USE', message, field, { numbers_in_use: String(count) })
}
