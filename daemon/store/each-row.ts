/** Goes through the rows of a table that may change on the way. */
import type { Table } from './table.js'

/** Rows that are read in one go. */
const rowsAtOnce = 1_000

/** Visits copies of the rows with from <= key < to (undefined: the end), in order. Throws CorruptRecord. */
export function eachRow(
  table: Table,
  range: { readonly from: Uint8Array; readonly to: Uint8Array | undefined },
  visit: (key: Uint8Array, payload: Uint8Array) => void,
): void {
  let { from } = range
  for (;;) {
    const rows = table.rows(from, range.to, rowsAtOnce)
    for (const { key, payload } of rows) visit(key, payload)
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsAtOnce) return
    from = Buffer.concat([last.key, Uint8Array.of(0)])
  }
}
