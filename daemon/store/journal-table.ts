/** The pages of a journal by their sequence numbers. */
import type { Page } from '../journal/page.js'
import { decodePage, decodePageHead, type PageHead } from '../journal/page-codec.js'
import type { BinaryDatabase } from './binary-database.js'
import type { Environment } from './environment.js'
import { LmdbTable } from './lmdb-table.js'
import { openRecord } from './record.js'
import { readRow } from './table.js'
import { readUint48, seqKey } from './uint48.js'

const name = 'journal'

export class JournalTable {
  readonly #database: BinaryDatabase
  readonly #table: LmdbTable

  constructor(environment: Environment) {
    this.#database = environment.database(name)
    this.#table = new LmdbTable(name, this.#database)
  }

  /** Its parts are memory of its own. Throws CorruptRecord. */
  page(seq: number): Page | undefined {
    const key = seqKey(seq)
    const record = this.#database.getBinary(key)
    if (record === undefined) return undefined
    return readRow(name, key, openRecord(name, key, record), decodePage)
  }

  /** The head of a page; its sum is checked whole. Throws CorruptRecord. */
  head(seq: number): PageHead | undefined {
    const key = seqKey(seq)
    const record = this.#database.getBinaryFast(key)
    if (record === undefined) return undefined
    return readRow(name, key, openRecord(name, key, record, record.length), decodePageHead)
  }

  append(seq: number, encoded: Uint8Array): void {
    this.#table.append(seqKey(seq), encoded)
  }

  remove(seq: number): void {
    this.#table.remove(seqKey(seq))
  }

  /** undefined for a journal without pages. */
  firstSeq(): number | undefined {
    for (const key of this.#database.getKeys({ limit: 1 })) return readUint48(key, 0)
    return undefined
  }

  /** The lowest sequence numbers below `end`, at most `limit`. */
  seqsBefore(end: number, limit: number): number[] {
    return [...this.#database.getKeys({ start: seqKey(0), end: seqKey(end), limit })].map((key) => readUint48(key, 0))
  }

  /** The lowest sequence numbers from `from` on, at most `limit`. */
  seqsFrom(from: number, limit: number): number[] {
    return [...this.#database.getKeys({ start: seqKey(from), limit })].map((key) => readUint48(key, 0))
  }
}
