/** The directory's own journal: seals pages, hands them to its log, and knows the version, which is the last page's number. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { ChainTip, type OpenRun } from '../journal/chain-tip.js'
import type { SealedPage } from '../journal/seal-page.js'
import { type CommitAnswer, InDoubt, type Lease, type ShardLog } from '../journal/shard-log.js'

/** A page in doubt is handed over again, unchanged, so often, and so long apart. */
const doubtRetries = 10
const doubtWaitMs = 200

/** How far the log has got, as it was read before the log is taken. */
export interface JournalEnd {
  /** The pages since the last checkpoint. */
  readonly run: OpenRun
  /** The process clock of the last page, unix ms. */
  readonly nowMs: number
}

/** One owner, one page at a time. */
export class DirectoryJournal {
  readonly #log: ShardLog
  readonly #lease: Lease
  readonly #tip: ChainTip
  #lastMs: number

  private constructor(log: ShardLog, lease: Lease, end: JournalEnd) {
    this.#log = log
    this.#lease = lease
    this.#tip = new ChainTip(lease.head, end.run)
    this.#lastMs = end.nowMs
  }

  static async open(log: ShardLog, end: JournalEnd): Promise<DirectoryJournal> {
    return new DirectoryJournal(log, await log.acquire('directory'), end)
  }

  get version(): number {
    return this.#tip.head.seq
  }

  /**
   * Makes a page of these events durable. `apply` gets them within the
   * transaction, exactly once. Throws StorageUnavailable when there is no room,
   * and for whatever else keeps the page from being written.
   */
  async commit(
    events: readonly Uint8Array[],
    nowMs: number,
    apply: (events: readonly Uint8Array[]) => void,
  ): Promise<void> {
    this.#lastMs = Math.max(this.#lastMs, nowMs)
    const content = { epoch: this.#lease.epoch, nowMs: this.#lastMs, directoryVersion: 0, events }
    const sealed = this.#tip.seal(content, randomBytes)
    const answer = await this.#handOver(sealed, apply)
    if ('fenced' in answer) throw new Error('another process has taken over the directory')
    if ('conflict' in answer) {
      throw new Error(`the directory's log is at page ${answer.head.seq}, not at ${this.version}`)
    }
    this.#tip.accept(sealed)
  }

  async #handOver({ page, hash }: SealedPage, apply: (events: readonly Uint8Array[]) => void): Promise<CommitAnswer> {
    const request = { epoch: this.#lease.epoch, expectedSeq: page.seq, page, hash }
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#log.commit(request, ({ entries }) => apply(entries.map(({ event }) => event)))
      } catch (error) {
        if (!(error instanceof InDoubt) || tries > doubtRetries) throw error
        await wait(doubtWaitMs)
      }
    }
  }
}
