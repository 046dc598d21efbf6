/**
 * All watchers of one gateway: lets them in, drives the tail and those who are
 * catching up, and cuts off who cannot keep up. Both loops give the thread back
 * for several times as long as they took it, so that calls never wait for them.
 */
import { bounds } from '../bounds.js'
import { Failure } from '../failure.js'
import { CatchUp } from './catch-up.js'
import { CatchUpQueue } from './catch-up-queue.js'
import type { Cursor } from './cursor.js'
import { readResumeToken } from './resume-token.js'
import { Tail } from './tail.js'
import type { Audience } from './watch-item.js'
import { JournalGap, type WatchJournal } from './watch-journal.js'
import type { WatchMetrics } from './watch-metrics.js'
import { type CutOff, tooSlow, Watcher, type WatcherCounts, type WatchSink } from './watcher.js'

export interface WatchParts {
  readonly journals: readonly WatchJournal[]
  readonly metrics: WatchMetrics
  readonly faulted: (error: unknown) => Failure
}

/** A request for a watch whose fields have been checked. */
export interface WatchWanted {
  readonly audience: Audience
  /** Bit n stands for WatchKind n. */
  readonly kinds: number
  /** Empty: from now on. */
  readonly resumeToken: string
}

const tooMany = new Failure('OVERLOADED', 'the gateway has as many watchers as it may have', {
  retryAfterMs: bounds.faultRetryMs,
})
const notOurs = new Failure('INVALID_RESUME_TOKEN', 'resume_token is none that this daemon gave out', {
  field: 'resume_token',
})
const expired = new Failure('RESUME_TOKEN_EXPIRED', 'the journal no longer reaches back to resume_token', {
  field: 'resume_token',
})

/** One for each gateway. */
export class WatchHub {
  readonly #parts: WatchParts
  readonly #tail: Tail
  readonly #catchUps = new CatchUpQueue(
    () => this.#wakeCatchUps(),
    (watcher) => this.#cutOff(watcher, 'stalled'),
  )
  /** All whose call is not over, those cut off included: their last message may still be with the transport. */
  readonly #open = new Set<Watcher>()
  readonly #counts: WatcherCounts
  #tickTimer: NodeJS.Timeout | undefined
  #catchUpTimer: NodeJS.Timeout | undefined
  #ending: Failure | undefined

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#tail = new Tail(parts.journals)
    this.#counts = { queuedBytes: 0, delivered: (events) => parts.metrics.delivered(events) }
    parts.metrics.watchers(() => this.size)
  }

  /** Watchers that are being served. */
  get size(): number {
    return this.#tail.watchers.size + this.#catchUps.size
  }

  /** Lets a watcher in; `closed` must be called for it when its call is over. */
  open({ audience, kinds, resumeToken }: WatchWanted, sink: WatchSink): Watcher | Failure {
    if (this.#ending !== undefined) return this.#ending
    if (this.#open.size >= bounds.watchers) return tooMany
    const from = this.#place(resumeToken)
    if (from instanceof Failure) return from
    const watcher = new Watcher({ audience, kinds }, sink, this.#counts, (slow, why) => this.#cutOff(slow, why))
    this.#open.add(watcher)
    const { journals } = this.#parts
    const catchUp = new CatchUp(watcher, from, { journals, tail: this.#tail, nowMs: performance.now() })
    if (resumeToken === '') catchUp.sendToken()
    this.#catchUps.add(catchUp)
    this.#tickTimer ??= setTimeout(() => this.#tick(), bounds.watchTickMs)
    return watcher
  }

  /** The call of a watcher is over, however it ended. */
  closed(watcher: Watcher): void {
    this.#open.delete(watcher)
    this.#dismiss(watcher)
    watcher.close()
  }

  /** Ends all watchers, and lets in no more. */
  end(failure: Failure): void {
    this.#ending = failure
    for (const watcher of [...this.#tail.watchers, ...this.#catchUps.watchers]) this.#end(watcher, failure)
    clearTimeout(this.#tickTimer)
    clearTimeout(this.#catchUpTimer)
  }

  /** Where a watcher begins. */
  #place(resumeToken: string): Cursor | Failure {
    const { journals } = this.#parts
    this.#tail.skipIfAlone()
    const heads = this.#tail.heads()
    if (resumeToken === '') return heads
    const cursor = readResumeToken(resumeToken, journals.length)
    // A place that lies ahead is of a daemon with another past: of one before a restore, say.
    if (cursor === undefined || cursor.isAheadOf(heads)) return notOurs
    const kept = journals.every((journal, i) => journal.first() <= cursor.place(i).page + 1)
    return kept ? cursor : expired
  }

  #tick(): void {
    const began = performance.now()
    try {
      this.#tail.skipIfAlone()
      this.#tail.tick(began)
    } catch (error) {
      const failure = this.#failureOf(error)
      for (const watcher of [...this.#tail.watchers]) this.#end(watcher, failure)
    }
    this.#relieve()
    this.#catchUps.tailMoved()
    const alone = this.size === 0
    const pause = tickPauseMs(this.size, performance.now() - began)
    this.#tickTimer = alone ? undefined : setTimeout(() => this.#tick(), pause)
  }

  #wakeCatchUps(): void {
    this.#catchUpTimer ??= setTimeout(() => this.#stepCatchUps(), 0)
  }

  #stepCatchUps(): void {
    const began = performance.now()
    this.#catchUpTimer = undefined
    this.#tail.skipIfAlone()
    const sliceEnd = began + bounds.scanSliceMs
    do {
      this.#catchUps.step(began, (watcher, error) => this.#end(watcher, this.#failureOf(error)))
    } while (this.#catchUps.isReady && performance.now() < sliceEnd)
    this.#relieve()
    if (!this.#catchUps.isReady) return
    const pause = restFactor * (performance.now() - began)
    this.#catchUpTimer = setTimeout(() => this.#stepCatchUps(), pause)
  }

  #failureOf(error: unknown): Failure {
    return error instanceof JournalGap ? expired : this.#parts.faulted(error)
  }

  /** Over the bound of all together, the slowest go. */
  #relieve(): void {
    while (this.#counts.queuedBytes > bounds.watchQueuedBytes) {
      let slowest: Watcher | undefined
      for (const watcher of this.#open) {
        if (watcher.queuedBytes > (slowest?.queuedBytes ?? 0)) slowest = watcher
      }
      if (slowest === undefined) return
      this.#cutOff(slowest, 'memory')
    }
  }

  #cutOff(watcher: Watcher, why: CutOff): void {
    if (watcher.isOver) return
    this.#parts.metrics.cutOff(why)
    this.#end(watcher, tooSlow)
  }

  #end(watcher: Watcher, failure: Failure): void {
    this.#dismiss(watcher)
    watcher.end(failure)
  }

  #dismiss(watcher: Watcher): void {
    this.#tail.leave(watcher)
    this.#catchUps.remove(watcher)
  }
}

/** After work of t ms the thread is left to calls for so many times t. */
const restFactor = 3

/** @param tookMs what the last tick took */
export function tickPauseMs(watchers: number, tookMs: number): number {
  const wanted = Math.max(bounds.watchTickMs, watchers * bounds.watchTickMsPerWatcher, restFactor * tookMs)
  return Math.min(wanted, bounds.watchTickMsMax)
}
