/** What other threads read of a shard's journal: the seam that watchers build on. */
import type { ShardEvent } from '../core/events.js'

export interface JournalPage {
  readonly seq: number
  /** The process clock at the decision, unix ms. */
  readonly nowMs: number
  readonly events: readonly ShardEvent[]
}

export interface JournalReader {
  /** Renews the snapshot: call before each of the others. */
  refresh(): void
  /** Sequence number of the last page, 0 before the first. */
  head(): number
  /** Sequence number of the first page that is kept; 1 for a journal without pages. */
  first(): number
  /** Pages from `fromSeq` on, at most `limit`. Throws CorruptRecord. */
  pages(fromSeq: number, limit: number): JournalPage[]
  close(): Promise<void>
}
