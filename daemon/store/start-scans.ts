/**
 * What a start reads back: whole tables, in chunks on snapshots of their own, so
 * that none lasts long and the thread's other work gets its turn between.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Binding, Ordinal, Seq } from '../core/binding.js'
import type { CallerKey } from '../core/modes.js'
import type { Ownership } from '../core/reservation.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { decodeBinding } from './binding-rows.js'
import type { Environment } from './environment.js'
import { readExtension } from './extension-rows.js'
import { LmdbTable, type shardTables } from './lmdb-table.js'
import { CorruptRecord } from './record.js'
import type { ReleaseBoard } from './release-board.js'
import { decodeOwnerships } from './route-codec.js'
import { callerKeyOf, ordinalOf } from './route-key.js'
import { tellReleases } from './route-releases.js'
import { readRow } from './table.js'
import { lastSeq, readUint48, seqKey } from './uint48.js'

/** Rows read on one snapshot. */
const rowsAtOnce = 2_000

/** Every route with who owns it, in order of start, in order of (number, key), releases told. Throws CorruptRecord. */
export async function scanRoutes(
  environment: Environment,
  board: ReleaseBoard,
  visit: (ordinal: Ordinal, key: CallerKey, byStart: readonly Ownership[]) => void,
): Promise<void> {
  const route = new LmdbTable('route', environment.database('route'))
  let from: Uint8Array = new Uint8Array(1)
  for (;;) {
    environment.refresh()
    const last = route.scan(from, rowsAtOnce, (key, record, length) => {
      const callerKey = callerKeyOf(key)
      if (callerKey === undefined) throw new CorruptRecord(route.name, key, 'not the key of a route')
      visit(ordinalOf(key), callerKey, owned(key, record, length, board))
    })
    if (last === undefined) return
    from = Buffer.concat([last, Uint8Array.of(0)])
    await nextTurn()
  }
}

function owned(key: Uint8Array, record: Uint8Array, length: number, board: ReleaseBoard): Ownership[] {
  try {
    if (board.size > 0) tellReleases(record, length, board)
    return decodeOwnerships(record, length)
  } catch (error) {
    if (error instanceof UnreadableBytes) throw new CorruptRecord('route', key, error.message)
    throw error
  }
}

/** Where the cycle of each number's extensions goes on. Throws CorruptRecord. */
export async function scanExtensions(
  environment: Environment,
  extension: LmdbTable,
  visit: (ordinal: Ordinal, next: number) => void,
): Promise<void> {
  let from: Uint8Array = new Uint8Array(1)
  for (;;) {
    environment.refresh()
    const rows = extension.rows(from, undefined, rowsAtOnce)
    for (const { key, payload } of rows) {
      const { ordinal, next } = readExtension(extension, key, payload)
      visit(ordinal, next)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsAtOnce) return
    from = Buffer.concat([last.key, Uint8Array.of(0)])
    await nextTurn()
  }
}

/** Bindings that were made at `sinceMs` or later, newest first, as their rows tell. Throws CorruptRecord. */
export async function scanBindingsSince(
  environment: Environment,
  tables: ReturnType<typeof shardTables>,
  { sinceMs, visit }: { readonly sinceMs: number; readonly visit: (binding: Binding) => void },
): Promise<void> {
  await scanRowsDown(environment, tables.binding, (seq, row) => {
    const binding = decodeBinding(tables, seqKey(seq), row)
    if (binding.createdMs < sinceMs) return false
    visit(binding)
    return true
  })
}

/** Rows by seq from the last one down, until `visit` says false. Throws CorruptRecord. */
export async function scanRowsDown(
  environment: Environment,
  table: LmdbTable,
  visit: (seq: Seq, row: Uint8Array) => boolean,
): Promise<void> {
  let from: Uint8Array = seqKey(lastSeq)
  for (;;) {
    environment.refresh()
    const last = table.scanDown(from, rowsAtOnce, (key, record, length) =>
      readRow(table.name, key, record.subarray(0, length), (row) => visit(readUint48(key, 0), row)),
    )
    if (last === undefined) return
    from = seqKey(readUint48(last, 0) - 1)
    await nextTurn()
  }
}
