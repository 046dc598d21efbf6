/** A shard's journal as its loop writes it: one page at a time, handed over until its fate is known. */
import type { ShardEvent } from '../core/events.js'
import { ChainTip, type OpenRun } from '../journal/chain-tip.js'
import type { Page } from '../journal/page.js'
import { entriesOfEvents } from '../journal/page-entries.js'
import type { Entropy, SealedPage } from '../journal/seal-page.js'
import { type CommitAnswer, InDoubt, type Lease, type ShardLog } from '../journal/shard-log.js'
import { bounds } from './bounds.js'

export interface ShardJournalParts {
  readonly log: ShardLog
  readonly lease: Lease
  readonly entropy: Entropy
  readonly sleep: (ms: number) => Promise<void>
  readonly inDoubt: (seq: number, error: unknown) => void
}

export class ShardJournal {
  readonly #parts: ShardJournalParts
  readonly #tip: ChainTip

  constructor(parts: ShardJournalParts, run: OpenRun) {
    this.#parts = parts
    this.#tip = new ChainTip(parts.log.head(), run)
  }

  /** Sequence number of the last page. */
  get head(): number {
    return this.#tip.head.seq
  }

  /**
   * Makes events durable as one page. Throws StorageUnavailable, and InDoubt when it stays in doubt.
   * @param apply runs within the transaction that keeps the page
   * @returns the log's answer, and the bytes of the events
   */
  async commit(
    events: readonly ShardEvent[],
    at: { readonly nowMs: number; readonly directoryVersion: number },
    apply: (page: Page) => void,
  ): Promise<{ answer: CommitAnswer; bytes: number }> {
    const entries = entriesOfEvents(events)
    const bytes = entries.eventBytes
    const content = { ...at, epoch: this.#parts.lease.epoch, events: entries }
    const sealed = this.#tip.seal(content, this.#parts.entropy)
    const answer = await this.#handOver(sealed, apply)
    if ('seq' in answer) this.#tip.accept(sealed)
    return { answer, bytes }
  }

  /** The page never changes once it has been handed over. */
  async #handOver({ page, hash }: SealedPage, apply: (page: Page) => void): Promise<CommitAnswer> {
    const { log, lease, sleep, inDoubt } = this.#parts
    const request = { epoch: lease.epoch, expectedSeq: page.seq, page, hash }
    for (let resends = 0; ; resends += 1) {
      try {
        return await log.commit(request, apply)
      } catch (error) {
        if (!(error instanceof InDoubt) || resends >= bounds.resends) throw error
        inDoubt(page.seq, error)
        await sleep(bounds.resendAfterMs)
      }
    }
  }
}
