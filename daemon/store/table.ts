/**
 * What the projection needs of a database: rows by key, in order of key. One
 * implementation is LMDB's (lmdb-table.ts), one lives in memory (memory-table.ts).
 */
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { CorruptRecord } from './record.js'

export interface Row {
  readonly key: Uint8Array
  readonly payload: Uint8Array
}

export interface Table {
  readonly name: string
  /** A view that the next get of any table may overwrite. Throws CorruptRecord. */
  get(key: Uint8Array): Uint8Array | undefined
  /** The payload is copied. */
  put(key: Uint8Array, payload: Uint8Array): void
  /** As put, for a key beyond all keys that are there: rows in order then fill their pages. Throws when it is not. */
  append(key: Uint8Array, payload: Uint8Array): void
  remove(key: Uint8Array): void
  /** Copies of the rows with from <= key < to (undefined: the end), in order, at most `limit`. Throws CorruptRecord. */
  rows(from: Uint8Array, to: Uint8Array | undefined, limit: number): Row[]
}

/** The databases of a shard. */
export const shardDatabases = [
  'meta',
  'route',
  'binding',
  'user_data',
  'calls',
  'extension',
  'request',
  'release',
  'journal',
] as const
export type ShardDatabase = (typeof shardDatabases)[number]
export type ShardTables = Readonly<Record<ShardDatabase, Table>>

/** What `decode` makes of a payload; bytes it cannot read are a corrupt record, whose sum happens to fit. */
export function readRow<T>(table: string, key: Uint8Array, payload: Uint8Array, decode: (payload: Uint8Array) => T): T {
  try {
    return decode(payload)
  } catch (error) {
    if (error instanceof UnreadableBytes) throw new CorruptRecord(table, key, error.message)
    throw error
  }
}
