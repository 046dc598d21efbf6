/**
 * Where the cycle of a number's extensions goes on (core/extensions.ts). A row
 * stays as long as the number: forgetting it would give an extension again too soon.
 *
 *   key      | ordinal, uint32 BE |
 *   payload  | index in the cycle, uint32 BE |
 */
import type { Ordinal } from '../core/binding.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { readRow, type Table } from './table.js'

const rowBytes = 4

export interface ExtensionRow {
  readonly ordinal: Ordinal
  readonly next: number
}

export function writeExtension(extension: Table, { ordinal, next }: ExtensionRow): void {
  extension.put(uint32(ordinal), uint32(next))
}

/** Throws CorruptRecord. */
export function readExtension(extension: Table, key: Uint8Array, payload: Uint8Array): ExtensionRow {
  return readRow(extension.name, key, payload, () => ({ ordinal: fromUint32(key), next: fromUint32(payload) }))
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(rowBytes)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function fromUint32(bytes: Uint8Array): number {
  if (bytes.length !== rowBytes) throw new UnreadableBytes(`${bytes.length} bytes where there should be ${rowBytes}`)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0)
}
