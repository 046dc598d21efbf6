/** Every bound of the gateway, with its unit, in one place (I12). */
import assert from 'node:assert'
import { limits } from '../core/limits.js'

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
  /** Bytes of requests and answers of one connection's streams that are read and not yet written out. */
  streamBytesPerConnection: 16 * MiB,
  /** Streams that one connection may have open. grpc-js reads up to 16 messages ahead on each. */
  streamsPerConnection: 32,
  /** Calls that one connection may have open (SETTINGS_MAX_CONCURRENT_STREAMS); its client queues the rest. */
  callsPerConnection: 2_048,
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
  pageTokenBytes: 128,
} as const

assert(bounds.refusedItems > bounds.batchItems)
assert(bounds.streamBytesPerConnection >= bounds.messageBytes + bounds.batchItems * limits.userDataBytes)
assert(bounds.commandsOutstanding >= bounds.batchItems * bounds.batchesPerStream)
