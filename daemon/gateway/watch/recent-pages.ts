/**
 * The pages of a journal that were read last, decoded and with the frames that
 * were made of them: watchers who come or resume at about the same time read
 * about the same pages, and must not decode them a thousand times.
 */
import { bounds } from '../bounds.js'
import type { ItemPage, WatchJournal } from './watch-journal.js'

export class RecentPages implements WatchJournal {
  readonly #journal: WatchJournal
  /** In the order in which they were read. */
  readonly #pages = new Map<number, ItemPage>()
  #items = 0

  constructor(journal: WatchJournal) {
    this.#journal = journal
  }

  refresh(): void {
    this.#journal.refresh()
  }

  head(): number {
    return this.#journal.head()
  }

  first(): number {
    return this.#journal.first()
  }

  pages(fromSeq: number, limit: number): ItemPage[] {
    const pages: ItemPage[] = []
    for (let seq = fromSeq; pages.length < limit; seq += 1) {
      const page = this.#pages.get(seq)
      if (page === undefined) break
      pages.push(page)
    }
    if (pages.length === limit) return pages
    const read = this.#journal.pages(fromSeq + pages.length, limit - pages.length)
    // Pages between may be gone: whoever reads on finds that out by the first page of its next look.
    if (pages.length > 0 && read[0]?.seq !== fromSeq + pages.length) return pages
    for (const page of read) this.#keep(page)
    return [...pages, ...read]
  }

  #keep(page: ItemPage): void {
    if (this.#pages.has(page.seq)) return
    this.#pages.set(page.seq, page)
    this.#items += weightOf(page)
    for (const [seq, oldest] of this.#pages) {
      if (this.#items <= bounds.watchRecentItems) break
      this.#pages.delete(seq)
      this.#items -= weightOf(oldest)
    }
  }
}

/** A page without items takes room as well. */
function weightOf({ items }: ItemPage): number {
  return items.length + 1
}
