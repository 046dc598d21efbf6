/**
 * A ShardLog in an LMDB environment: the page, what it changes and the head, in
 * one transaction that is on disk when it returns.
 *
 *   journal   | seq, uint48 BE |  ->  page (journal/page-codec.ts)
 *
 * The environment needs the databases `meta` and `journal`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Page } from '../journal/page.js'
import { encodePage } from '../journal/page-codec.js'
import {
  type CommitAnswer,
  type CommitRequest,
  type Lease,
  type LogHead,
  PagesDropped,
  type ShardLog,
  StorageUnavailable,
} from '../journal/shard-log.js'
import type { Environment } from './environment.js'
import { JournalTable } from './journal-table.js'
import { LmdbTable } from './lmdb-table.js'
import { readHead, readLease, writeFirstPage, writeHead, writeLease } from './meta-rows.js'
import type { Table } from './table.js'

/** A follower looks again after this long, ms: pages may come from another thread, which cannot wake it. */
const followPollMs = 50
/** Pages dropped in one transaction: large ones leave a free list that slows every later commit. */
const truncateAtOnce = 64

/** Errors of a commit after which nothing was written and reads go on: EIO, EFBIG, ENOSPC, EDQUOT, MDB_MAP_FULL. */
const storageCodes: ReadonlySet<unknown> = new Set([5, 27, 28, 122, -30_792])

/** Belongs to the thread that writes the environment; another instance may follow in another thread. */
export class LmdbShardLog implements ShardLog {
  readonly #environment: Environment
  readonly #meta: Table
  readonly #journal: JournalTable
  readonly #waiting = new Set<() => void>()
  #head: LogHead
  #lease: AbortController | undefined

  constructor(environment: Environment) {
    this.#environment = environment
    this.#meta = new LmdbTable('meta', environment.database('meta'))
    this.#journal = new JournalTable(environment)
    environment.refresh()
    this.#head = headOf(this.#meta)
  }

  async acquire(owner: string): Promise<Lease> {
    const epoch = this.#environment.transaction(() => {
      const next = readLease(this.#meta) + 1
      writeLease(this.#meta, next, owner)
      return next
    })
    this.#head = headOf(this.#meta)
    this.#lease?.abort()
    const lease = new AbortController()
    this.#lease = lease
    return { epoch, head: this.#head, lost: lease.signal, validUntil: () => Number.POSITIVE_INFINITY }
  }

  /** Throws StorageUnavailable, and whatever `apply` throws: then nothing was written. */
  async commit(request: CommitRequest, apply: (page: Page) => void): Promise<CommitAnswer> {
    const answer = this.#inTransaction(() => this.#commitWithin(request, apply))
    if ('seq' in answer) {
      this.#head = { seq: request.expectedSeq, hash: request.hash }
      for (const wake of [...this.#waiting]) wake()
    } else if ('fenced' in answer) this.#lease?.abort()
    else this.#head = answer.head
    return answer
  }

  head(): LogHead {
    return this.#head
  }

  async *follow(fromSeq: number, signal: AbortSignal): AsyncIterable<Page> {
    let next = Math.max(fromSeq, 1)
    while (!signal.aborted) {
      // Renewed for each page: whoever reads them may take any time over one.
      this.#environment.refresh()
      const page = this.#journal.page(next)
      if (page !== undefined) {
        next += 1
        yield page
        continue
      }
      const first = this.#journal.firstSeq()
      if (first !== undefined && next < first) throw new PagesDropped(next, first)
      await this.#news(signal)
    }
  }

  async truncate(beforeSeq: number): Promise<void> {
    const end = Math.min(beforeSeq, this.#head.seq)
    for (;;) {
      const seqs = this.#journal.seqsBefore(end, truncateAtOnce)
      if (seqs.length === 0) return
      this.#inTransaction(() => {
        for (const seq of seqs) this.#journal.remove(seq)
        writeFirstPage(this.#meta, seqs.at(-1)! + 1)
      })
      await nextTurn()
    }
  }

  #commitWithin(request: CommitRequest, apply: (page: Page) => void): CommitAnswer {
    const { epoch, expectedSeq, page, hash } = request
    if (epoch !== readLease(this.#meta)) return { fenced: true }
    const { seq, hash: headHash } = headOf(this.#meta)
    // The page of an InDoubt, handed over again: it is there, and was applied.
    if (expectedSeq === seq && Buffer.compare(hash, headHash) === 0) return { seq }
    const follows = expectedSeq === seq + 1 && page.seq === expectedSeq && same(page.previousHash, headHash)
    if (!follows) return { conflict: true, head: { seq, hash: headHash } }
    appendPage(this.#journal, this.#meta, page, hash)
    apply(page)
    return { seq: expectedSeq }
  }

  #inTransaction<T>(work: () => T): T {
    try {
      return this.#environment.transaction(work)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (!storageCodes.has(code)) throw error
      throw new StorageUnavailable(`${this.#environment.directory}: ${(error as Error).message}`, { cause: error })
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, followPollMs)
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
      if (signal.aborted) wake()
    })
  }
}

/** Adds a page and moves the head to it; within a transaction. */
export function appendPage(journal: JournalTable, meta: Table, page: Page, hash: Uint8Array): void {
  journal.append(page.seq, encodePage(page))
  const { seq, epoch, nowMs, directoryVersion } = page
  writeHead(meta, { seq, hash, epoch, nowMs, directoryVersion })
}

function headOf(meta: Table): LogHead {
  const { seq, hash } = readHead(meta)
  return { seq, hash }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
