/** A journal as the tail reads it: pages of items. */
import { type Cursor, isBefore } from './cursor.js'
import type { WatchItem } from './watch-item.js'

export interface ItemPage {
  readonly seq: number
  readonly items: readonly WatchItem[]
}

export interface WatchJournal {
  /** Renews the snapshot: call before each of the others. */
  refresh(): void
  /** Number of the last page, 0 before the first. */
  head(): number
  /** Number of the first page that is kept; 1 for a journal without pages. */
  first(): number
  /** Pages from `fromSeq` on, at most `limit`. Throws CorruptRecord. */
  pages(fromSeq: number, limit: number): ItemPage[]
}

/** Pages of one look into a journal: what is decoded at once stays small. */
const pagesAtOnce = 16

/** A page that a cursor stands before is no longer kept. */
export class JournalGap extends Error {
  override readonly name = 'JournalGap'
}

export function headsOf(journals: readonly WatchJournal[]): number[] {
  return journals.map((journal) => {
    journal.refresh()
    return journal.head()
  })
}

export interface Reading {
  readonly journals: readonly WatchJournal[]
  /** Moved as items are taken. */
  readonly cursor: Cursor
  /** Nothing at or behind it is read. */
  readonly until: Cursor
  readonly maxPages: number
  /** The journal to begin with, so that a busy one starves no other. */
  readonly beginWith?: number
  /** Called with the cursor right before the item; false: no more, and this one was not taken. */
  take(item: WatchItem): boolean
}

/** Takes items until there is nothing left, `maxPages` are read, or `take` says so. @throws JournalGap, CorruptRecord */
export function readOn(reading: Reading): void {
  const { journals, maxPages, beginWith = 0 } = reading
  let left = maxPages
  for (let i = 0; i < journals.length && left > 0; i += 1) {
    const read = readJournal(reading, (beginWith + i) % journals.length, left)
    if (read === undefined) return
    left -= read
  }
}

/** The pages read; undefined when `take` wants no more. */
function readJournal(reading: Reading, index: number, maxPages: number): number | undefined {
  const { cursor, until } = reading
  const journal = reading.journals[index]!
  const end = until.place(index)
  let read = 0
  while (read < maxPages && isBefore(cursor.place(index), end)) {
    const from = cursor.place(index).page + 1
    const lastPage = end.page + (end.item > 0 ? 1 : 0)
    journal.refresh()
    const pages = journal.pages(from, Math.min(pagesAtOnce, maxPages - read, lastPage - from + 1))
    if (pages[0]?.seq !== from) throw new JournalGap(`page ${from} is not there`)
    for (const page of pages) if (!readPage(reading, index, page)) return undefined
    read += pages.length
  }
  return read
}

function readPage({ cursor, until, take }: Reading, index: number, { seq, items }: ItemPage): boolean {
  const end = until.place(index)
  for (let i = cursor.place(index).item; i < items.length; i += 1) {
    // The last page of `until` may be taken in part only.
    if (seq > end.page && i >= end.item) return true
    if (!take(items[i]!)) return false
    cursor.move(index, { page: seq - 1, item: i + 1 })
  }
  if (seq <= end.page) cursor.move(index, { page: seq, item: 0 })
  return true
}
