/**
 * A position in the journals, opaque to clients: what was acknowledged with it
 * is visible to whoever answers at it or later.
 *
 *   bytes 0 .. 1    bytes 2 .. 7
 *   shard, u16      sequence number of the page, u48      (big-endian)
 */
import type { ProtoWriter } from '../bytes/proto-writer.js'
import { bounds } from './bounds.js'

export interface Position {
  readonly shard: number
  readonly seq: number
}

/** As field `field` of a message that is being written. */
export function writePosition(out: ProtoWriter, field: number, { shard, seq }: Position): void {
  const size = bounds.positionBytes
  out.tag(field, 2)
  out.varint(size)
  const at = out.skip(size)
  out.bytes.writeUInt16BE(shard, at)
  out.bytes.writeUIntBE(seq, at + 2, 6)
}

export function encodePosition({ shard, seq }: Position): Buffer {
  const bytes = Buffer.allocUnsafe(bounds.positionBytes)
  bytes.writeUInt16BE(shard, 0)
  bytes.writeUIntBE(seq, 2, 6)
  return bytes
}

/** undefined for anything that no daemon with `shards` shards gave out. */
export function decodePosition(bytes: Uint8Array, shards: number): Position | undefined {
  if (bytes.length !== bounds.positionBytes) return undefined
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shard = view.readUInt16BE(0)
  return shard < shards ? { shard, seq: view.readUIntBE(2, 6) } : undefined
}
