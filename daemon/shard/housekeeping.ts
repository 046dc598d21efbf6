/**
 * What a shard tidies beside its commands, a bounded piece at a time: spent
 * reservations, bindings nobody may ask for any more, request ids of past days.
 * Each piece is an event, so that a rebuild tidies alike.
 */
import type { Ordinal, Seq } from '../core/binding.js'
import type { ShardEvent } from '../core/events.js'
import { DAY_MS } from '../core/limits.js'
import { purgeInPassing, purgeSweep, type Sweep } from '../core/purge.js'
import type { ShardState } from '../core/state.js'
import { bounds } from './bounds.js'
import type { LoopStore } from './loop-store.js'

/** Request ids are kept for 24 h at least, so those of the day before yesterday are over. */
const requestDaysKept = 2

export class Housekeeping {
  #sweptAtMs = 0
  #purgeFrom: Ordinal = 0
  #forgetFrom: Seq = 0
  #forgetAgainMs = 0
  #requestsCheckedMs = 0
  /** Whether the pass of purges that is under way takes every number with spent rows, and when the last such began. */
  #thorough = true
  #thoroughAtMs = 0

  constructor(private readonly store: Pick<LoopStore, 'bindingStretch' | 'hasRequestsBefore' | 'boarded'>) {}

  /** Numbers that a batch has written anyway. */
  inPassing(state: ShardState, written: Iterable<Ordinal>, nowMs: number): ShardEvent | undefined {
    return purged(purgeInPassing(state, written), nowMs)
  }

  /**
   * The next piece, where one is due.
   * @param busy commands wait: what can be done later is
   */
  sweep(state: ShardState, nowMs: number, busy: boolean): ShardEvent[] {
    const crowded = this.store.boarded > bounds.boardedShare
    const due = nowMs - this.#sweptAtMs >= bounds.sweepEveryMs
    if (due) this.#sweptAtMs = nowMs
    const events = due ? [this.#forget(nowMs), this.#dropRequests(nowMs)] : []
    if (due || crowded) events.unshift(this.#purge(state, nowMs, this.#kind(crowded, busy)))
    return events.filter((event) => event !== undefined)
  }

  /** A number is walked whole: for a few spent rows only when there is time, or once in a while. */
  #kind(crowded: boolean, busy: boolean): Sweep {
    if (crowded) return 'all'
    return busy && !this.#thorough ? 'worthwhile' : 'any'
  }

  #purge(state: ShardState, nowMs: number, sweep: Sweep): ShardEvent | undefined {
    const { ordinals, next } = purgeSweep(state, this.#purgeFrom, sweep)
    this.#purgeFrom = next
    if (next === 0) this.#beginPass(nowMs)
    return purged(ordinals, nowMs)
  }

  #beginPass(nowMs: number): void {
    this.#thorough = nowMs - this.#thoroughAtMs >= bounds.thoroughEveryMs
    if (this.#thorough) this.#thoroughAtMs = nowMs
  }

  /** Walks all binding rows, oldest first, in stretches that hold a bounded number of them. */
  #forget(nowMs: number): ShardEvent | undefined {
    if (nowMs < this.#forgetAgainMs) return undefined
    const stretch = this.store.bindingStretch(this.#forgetFrom, bounds.forgetRows)
    if (stretch === undefined) {
      this.#forgetFrom = 0
      this.#forgetAgainMs = nowMs + bounds.forgetEveryMs
      return undefined
    }
    this.#forgetFrom = stretch.toSeq
    return stretch.forgettable(nowMs)
      ? { type: 'forgotten', fromSeq: stretch.fromSeq, toSeq: stretch.toSeq, atMs: nowMs }
      : undefined
  }

  #dropRequests(nowMs: number): ShardEvent | undefined {
    const beforeDay = Math.floor(nowMs / DAY_MS) - requestDaysKept + 1
    if (nowMs - this.#requestsCheckedMs < bounds.forgetEveryMs && this.#requestsCheckedMs !== 0) return undefined
    if (this.store.hasRequestsBefore(beforeDay)) return { type: 'requests-dropped', beforeDay, atMs: nowMs }
    this.#requestsCheckedMs = nowMs
    return undefined
  }
}

function purged(ordinals: readonly Ordinal[], atMs: number): ShardEvent | undefined {
  return ordinals.length === 0 ? undefined : { type: 'purged', ordinals, atMs }
}
