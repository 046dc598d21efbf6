/** What watchers read of a shard's journal: see JournalReader. One per thread; nothing here writes. */
import { decodeEvent } from '../journal/event-codec.js'
import type { Environment } from './environment.js'
import type { JournalPage, JournalReader } from './journal-reader.js'
import { JournalTable } from './journal-table.js'
import { LmdbTable } from './lmdb-table.js'
import { readFirstPage, readHead } from './meta-rows.js'
import { CorruptRecord } from './record.js'
import { openShardEnvironment } from './shard-environment.js'
import { readRow, type Table } from './table.js'
import { seqKey } from './uint48.js'

/** Opens a shard's journal for reading. Its writer has opened the shard before, if it is in this process. */
export function openJournalReader(shardDirectory: string): JournalReader {
  return new LmdbJournalReader(openShardEnvironment(shardDirectory, { readOnly: true }))
}

/** Reads under the thread's snapshot, which `refresh` renews. */
class LmdbJournalReader implements JournalReader {
  readonly #environment: Environment
  readonly #journal: JournalTable
  readonly #meta: Table

  constructor(environment: Environment) {
    this.#environment = environment
    this.#journal = new JournalTable(environment)
    this.#meta = new LmdbTable('meta', environment.database('meta'))
  }

  refresh(): void {
    this.#environment.refresh()
  }

  head(): number {
    return readHead(this.#meta).seq
  }

  first(): number {
    return readFirstPage(this.#meta)
  }

  /** Where pages before `first()` are asked for, the answer begins there. */
  pages(fromSeq: number, limit: number): JournalPage[] {
    const pages: JournalPage[] = []
    const start = Math.max(fromSeq, this.first())
    const end = Math.min(start + limit - 1, this.head())
    for (let seq = start; seq <= end; seq += 1) pages.push(this.#page(seq))
    return pages
  }

  close(): Promise<void> {
    return this.#environment.close()
  }

  #page(seq: number): JournalPage {
    const key = seqKey(seq)
    const page = this.#journal.page(seq)
    if (page === undefined) throw new CorruptRecord('journal', key, `page ${seq} is missing`)
    const events = page.entries.map(({ event }) => readRow('journal', key, event, decodeEvent))
    return { seq, nowMs: page.nowMs, events }
  }
}
