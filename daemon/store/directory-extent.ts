/**
 * An extent: the numbers of one `numbers` event, in order of their ordinals,
 * under the shard and the first ordinal. What it says never changes; it goes
 * away only with a part that never went live.
 *
 *   | part u32 | pool u16 | area u16 | numbers, packed as directory-number-key.ts says |
 */
import type { Ordinal, PoolId } from '../core/binding.js'
import type { AreaId, PartId } from './directory-event.js'
import { numberKeyBytes } from './directory-number-key.js'
import { viewOf } from './directory-tables.js'

export interface Extent {
  readonly shard: number
  readonly first: Ordinal
  readonly part: PartId
  readonly pool: PoolId
  readonly area: AreaId
  readonly keys: Uint8Array
}

const headBytes = 8

/** The payload; shard and first ordinal stand in the key. */
export function encodeExtent(extent: Omit<Extent, 'shard' | 'first'>): Uint8Array {
  const bytes = new Uint8Array(headBytes + extent.keys.byteLength)
  const view = viewOf(bytes)
  view.setUint32(0, extent.part)
  view.setUint16(4, extent.pool)
  view.setUint16(6, extent.area)
  bytes.set(extent.keys, headBytes)
  return bytes
}

/** The keys are a view of the same bytes. undefined for bytes that no writer of ours made. */
export function decodeExtent(shard: number, first: Ordinal, bytes: Uint8Array): Extent | undefined {
  const packed = bytes.byteLength - headBytes
  if (packed <= 0 || packed % numberKeyBytes !== 0) return undefined
  const view = viewOf(bytes)
  return {
    shard,
    first,
    part: view.getUint32(0),
    pool: view.getUint16(4),
    area: view.getUint16(6),
    keys: bytes.subarray(headBytes),
  }
}
