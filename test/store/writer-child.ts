/**
 * A process that commits pages to a shard as fast as it can, one binding each,
 * and prints the number of every page once it is durable. Started, and killed,
 * by crash.test.ts.
 *
 *   node writer-child DIRECTORY
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ShardEvent } from '../../daemon/core/events.js'
import { ChainTip } from '../../daemon/journal/chain-tip.js'
import { encodeEvent } from '../../daemon/journal/event-codec.js'
import { StorageUnavailable } from '../../daemon/journal/shard-log.js'
import { openShardStore } from '../../daemon/store/shard-store.js'
import { plainBinding } from '../samples/shard-data.js'

const [directory = ''] = process.argv.slice(2)
const store = openShardStore(directory, { mapSizeBytes: 2 ** 30 })
const { epoch, head } = await store.log.acquire('writer')
const tip = new ChainTip(head, store.openRun())
let { nextSeq, nowMs } = store.meta()

for (;;) {
  nowMs += 1
  const parties = [String(10_000_000 + nextSeq), String(20_000_000 + nextSeq)] as const
  const userData = Buffer.alloc(500, nextSeq)
  const x = { ordinal: nextSeq % 50, digits: '700123456780000' }
  const binding = plainBinding({ seq: nextSeq, startMs: nowMs, userData, x }, ...parties)
  const events: ShardEvent[] = [{ type: 'allocated', binding, request: undefined, nextExtension: undefined }]
  const content = { epoch, nowMs, directoryVersion: 0, events: events.map(encodeEvent) }
  const sealed = tip.seal(content, (count) => new Uint8Array(count))
  try {
    await store.log.commit({ epoch, expectedSeq: sealed.page.seq, ...sealed }, (page) => store.apply(page, events))
  } catch (error) {
    if (!(error instanceof StorageUnavailable)) throw error
    // Nothing was written, and what was there is still read.
    process.stdout.write(`full ${store.binding(nextSeq - 1)?.seq} ${store.binding(nextSeq)?.seq}\n`)
    break
  }
  tip.accept(sealed)
  nextSeq += 1
  process.stdout.write(`${sealed.page.seq}\n`)
  await nextTurn()
}
await store.close()
