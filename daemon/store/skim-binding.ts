/** A few fields of a BindingRow (journal.proto), without the rest: for a start that looks at millions of rows. */
import type { Seq } from '../core/binding.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { readRow, type Table } from './table.js'
import { seqKey } from './uint48.js'

export interface SkimmedBinding {
  readonly tenant: number
  readonly pool: number
  /** Unix ms. */
  readonly createdMs: number
  /** Empty if none. */
  readonly requestId: string
  /** Unix ms. */
  readonly freeAtMs: number
  readonly released: boolean
}

const field = { tenant: 3, pool: 4, created: 12, freeAt: 15, released: 16, requestId: 22 } as const
const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const

/** Throws UnreadableBytes. */
export function skimBinding(row: Uint8Array): SkimmedBinding {
  const view = new DataView(row.buffer, row.byteOffset, row.length)
  let [tenant, pool, createdMs, freeAtMs, requestId, released] = [0, 0, 0, 0, '', false]
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = row[at] ?? 0x80
      at += 1
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new UnreadableBytes('a binding ends within a number')
  }
  while (at < row.length) {
    const tag = varint()
    const [number, type] = [tag >>> 3, tag & 7]
    if (type === wireType.varint) {
      const value = varint()
      if (number === field.tenant) tenant = value
      if (number === field.pool) pool = value
      if (number === field.released) released = value !== 0
    } else if (type === wireType.fixed64) {
      if (at + 8 > row.length) break
      if (number === field.created) createdMs = view.getFloat64(at, true)
      if (number === field.freeAt) freeAtMs = view.getFloat64(at, true)
      at += 8
    } else if (type === wireType.bytes) {
      const length = varint()
      if (at + length > row.length) break
      if (number === field.requestId) requestId = utf8(row, at, length)
      at += length
    } else throw new UnreadableBytes(`a field of type ${type} in a binding`)
  }
  if (at !== row.length) throw new UnreadableBytes('a binding ends within a field')
  return { tenant, pool, createdMs, freeAtMs, requestId, released }
}

/** Whether a binding's row tells that it was released, or is not there any more. Throws CorruptRecord. */
export function isToldReleased(binding: Table, seq: Seq): boolean {
  const key = seqKey(seq)
  const row = binding.get(key)
  return row === undefined || readRow(binding.name, key, row, skimBinding).released
}

function utf8(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8')
}
