/**
 * Checks a run of pages against its hashes, and names the first problem.
 *
 *   changed     a page is not what its successor, the head or its own root says
 *   missing     a page between two others is not there
 *   reordered   a page stands at another page's place
 *   truncated   pages are missing at the end
 */
import { checkpointBounds } from './chain-tip.js'
import { merkleRoot } from './merkle.js'
import type { Page } from './page.js'
import { pageHash } from './page-codec.js'
import { emptyHead, entriesRoot } from './seal-page.js'
import type { LogHead } from './shard-log.js'

export interface ChainProblem {
  readonly kind: 'changed' | 'missing' | 'reordered' | 'truncated'
  /** Sequence number of the page at fault. */
  readonly seq: number
  readonly message: string
}

export interface ChainVerdict {
  readonly valid: boolean
  /** Pages found good, the last one before a problem included. */
  readonly pages: number
  /** The last good page. */
  readonly head: LogHead
  readonly problem: ChainProblem | undefined
}

export interface ChainExpectation {
  /** What comes before the first page; undefined: the first page is believed, as after a truncation. Default: nothing. */
  readonly start?: LogHead | undefined
  /** Where the journal must end; undefined: anywhere. */
  readonly head: LogHead | undefined
}

/** `pages` in the order of their places; a page that cannot be read throws from the iterator. */
export function verifyChain(pages: Iterable<Page>, expected: ChainExpectation): ChainVerdict {
  const start = 'start' in expected ? expected.start : emptyHead
  const walk = new ChainWalk(start)
  const iterator = pages[Symbol.iterator]()
  try {
    for (let step = iterator.next(); step.done !== true; step = iterator.next()) {
      const problem = walk.take(step.value)
      if (problem === undefined) continue
      return walk.verdict(problem.kind === 'missing' ? orReordered(problem, iterator) : problem)
    }
  } finally {
    iterator.return?.()
  }
  return walk.verdict(walk.finish(expected.head))
}

/** A page that is not at its place may still be there, further on. */
function orReordered(problem: ChainProblem, rest: Iterator<Page>): ChainProblem {
  for (let step = rest.next(); step.done !== true; step = rest.next()) {
    if (step.value.seq !== problem.seq) continue
    return { kind: 'reordered', seq: problem.seq, message: `page ${problem.seq} stands behind later pages` }
  }
  return problem
}

class ChainWalk {
  #head: LogHead | undefined
  #pages = 0
  #last: Page | undefined
  /** Hashes of the pages since the last checkpoint page, to check the next one by. */
  #run: Uint8Array[] = []
  #runFromSeq = 0
  /** The page before did not fit its successor: the page after tells which of the two was changed. */
  #doubt: { readonly before: LogHead; readonly at: LogHead } | undefined

  constructor(start: LogHead | undefined) {
    this.#head = start
  }

  /** The problem that `page` brings to light. */
  take(page: Page): ChainProblem | undefined {
    const doubt = this.#doubt
    if (doubt !== undefined) return this.#settle(doubt, page.previousHash)
    const head = this.#head ?? { seq: page.seq - 1, hash: page.previousHash }
    const misplaced = place(head.seq + 1, page.seq)
    if (misplaced !== undefined) return misplaced
    const hash = pageHash(page)
    if (!same(page.previousHash, head.hash)) {
      this.#doubt = { before: head, at: { seq: page.seq, hash } }
      return undefined
    }
    const fault = this.#faultWithin(page)
    if (fault !== undefined) return changed(page.seq, fault)
    this.#accept(page, hash)
    return undefined
  }

  /** The problem that the end brings to light. */
  finish(head: LogHead | undefined): ChainProblem | undefined {
    if (this.#doubt !== undefined) return this.#settle(this.#doubt, head?.hash)
    const last = this.#head ?? emptyHead
    if (head === undefined || (head.seq === last.seq && same(head.hash, last.hash))) return undefined
    if (head.seq > last.seq) {
      const message = `the journal ends at page ${last.seq} and should end at ${head.seq}`
      return { kind: 'truncated', seq: last.seq + 1, message }
    }
    return changed(last.seq, `its hash is not that of the head, page ${head.seq}`)
  }

  verdict(problem: ChainProblem | undefined): ChainVerdict {
    return { valid: problem === undefined, pages: this.#pages, head: this.#head ?? emptyHead, problem }
  }

  #settle(doubt: { readonly before: LogHead; readonly at: LogHead }, next: Uint8Array | undefined): ChainProblem {
    // Its successor vouches for the later page: then the earlier one was changed.
    const laterIsSound = next !== undefined && same(next, doubt.at.hash)
    if (!laterIsSound) return changed(doubt.at.seq, `it does not name the hash of page ${doubt.before.seq}`)
    return changed(doubt.before.seq, `its hash is not the one that page ${doubt.at.seq} names`)
  }

  #faultWithin(page: Page): string | undefined {
    if (!same(entriesRoot(page.entries), page.root)) return 'its entries do not have its Merkle root'
    if (this.#last !== undefined && page.nowMs < this.#last.nowMs) return 'its time lies before that of the page before'
    if (this.#last !== undefined && page.epoch < this.#last.epoch) return 'its epoch lies below that of the page before'
    const { checkpoint } = page
    // A run that began before the first page seen cannot be checked.
    if (checkpoint === undefined || this.#run.length === 0 || checkpoint.fromSeq < this.#runFromSeq) return undefined
    const run = this.#run.slice(checkpoint.fromSeq - this.#runFromSeq)
    return same(merkleRoot(run), checkpoint.root) ? undefined : 'its checkpoint root is not that of the pages before'
  }

  #accept(page: Page, hash: Uint8Array): void {
    if (page.checkpoint !== undefined || this.#run.length === 0 || this.#run.length > checkpointBounds.pages) {
      this.#run = []
      this.#runFromSeq = page.seq
    }
    this.#run.push(hash)
    this.#head = { seq: page.seq, hash }
    this.#last = page
    this.#pages += 1
  }
}

function place(wanted: number, found: number): ChainProblem | undefined {
  if (found === wanted) return undefined
  if (found > wanted) return { kind: 'missing', seq: wanted, message: `page ${wanted} is missing before page ${found}` }
  return { kind: 'reordered', seq: found, message: `page ${found} stands where page ${wanted} should be` }
}

function changed(seq: number, what: string): ChainProblem {
  return { kind: 'changed', seq, message: `page ${seq} was changed: ${what}` }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
