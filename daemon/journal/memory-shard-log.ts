/**
 * A ShardLog without a disk, for tests and simulation: pages live in an array,
 * everything else is as the seam says. `failNext` makes the next commit fail the
 * way a disk does, before or after the page is kept.
 */
import type { Page } from './page.js'
import { emptyHead } from './seal-page.js'
import {
  type CommitAnswer,
  type CommitRequest,
  InDoubt,
  type Lease,
  type LogHead,
  PagesDropped,
  type ShardLog,
  StorageUnavailable,
} from './shard-log.js'

export type InjectedFailure = 'unavailable' | 'in-doubt-lost' | 'in-doubt-kept'

export class MemoryShardLog implements ShardLog {
  #epoch = 0
  #head: LogHead = emptyHead
  #pages: Page[] = []
  #dropped = 0
  #lease: AbortController | undefined
  #failure: InjectedFailure | undefined
  readonly #waiting = new Set<() => void>()

  failNext(failure: InjectedFailure): void {
    this.#failure = failure
  }

  async acquire(_owner: string): Promise<Lease> {
    this.#lease?.abort()
    const lease = new AbortController()
    this.#lease = lease
    this.#epoch += 1
    return { epoch: this.#epoch, head: this.#head, lost: lease.signal, validUntil: () => Number.POSITIVE_INFINITY }
  }

  async commit(request: CommitRequest, apply: (page: Page) => void): Promise<CommitAnswer> {
    const failure = this.#failure
    this.#failure = undefined
    if (failure === 'unavailable') throw new StorageUnavailable('injected: no space left')
    if (failure === 'in-doubt-lost') throw new InDoubt('injected: no answer, nothing kept')
    const answer = this.#commitNow(request, apply)
    if (failure === 'in-doubt-kept') throw new InDoubt('injected: no answer, page kept')
    return answer
  }

  #commitNow({ epoch, expectedSeq, page, hash }: CommitRequest, apply: (page: Page) => void): CommitAnswer {
    if (epoch !== this.#epoch) return { fenced: true }
    const head = this.#head
    // The page of an InDoubt, handed over again: it is there, and was applied.
    if (expectedSeq === head.seq && Buffer.compare(hash, head.hash) === 0) return { seq: head.seq }
    const follows = expectedSeq === head.seq + 1 && Buffer.compare(page.previousHash, head.hash) === 0
    if (!follows) return { conflict: true, head }
    apply(page)
    this.#pages.push(page)
    this.#head = { seq: expectedSeq, hash }
    for (const wake of this.#waiting) wake()
    return { seq: expectedSeq }
  }

  head(): LogHead {
    return this.#head
  }

  async *follow(fromSeq: number, signal: AbortSignal): AsyncIterable<Page> {
    let next = Math.max(fromSeq, 1)
    while (!signal.aborted) {
      if (next <= this.#dropped) throw new PagesDropped(next, this.#dropped + 1)
      const page = this.#pages[next - 1 - this.#dropped]
      if (page === undefined) await this.#news(signal)
      else {
        next += 1
        yield page
      }
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  async truncate(beforeSeq: number): Promise<void> {
    const count = Math.max(0, Math.min(beforeSeq, this.#head.seq) - 1 - this.#dropped)
    this.#pages = this.#pages.slice(count)
    this.#dropped += count
  }
}
