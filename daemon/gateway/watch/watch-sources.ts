/** The journals of a daemon as watchers read them: the directory's first, then the shards' in their order. */
import type { DirectoryView } from '../../directory/view.js'
import type { JournalReader } from '../../store/journal-reader.js'
import type { ShardReader } from '../../store/shard-reader.js'
import { itemsOfPage, type ShardSource } from './binding-items.js'
import { itemsOfNumbers, type NumberJournal } from './number-items.js'
import { RecentPages } from './recent-pages.js'
import type { WatchJournal } from './watch-journal.js'

export interface WatchSources {
  readonly directory: DirectoryView
  /** One for each shard, by its number. */
  readonly shards: readonly ShardReader[]
  readonly clock: { now(): number }
  readonly journals: {
    readonly directory: NumberJournal
    /** One for each shard, by its number. */
    readonly shards: readonly Omit<JournalReader, 'close'>[]
  }
}

export function watchJournals({ directory, shards, clock, journals }: WatchSources): WatchJournal[] {
  const ofShards = journals.shards.map((journal, shard) =>
    shardJournal(journal, { shard, reader: shards[shard]!, directory, clock }),
  )
  return [directoryJournal(journals.directory, directory), ...ofShards].map((journal) => new RecentPages(journal))
}

function directoryJournal(journal: NumberJournal, directory: DirectoryView): WatchJournal {
  return {
    refresh() {
      journal.refresh()
      directory.refresh()
    },
    head: () => journal.head(),
    first: () => journal.first(),
    pages: (fromSeq, limit) =>
      journal.pages(fromSeq, limit).map((page) => ({ seq: page.seq, items: itemsOfNumbers(page, directory) })),
  }
}

function shardJournal(journal: Omit<JournalReader, 'close'>, source: ShardSource): WatchJournal {
  return {
    refresh() {
      journal.refresh()
      // After the journal, so that what is read of a binding is at least as new as the event about it.
      source.reader.refresh()
      source.directory.refresh()
    },
    head: () => journal.head(),
    first: () => journal.first(),
    pages: (fromSeq, limit) =>
      journal.pages(fromSeq, limit).map((page) => ({ seq: page.seq, items: itemsOfPage(page, source) })),
  }
}
