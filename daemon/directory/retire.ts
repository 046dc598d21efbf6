/**
 * Retiring numbers: take them out of service, ask their shard, and only when
 * none carries a route are they RETIRED. One that does puts all of them back as
 * they were. A crash in between leaves them DRAINING, where an operator sees them.
 */
import type { DirectoryAnswer } from './commands.js'
import { type SetNumberState, targets } from './decide-states.js'
import { again, change, countOccupied, inUse, type Occupied } from './drain.js'
import type { PageWriter } from './page-writer.js'
import { isRefusal } from './refusal.js'

export async function retire(pages: PageWriter, command: SetNumberState, occupied: Occupied): Promise<DirectoryAnswer> {
  const records = targets(pages.model, command)
  if (isRefusal(records)) return records
  const inService = records.filter(({ state }) => state === 'IN_SERVICE')
  await change(pages, inService, 'DRAINING')
  const count = await countOccupied(records, occupied)
  if (count === 0) return change(pages, again(pages, records), 'RETIRED')
  await change(pages, again(pages, inService), 'IN_SERVICE')
  return inUse(count, records.length, 'state')
}
