/** Sweeping parts that will never go live: marked in one page, then dropped an extent at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PartId } from '../store/directory-event.js'
import { numbersIn } from '../store/directory-number-key.js'
import { decideSweep } from './decide-numbers.js'
import type { PageWriter } from './page-writer.js'

/** Marks what is to be dropped; from then on no part of it can go live. */
export async function sweepParts(pages: PageWriter): Promise<void> {
  const events = decideSweep(pages.model.parts(), pages.now())
  if (events.length > 0) await pages.write(events)
}

/**
 * Drops what a crash left half written, so that a retry of it finds its numbers
 * free: one request's numbers at most. Larger things that go away can wait.
 */
export async function rollBack(pages: PageWriter): Promise<void> {
  const broken = new Set(Array.from(pages.model.parts()).flatMap(({ id, phase }) => (phase === 'FILLING' ? [id] : [])))
  if (broken.size === 0) return
  await pages.write([{ type: 'parts-dropping', parts: [...broken] }])
  while (await dropNextExtent(pages, broken)) await nextTurn()
}

/**
 * Drops one extent, or a part that has none left. False when there is nothing to drop.
 * @param among only these parts; undefined: any
 */
export async function dropNextExtent(pages: PageWriter, among?: ReadonlySet<PartId>): Promise<boolean> {
  for (const { id, phase, shard, first, count } of pages.model.parts()) {
    if (phase !== 'DROPPING' || among?.has(id) === false) continue
    const [extent] = pages.rows.extents(shard, first, first + count, 1)
    if (extent === undefined) await pages.write([{ type: 'parts-dropped', parts: [id] }])
    else await pages.write([{ type: 'numbers-removed', shard, first: extent.first, count: numbersIn(extent.keys) }])
    return true
  }
  return false
}
