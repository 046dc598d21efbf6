/** Sweeping parts that will never go live: marked in one page, then dropped an extent at a time. */
import { numbersIn } from '../store/directory-number-key.js'
import { decideSweep } from './decide-numbers.js'
import type { PageWriter } from './page-writer.js'

/** Marks what is to be dropped; from then on no part of it can go live. */
export async function sweepParts(pages: PageWriter): Promise<void> {
  const events = decideSweep(pages.model.parts(), pages.now())
  if (events.length > 0) await pages.write(events)
}

/** Drops one extent, or a part that has none left. False when there is nothing to drop. */
export async function dropNextExtent(pages: PageWriter): Promise<boolean> {
  for (const { id, phase, shard, first, count } of pages.model.parts()) {
    if (phase !== 'DROPPING') continue
    const [extent] = pages.rows.extents(shard, first, first + count, 1)
    if (extent === undefined) await pages.write([{ type: 'parts-dropped', parts: [id] }])
    else await pages.write([{ type: 'numbers-removed', shard, first: extent.first, count: numbersIn(extent.keys) }])
    return true
  }
  return false
}
