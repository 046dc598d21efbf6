/** A table on an LMDB database. Puts and removals belong into a transaction of the environment. */
import type { BinaryDatabase } from './binary-database.js'
import type { Environment } from './environment.js'
import { checkRecord, crcBytes, openRecord, sealInPlace } from './record.js'
import type { Row, ShardDatabase, Table } from './table.js'

/** Records are put together here: memory whose address lmdb-js need not ask for each time. */
let arena = new Uint8Array(64 * 1_024)

function seal(key: Uint8Array, payload: Uint8Array): Uint8Array {
  const length = payload.length + crcBytes
  if (length > arena.length) arena = new Uint8Array(2 * length)
  arena.set(payload)
  sealInPlace(key, arena, length)
  return arena.subarray(0, length)
}

/** Seals what it writes and checks what it reads. */
export class LmdbTable implements Table {
  readonly name: string
  readonly #database: BinaryDatabase

  constructor(name: string, database: BinaryDatabase) {
    this.name = name
    this.#database = database
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const record = this.#database.getBinaryFast(key)
    return record === undefined ? undefined : openRecord(this.name, key, record, record.length)
  }

  put(key: Uint8Array, payload: Uint8Array): void {
    this.#database.putSync(key, seal(key, payload))
  }

  append(key: Uint8Array, payload: Uint8Array): void {
    // Declared void, it answers whether the row was written: LMDB skips a key that is not beyond the last.
    const written: unknown = this.#database.putSync(key, seal(key, payload), { append: true })
    if (written !== true) throw new Error(`${this.name}: a row was to be appended and is not the last`)
  }

  remove(key: Uint8Array): void {
    this.#database.removeSync(key)
  }

  rows(from: Uint8Array, to: Uint8Array | undefined, limit: number): Row[] {
    const rows: Row[] = []
    for (const { key, value } of this.#database.getRange({ start: from, ...(to && { end: to }), limit })) {
      rows.push({ key, payload: openRecord(this.name, key, value) })
    }
    return rows
  }

  /**
   * Visits the rows from `from` on, at most `limit`, each checked; `record` holds the payload in its first `length` bytes.
   * @returns the key of the last one when there may be more
   */
  scan(from: Uint8Array, limit: number, visit: (key: Uint8Array, record: Uint8Array, length: number) => void) {
    let last: Uint8Array | undefined
    let count = 0
    for (const { key, value } of this.#database.getRange({ start: from, limit })) {
      visit(key, value, checkRecord(this.name, key, value))
      last = key
      count += 1
    }
    return count < limit ? undefined : last
  }

  /**
   * As `scan`, in descending order from `from` on, until `visit` says false.
   * @returns the key of the last one when there may be more
   */
  scanDown(from: Uint8Array, limit: number, visit: (key: Uint8Array, record: Uint8Array, length: number) => boolean) {
    let last: Uint8Array | undefined
    let count = 0
    for (const { key, value } of this.#database.getRange({ start: from, reverse: true, limit })) {
      if (!visit(key, value, checkRecord(this.name, key, value))) return undefined
      last = key
      count += 1
    }
    return count < limit ? undefined : last
  }

  /** Copies of the rows with key <= from, in descending order, at most `limit`. Throws CorruptRecord. */
  rowsDown(from: Uint8Array, limit: number): Row[] {
    const rows: Row[] = []
    for (const { key, value } of this.#database.getRange({ start: from, reverse: true, limit })) {
      rows.push({ key, payload: openRecord(this.name, key, value) })
    }
    return rows
  }
}

/** The tables of a shard's environment. */
export function shardTables(environment: Environment): Readonly<Record<ShardDatabase, LmdbTable>> {
  const table = (name: ShardDatabase) => new LmdbTable(name, environment.database(name))
  return {
    meta: table('meta'),
    route: table('route'),
    binding: table('binding'),
    user_data: table('user_data'),
    calls: table('calls'),
    extension: table('extension'),
    request: table('request'),
    release: table('release'),
    journal: table('journal'),
  }
}
