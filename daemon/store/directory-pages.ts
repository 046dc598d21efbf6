/** The directory's journal as its readers see it, under the thread's present snapshot. */
import type { Environment } from './environment.js'
import { JournalTable } from './journal-table.js'
import { LmdbTable } from './lmdb-table.js'
import { readHead } from './meta-rows.js'

export interface EventsOfPage {
  readonly seq: number
  /** The process clock at the commit, unix ms. */
  readonly nowMs: number
  /** Encoded, in order. */
  readonly events: readonly Uint8Array[]
}

/** One per thread. */
export class DirectoryPages {
  readonly #meta: LmdbTable
  readonly #journal: JournalTable

  constructor(environment: Environment) {
    this.#meta = new LmdbTable('meta', environment.database('meta'))
    this.#journal = new JournalTable(environment)
  }

  /** The number of the last page. */
  head(): number {
    return readHead(this.#meta).seq
  }

  /** The number of the first page that is kept; 1 for a journal without pages. */
  first(): number {
    return this.#journal.firstSeq() ?? 1
  }

  /** Pages with a number > `after`, in order; at most `limit`. Begins later where earlier ones were dropped. */
  pagesAfter(after: number, limit: number): EventsOfPage[] {
    const first = after + 1
    const from = after < this.head() ? Math.max(first, this.#journal.firstSeq() ?? first) : first
    const pages: EventsOfPage[] = []
    for (let seq = from; pages.length < limit; seq += 1) {
      const page = this.#journal.page(seq)
      if (page === undefined) break
      pages.push({ seq, nowMs: page.nowMs, events: page.entries.map(({ event }) => event) })
    }
    return pages
  }
}
