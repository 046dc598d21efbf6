/**
 * The rows of a binding: `binding` holds what BindingRow says (journal.proto),
 * `user_data` the client's bytes, both by seq.
 *
 *   key  | seq, uint48 BE |
 */
import { ProtoWriter } from '../bytes/proto-writer.js'
import type { Binding, Seq } from '../core/binding.js'
import { BindingRow } from '../generated/xpool/internal/v1/journal.js'
import { fromBindingRow } from '../journal/binding-row.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
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
export interface StoredBinding {
  readonly binding: Binding
  /** Of what was asked under the binding's request id: 32 bytes as latin1 text; empty where it has no id. */
  readonly fingerprint: string
}

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
  return readRow(tables.binding.name, key, payload, (bytes) => {
    const row = decodeRow(bytes)
    const fingerprint = Buffer.from(row.requestFingerprint).toString('latin1')
    if (!row.userDataApart) return { binding: fromBindingRow(row, undefined), fingerprint }
    const userData = tables.user_data.get(key)
    if (userData === undefined) throw new CorruptRecord(tables.user_data.name, key, 'the row is missing')
    return { binding: fromBindingRow(row, userData.slice()), fingerprint }
  })
}

/** The binding of a row. Throws CorruptRecord. */
export function decodeBinding(tables: BindingTables, key: Uint8Array, payload: Uint8Array): Binding {
  return decodeStored(tables, key, payload).binding
}

/** What the generated decoder throws has no class of its own. */
function decodeRow(bytes: Uint8Array): BindingRow {
  try {
    return BindingRow.decode(bytes)
  } catch (error) {
    throw new UnreadableBytes(`not a binding: ${error instanceof Error ? error.message : String(error)}`)
  }
}
