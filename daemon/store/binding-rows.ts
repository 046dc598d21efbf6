/**
 * The rows of a binding: `binding` holds what BindingRow says (journal.proto),
 * `user_data` the client's bytes, both by seq.
 *
 *   key  | seq, uint48 BE |
 */
import { ProtoWriter } from '../bytes/proto-writer.js'
import type { Binding, Seq } from '../core/binding.js'
import { type BindingRowContent, readBindingRow } from '../journal/read-binding.js'
import { writeBinding } from '../journal/write-binding.js'
import { CorruptRecord } from './record.js'
import { readRow, type Table } from './table.js'
import { seqKey } from './uint48.js'
import { type ReleasesUntold, withRelease } from './untold-releases.js'

interface BindingTables {
  readonly binding: Table
  readonly user_data: Table
}

const out = new ProtoWriter(4_096)
/** Of BindingRow. */
const fingerprintField = 26

/** A row's whole content. */
export type StoredBinding = BindingRowContent

/** The payload of a binding's row: a view that the next call overwrites. */
export function encodeBinding(binding: Binding, fingerprint = ''): Uint8Array {
  out.clear()
  writeBinding(out, binding, true)
  out.latin1(fingerprintField, fingerprint)
  // Not a Buffer: `slice` of one copies nothing, and callers mean a copy.
  return new Uint8Array(out.bytes.buffer, out.bytes.byteOffset, out.length)
}

/** Throws CorruptRecord. */
export function readStored(
  tables: BindingTables,
  seq: Seq,
  releases: ReleasesUntold | undefined,
): StoredBinding | undefined {
  const key = seqKey(seq)
  const payload = tables.binding.get(key)
  if (payload === undefined) return undefined
  const { binding, fingerprint } = decodeStored(tables, key, payload)
  return { binding: withRelease(binding, releases), fingerprint }
}

/** As its row tells. Throws CorruptRecord. */
export function readBinding(tables: BindingTables, seq: Seq): Binding | undefined {
  return readStored(tables, seq, undefined)?.binding
}

/** The content of a row; its user data is fetched where it has any. Throws CorruptRecord. */
function decodeStored(tables: BindingTables, key: Uint8Array, payload: Uint8Array): StoredBinding {
  return readRow(tables.binding.name, key, payload, (bytes) =>
    readBindingRow(bytes, () => {
      const userData = tables.user_data.get(key)
      if (userData === undefined) throw new CorruptRecord(tables.user_data.name, key, 'the row is missing')
      return userData.slice()
    }),
  )
}

/** The binding of a row. Throws CorruptRecord. */
export function decodeBinding(tables: BindingTables, key: Uint8Array, payload: Uint8Array): Binding {
  return decodeStored(tables, key, payload).binding
}
