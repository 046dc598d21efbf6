/** Every bound of the gateway, with its unit, in one place (I12). */
import assert from 'node:assert'
import { limits } from '../core/limits.js'

const KiB = 1_024
const MiB = 1_048_576

export const bounds = {
  /** Greatest message; above it grpc-js itself answers RESOURCE_EXHAUSTED. */
  messageBytes: 4 * MiB,
  /** Items and bytes of one batch of a stream. */
  batchItems: 1_024,
  batchBytes: MiB,
  /** A batch over the limits is refused item by item; one with more items than this ends its stream. */
  refusedItems: 16_384,
  /** Batches of one stream that are read and not yet written out. */
  batchesPerStream: 16,
  /** Messages of one stream that the transport reads ahead, beyond what is counted here. */
  readAheadMessages: 4,
  /** Bytes of requests and answers of one connection's streams that are read and not yet written out. */
  streamBytesPerConnection: 16 * MiB,
  /** The same of all streams of a gateway; at this many bytes no further stream is opened. */
  streamBytesPerGateway: 256 * MiB,
  /** While the gateway's bytes are used up, the connection that holds most of them and has read nothing for so long is cut off. */
  hoarderStallMs: 10_000,
  /** Streams that one connection, and one gateway, may have open. */
  streamsPerConnection: 32,
  streamsPerGateway: 1_024,
  /** Calls that one connection may have open (SETTINGS_MAX_CONCURRENT_STREAMS); its client queues the rest. */
  callsPerConnection: 2_048,
  /** How often a gateway looks at the age of its connections and at its share of them; one at most is moved each time. */
  connectionTickMs: 100,
  /** A connection younger than this is not moved. */
  connectionSettleMs: 250,
  /** The part of its age by which a connection goes earlier or later, so that those of one moment do not go together. */
  connectionAgeJitterRatio: 0.1,
  /** Streams whose grace is over have so long for the answers that are under way, and the connection closes. */
  lastAnswersMs: 5_000,
  /** A peer that does not answer a ping within this time is dead. */
  keepaliveTimeoutMs: 20_000,
  /** Commands that one gateway has handed to the shards and that are not answered. */
  commandsOutstanding: 32_768,
  /** When a command refused as OVERLOADED may come again. */
  overloadedRetryMs: 100,
  /** The same for a command that finds its shard's clock or state unusable. */
  faultRetryMs: 1_000,
  pageSizeDefault: 100,
  pageSizeMax: 1_000,
  /** A page of bindings ends once it holds about so much: clients take 4 MiB unless told otherwise. */
  pageBytes: 2 * MiB,
  /** Rows that one read snapshot, and one call of a list, examine at most. */
  scanRowsPerChunk: 500,
  scanRowsPerCall: 10_000,
  /** A long read gives way to calls after so many milliseconds. */
  scanSliceMs: 2,
  /** A position: 2 bytes of shard, 6 of sequence number. */
  positionBytes: 8,
  pageTokenBytes: 256,
  /** Watch and WatchSystem of one gateway that are open. */
  watchers: 2_000,
  /** The tail of the journals looks for news so often, and more rarely the more watchers it has. */
  watchTickMs: 25,
  watchTickMsPerWatcher: 0.25,
  watchTickMsMax: 250,
  /** Pages of all journals, and bytes of events for one audience, that one tick reads. */
  watchTickPages: 256,
  watchTickBytes: 128 * KiB,
  /** A message to watchers ends with the event that reaches one of these. */
  watchMessageBytes: 64 * KiB,
  watchMessageEvents: 256,
  /** Messages that wait for one reader; for all readers of a gateway. Beyond it readers are cut off. */
  watchQueueBytes: MiB,
  watchQueuedBytes: 64 * MiB,
  /** A reader that is catching up and takes nothing for so long is cut off. */
  watchStallMs: 30_000,
  /** Whoever was sent nothing for so long gets a token without events. */
  watchIdleMs: 10_000,
  /** Pages, and bytes of its own events, that a watcher catches up with at once. */
  watchCatchUpPages: 64,
  watchCatchUpBytes: 256 * KiB,
  /** Items of the pages of one journal that were read last, kept for whoever comes to them next. */
  watchRecentItems: 8_192,
  /** A resume token: 10 bytes a shard, in base64. */
  resumeTokenChars: 16_384,
} as const

assert(bounds.refusedItems > bounds.batchItems)
assert(bounds.streamBytesPerConnection >= bounds.messageBytes + bounds.batchItems * limits.userDataBytes)
assert(bounds.streamBytesPerGateway >= bounds.streamBytesPerConnection)
assert(bounds.streamsPerGateway >= bounds.streamsPerConnection)
assert(bounds.connectionAgeJitterRatio < 1)
assert(bounds.commandsOutstanding >= bounds.batchItems * bounds.batchesPerStream)
assert(bounds.watchTickBytes + bounds.watchMessageBytes < bounds.watchQueueBytes)
assert(bounds.watchCatchUpBytes + bounds.watchMessageBytes < bounds.watchQueueBytes)
assert(bounds.watchQueueBytes < bounds.watchQueuedBytes)
