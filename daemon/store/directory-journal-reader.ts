/** What watchers read of the directory's journal, in a thread of their own. */
import type { Digits } from '../core/binding.js'
import { openDirectoryEnvironment } from './directory-environment.js'
import type { DirectoryEvent } from './directory-event.js'
import { decodeDirectoryEvent } from './directory-event-codec.js'
import { digitsOf } from './directory-number-key.js'
import { DirectoryPages } from './directory-pages.js'

export type { DirectoryEvent } from './directory-event.js'

export interface DirectoryJournalPage {
  readonly seq: number
  /** The process clock at the commit, unix ms. */
  readonly nowMs: number
  readonly events: readonly DirectoryEvent[]
}

export interface DirectoryJournalReader {
  /** Renews the snapshot: call before each of the others. */
  refresh(): void
  /** Sequence number of the last page, 0 before the first: the directory's version. */
  head(): number
  /** Sequence number of the first page that is kept; 1 for a journal without pages. */
  first(): number
  /** Pages from `fromSeq` on, or from the first that is kept, at most `limit`. Throws CorruptRecord. */
  pages(fromSeq: number, limit: number): DirectoryJournalPage[]
  close(): Promise<void>
}

/**
 * The writer has opened the directory before, if it is in this process.
 * @param path of the directory's environment (directoryPath)
 */
export function openDirectoryJournalReader(path: string): DirectoryJournalReader {
  const environment = openDirectoryEnvironment(path, { readOnly: true })
  const journal = new DirectoryPages(environment)
  return {
    refresh: () => environment.refresh(),
    head: () => journal.head(),
    first: () => journal.first(),
    pages: (fromSeq, limit) =>
      journal
        .pagesAfter(fromSeq - 1, limit)
        .map(({ seq, nowMs, events }) => ({ seq, nowMs, events: events.map(decodeDirectoryEvent) })),
    close: () => environment.close(),
  }
}

/** The numbers that an event names one by one; none for events of other things. */
export function numbersNamed(event: DirectoryEvent): Digits[] {
  switch (event.type) {
    case 'numbers':
    case 'number-states':
    case 'numbers-gone':
      return digitsOf(event.keys)
    default:
      return []
  }
}
