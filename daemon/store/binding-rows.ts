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

interface BindingTables {
  readonly binding: Table
  readonly user_data: Table
}

const out = new ProtoWriter(4_096)

/** The payload of a binding's row. */
export function encodeBinding(binding: Binding): Uint8Array {
  out.clear()
  writeBinding(out, binding, true)
  return out.copied()
}

/** Throws CorruptRecord. */
export function readBinding(tables: BindingTables, seq: Seq): Binding | undefined {
  const key = seqKey(seq)
  const payload = tables.binding.get(key)
  return payload === undefined ? undefined : decodeBinding(tables, key, payload)
}

/** The binding of a row; its user data is fetched where it has any. Throws CorruptRecord. */
export function decodeBinding(tables: BindingTables, key: Uint8Array, payload: Uint8Array): Binding {
  return readRow(tables.binding.name, key, payload, (bytes) => {
    const row = decodeRow(bytes)
    if (!row.userDataApart) return fromBindingRow(row, undefined)
    const userData = tables.user_data.get(key)
    if (userData === undefined) throw new CorruptRecord(tables.user_data.name, key, 'the row is missing')
    return fromBindingRow(row, userData.slice())
  })
}

/** What the generated decoder throws has no class of its own. */
function decodeRow(bytes: Uint8Array): BindingRow {
  try {
    return BindingRow.decode(bytes)
  } catch (error) {
    throw new UnreadableBytes(`not a binding: ${error instanceof Error ? error.message : String(error)}`)
  }
}
