/**
 * The growing end of a journal: seals page after page and knows when a
 * checkpoint page is due, so that a proof from any page to a checkpoint is short.
 *
 *   page  1 ... 1024  1025c ... 2048  2049c       c: checkpoint page, it covers the run
 *        |--- run ---| |--- run ----|             of pages before it, not itself
 */
import { merkleRoot } from './merkle.js'
import { type Entropy, type PageContent, type SealedPage, sealPage } from './seal-page.js'
import type { LogHead } from './shard-log.js'

export const checkpointBounds = {
  /** Pages of one run. */
  pages: 1_024,
  /** Age of the run's first page, ms. */
  ageMs: 60_000,
} as const

/** The pages since the last checkpoint page, that one included; empty before the first page. */
export interface OpenRun {
  /** Sequence number of the first of `hashes`. */
  readonly fromSeq: number
  readonly hashes: readonly Uint8Array[]
  /** `nowMs` of the first of them, unix ms. */
  readonly sinceMs: number
}

export const emptyRun: OpenRun = { fromSeq: 1, hashes: [], sinceMs: 0 }

export class ChainTip {
  #head: LogHead
  #fromSeq: number
  #hashes: Uint8Array[]
  #sinceMs: number

  constructor(head: LogHead, run: OpenRun) {
    this.#head = head
    this.#fromSeq = run.fromSeq
    this.#hashes = [...run.hashes]
    this.#sinceMs = run.sinceMs
  }

  get head(): LogHead {
    return this.#head
  }

  /** The next page. The tip itself moves only by `accept`, so that a page refused by the log is simply forgotten. */
  seal(content: PageContent, entropy: Entropy): SealedPage {
    const checkpoint = this.#isCheckpointDue(content.nowMs)
      ? { fromSeq: this.#fromSeq, root: merkleRoot(this.#hashes) }
      : undefined
    return sealPage(this.#head, content, checkpoint, entropy)
  }

  /** Call once the page is durable. */
  accept({ page, hash }: SealedPage): void {
    if (page.checkpoint !== undefined || this.#hashes.length === 0) {
      this.#fromSeq = page.seq
      this.#hashes = []
      this.#sinceMs = page.nowMs
    }
    this.#hashes.push(hash)
    this.#head = { seq: page.seq, hash }
  }

  #isCheckpointDue(nowMs: number): boolean {
    const pages = this.#hashes.length
    if (pages === 0) return false
    return pages >= checkpointBounds.pages || nowMs - this.#sinceMs >= checkpointBounds.ageMs
  }
}
