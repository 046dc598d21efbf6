/**
 * The seam between a shard's loop and whatever makes its pages durable. The
 * loop hands over one page at a time and decides nothing until it is answered.
 *
 *   acquire -> commit -> commit -> ...      fenced: another owner has taken over, the shard stops
 *                 |                         conflict: the log is not where the owner thought, undo and reload
 *                 +-- throws InDoubt: the same page is handed over again, unchanged
 *
 * When `commit` resolves, the page is durable and `apply(page)` has run exactly
 * once, in the transaction that also moved the head.
 */
import type { Page } from './page.js'

export interface LogHead {
  /** Sequence number of the last page, 0 before the first. */
  readonly seq: number
  /** Hash of the last page, 32 zero bytes before the first. */
  readonly hash: Uint8Array
}

export interface Lease {
  readonly epoch: number
  readonly head: LogHead
  /** Aborted when the lease is lost. */
  readonly lost: AbortSignal
  /** Until when the owner may answer for the shard, unix ms; Infinity for a local log. */
  readonly validUntil: () => number
}

export type CommitAnswer =
  | { readonly seq: number }
  | { readonly fenced: true }
  | { readonly conflict: true; readonly head: LogHead }

export interface CommitRequest {
  readonly epoch: number
  /** The page's sequence number: the head's plus one. */
  readonly expectedSeq: number
  readonly page: Page
  readonly hash: Uint8Array
}

/** The page may or may not be durable; only handing over the same page again tells. */
export class InDoubt extends Error {
  override readonly name = 'InDoubt'
}

/** The disk is full or failing (ENOSPC, EIO): nothing was written, reads go on, a retry may succeed. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}

/** A reader asks for pages that `truncate` has dropped. */
export class PagesDropped extends Error {
  override readonly name = 'PagesDropped'

  constructor(wanted: number, first: number) {
    super(`page ${wanted} is no longer in the journal, which begins at page ${first}`)
  }
}

export interface ShardLog {
  acquire(owner: string): Promise<Lease>
  commit(request: CommitRequest, apply: (page: Page) => void): Promise<CommitAnswer>
  head(): LogHead
  /** Pages from `fromSeq` on, and then new ones as they come, until the signal aborts. Throws PagesDropped. */
  follow(fromSeq: number, signal: AbortSignal): AsyncIterable<Page>
  /** Drops pages with seq < beforeSeq; the last page always stays. */
  truncate(beforeSeq: number): Promise<void>
}
