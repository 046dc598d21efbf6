/** The directory's journal as watchers need it: what happened to the states of numbers. */
import { type DirectoryEvent, type DirectoryJournalReader, numbersNamed } from '../../store/directory-journal-reader.js'
import type { NumberJournal, NumbersChanged } from './number-items.js'

export function numberJournal(reader: Omit<DirectoryJournalReader, 'close'>): NumberJournal {
  return {
    refresh: () => reader.refresh(),
    head: () => reader.head(),
    first: () => reader.first(),
    pages: (fromSeq, limit) =>
      reader.pages(fromSeq, limit).map(({ seq, nowMs, events }) => ({ seq, nowMs, changes: events.flatMap(changes) })),
  }
}

function changes(event: DirectoryEvent): NumbersChanged[] {
  return event.type === 'number-states' ? [{ state: event.state, digits: numbersNamed(event) }] : []
}
