/** A few fields of a BindingRow (journal.proto), without the rest: for a start that looks at millions of rows. */
import type { Seq } from '../core/binding.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { readRow, type Table } from './table.js'
import { seqKey } from './uint48.js'

const field = { tenant: 3, pool: 4, created: 12, freeAt: 15, released: 16, requestId: 22 } as const
const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const
const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)

/** One row after the other: what it holds is that of the last one read. */
export class SkimmedBinding {
  tenant = 0
  pool = 0
  /** Unix ms. */
  createdMs = 0
  /** Unix ms. */
  freeAtMs = 0
  released = false
  /** The bytes of the row that are the request id, UTF-8; none: the two are alike. */
  requestIdFrom = 0
  requestIdTo = 0
  #at = 0

  /** Throws UnreadableBytes. */
  read(row: Uint8Array): this {
    this.tenant = 0
    this.pool = 0
    this.createdMs = 0
    this.freeAtMs = 0
    this.released = false
    this.requestIdFrom = 0
    this.requestIdTo = 0
    this.#at = 0
    while (this.#at < row.length) this.#field(row)
    if (this.#at !== row.length) throw new UnreadableBytes('a binding ends within a field')
    return this
  }

  requestId(row: Uint8Array): string {
    const { requestIdFrom: from, requestIdTo: to } = this
    return Buffer.from(row.buffer, row.byteOffset + from, to - from).toString('utf8')
  }

  #field(row: Uint8Array): void {
    const tag = this.#varint(row)
    const number = tag >>> 3
    const type = tag & 7
    if (type === wireType.varint) {
      const value = this.#varint(row)
      if (number === field.tenant) this.tenant = value
      else if (number === field.pool) this.pool = value
      else if (number === field.released) this.released = value !== 0
    } else if (type === wireType.fixed64) {
      if (number === field.created) this.createdMs = this.#double(row)
      else if (number === field.freeAt) this.freeAtMs = this.#double(row)
      this.#at += 8
    } else if (type === wireType.bytes) {
      const length = this.#varint(row)
      if (number === field.requestId) {
        this.requestIdFrom = this.#at
        this.requestIdTo = Math.min(row.length, this.#at + length)
      }
      this.#at += length
    } else throw new UnreadableBytes(`a field of type ${type} in a binding`)
  }

  #double(row: Uint8Array): number {
    for (let i = 0; i < 8; i += 1) doubleBytes[i] = row[this.#at + i] ?? 0
    return double[0]!
  }

  #varint(row: Uint8Array): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = row[this.#at] ?? 0x80
      this.#at += 1
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new UnreadableBytes('a binding ends within a number')
  }
}

const skimmed = new SkimmedBinding()

/** Whether a binding's row tells that it was released, or is not there any more. Throws CorruptRecord. */
export function isToldReleased(binding: Table, seq: Seq): boolean {
  const key = seqKey(seq)
  const row = binding.get(key)
  return row === undefined || readRow(binding.name, key, row, (bytes) => skimmed.read(bytes)).released
}
