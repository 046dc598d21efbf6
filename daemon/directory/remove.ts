/**
 * Removing numbers from their pool: take them out of service, ask their shard,
 * and only when none carries a route are they gone, all in one commit. One that
 * does puts all of them back as they were. A crash in between leaves them
 * DRAINING, where an operator sees them and can remove them again.
 */
import type { DirectoryAnswer } from './commands.js'
import { decideRemoval, type RemoveNumbers, removable } from './decide-removal.js'
import { again, change, countOccupied, inUse, type Occupied } from './drain.js'
import type { PageWriter } from './page-writer.js'
import { isRefusal } from './refusal.js'

export async function removeNumbers(
  pages: PageWriter,
  command: RemoveNumbers,
  occupied: Occupied,
): Promise<DirectoryAnswer> {
  const records = removable(pages.model, command)
  if (isRefusal(records)) return records
  const inService = records.filter(({ state }) => state === 'IN_SERVICE')
  await change(pages, inService, 'DRAINING')
  const count = await countOccupied(records, occupied)
  if (count !== 0) {
    await change(pages, again(pages, inService), 'IN_SERVICE')
    return inUse(count, records.length, 'numbers')
  }
  const { answer, pages: writes } = decideRemoval(pages.model, command)
  for (const page of writes) await pages.write(page)
  return answer
}
