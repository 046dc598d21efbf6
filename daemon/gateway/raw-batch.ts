/**
 * A batch of a stream as it waits: its bytes, decoded when its turn comes and
 * not when it arrives, so that what waits is small. One over the limits is not
 * kept at all: what is left of it is what its refusal needs.
 *
 *   message:  field 1, batch_id (varint)    field 2, an item (length-delimited), repeated
 */
import type { MethodDefinition } from '@grpc/grpc-js'
import { bounds } from './bounds.js'
import { Failure, malformedRequest } from './failure.js'
import { SafeReader } from './safe-reader.js'
import { decodeMessage, malformed, type WireType } from './wire-codec.js'

/** What is left of a batch over the limits. */
export interface Oversized {
  readonly batchId: number
  readonly items: number
}

export type RawBatch = Buffer | Oversized | typeof malformed

/** Below this many bytes a batch is decoded without a look at its items first: they cannot cost much. */
const smallBytes = 16_384
const batchIdTag = (1 << 3) | 0
const itemTag = (2 << 3) | 2

/** The bytes pass unencoded: what is written is counted before it is queued. */
export function batchMethod(path: string): MethodDefinition<RawBatch, Buffer> {
  return {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: (batch) => (Buffer.isBuffer(batch) ? batch : Buffer.alloc(0)),
    requestDeserialize: arrived,
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  }
}

function arrived(bytes: Buffer): RawBatch {
  if (bytes.length <= smallBytes) return bytes
  const outline = outlineOf(bytes)
  if (outline === malformed) return malformed
  return bytes.length > bounds.batchBytes || outline.items > bounds.batchItems ? outline : bytes
}

export function heldBytes(batch: RawBatch): number {
  return Buffer.isBuffer(batch) ? batch.length : 0
}

/** Batch id and number of items, found without decoding any. */
function outlineOf(bytes: Buffer): Oversized | typeof malformed {
  const reader = new SafeReader(bytes)
  let batchId = 0
  let items = 0
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag === itemTag) {
        const length = reader.uint32()
        reader.pos += length
        items += 1
      } else if (tag === batchIdTag) {
        batchId = Number(reader.uint64())
      } else {
        reader.skip(tag & 7)
      }
    }
  } catch {
    return malformed
  }
  return reader.pos === reader.len ? { batchId, items } : malformed
}

export const batchTooLarge = new Failure(
  'BATCH_TOO_LARGE',
  `a batch holds at most ${bounds.batchItems} items and ${bounds.batchBytes} bytes`,
  { metadata: { items: String(bounds.batchItems), bytes: String(bounds.batchBytes) } },
)
const invalidBatchId = new Failure('INVALID_BATCH_ID', 'batch_id must be below 2^53', { field: 'batch_id' })

/**
 * The batch, or what stands in its place: the number of items to refuse one by
 * one, or the failure that ends the stream, where there is no answering it.
 */
export function openBatch<T extends { readonly batchId: number }>(
  type: WireType<T>,
  raw: RawBatch,
  itemsOf: (batch: T) => readonly unknown[],
): { readonly batch: T } | { readonly refused: Oversized } | Failure {
  if (raw === malformed) return malformedRequest
  if (!Buffer.isBuffer(raw)) return refusedWhole(raw)
  const batch = decodeMessage(type, raw)
  if (batch === malformed) return malformedRequest
  if (Number.isNaN(batch.batchId)) return invalidBatchId
  const items = itemsOf(batch).length
  if (items === 0) return emptyBatch(batch)
  return items > bounds.batchItems ? refusedWhole({ batchId: batch.batchId, items }) : { batch }
}

/** There is no item to refuse it by, so the stream ends: a client that sends nothing and waits has a fault of its own. */
function emptyBatch(batch: object): Failure {
  const field = Object.keys(batch).find((name) => name !== 'batchId')
  return new Failure('FIELD_REQUIRED', `a batch holds 1 to ${bounds.batchItems} items`, { field })
}

function refusedWhole(refused: Oversized): { readonly refused: Oversized } | Failure {
  if (Number.isNaN(refused.batchId)) return invalidBatchId
  return refused.items > bounds.refusedItems ? batchTooLarge : { refused }
}
