/**
 * Retiring numbers: take them out of service, ask their shard, and only when
 * none carries a route are they RETIRED. One that does puts all of them back as
 * they were. A crash in between leaves them DRAINING, where an operator sees them.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Ordinal } from '../core/binding.js'
import type { DirectoryAnswer } from './commands.js'
import { changeStates, type SetNumberState, targets } from './decide-states.js'
import { directoryLimits } from './limits.js'
import type { PageWriter } from './page-writer.js'
import { isRefusal, refuse } from './refusal.js'
import type { HeldNumber } from './state.js'

/** How many of these numbers of a shard carry a route; the shard takes up the directory's version before it counts. */
export type Occupied = (shard: number, ordinals: readonly Ordinal[]) => Promise<number>

export async function retire(pages: PageWriter, command: SetNumberState, occupied: Occupied): Promise<DirectoryAnswer> {
  const records = targets(pages.model, command)
  if (isRefusal(records)) return records
  const inService = records.filter(({ state }) => state === 'IN_SERVICE')
  await change(pages, inService, 'DRAINING')
  const count = await countOccupied(records, occupied)
  if (count === 0) return change(pages, again(pages, records), 'RETIRED')
  await change(pages, again(pages, inService), 'IN_SERVICE')
  if (count === undefined) return refuse('OVERLOADED', 'the shard did not say whether the numbers are in use')
  const message = `${count} of ${records.length} numbers carry routes, live or cooling`
  return refuse('NUMBERS_IN_USE', message, 'state', { numbers_in_use: String(count) })
}

async function change(
  pages: PageWriter,
  records: readonly HeldNumber[],
  state: 'DRAINING' | 'IN_SERVICE' | 'RETIRED',
): Promise<DirectoryAnswer> {
  const { answer, pages: writes } = changeStates(records, state)
  for (const page of writes) await pages.write(page)
  return answer
}

/** The same numbers as they are now. */
function again(pages: PageWriter, records: readonly HeldNumber[]): HeldNumber[] {
  return records.flatMap(({ digits }) => pages.model.number(digits) ?? [])
}

/** undefined when a shard gave no answer in time. */
async function countOccupied(records: readonly HeldNumber[], occupied: Occupied): Promise<number | undefined> {
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
