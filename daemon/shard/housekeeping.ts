/**
 * What a shard tidies beside its commands, a bounded piece at a time: spent
 * reservations, bindings nobody may ask for any more, request ids of past days.
 * Each piece is an event, so that a rebuild tidies alike.
 */
import type { Ordinal, Seq } from '../core/binding.js'
import type { ShardEvent } from '../core/events.js'
import { DAY_MS } from '../core/limits.js'
import { purgeInPassing, purgeSweep } from '../core/purge.js'
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

  constructor(private readonly store: Pick<LoopStore, 'bindingStretch' | 'hasRequestsBefore'>) {}

  /** Numbers that a batch has written anyway. */
  inPassing(state: ShardState, written: Iterable<Ordinal>, nowMs: number): ShardEvent | undefined {
    return purged(purgeInPassing(state, written), nowMs)
  }

  /** The next piece, where one is due. */
  sweep(state: ShardState, nowMs: number): ShardEvent[] {
    if (nowMs - this.#sweptAtMs < bounds.sweepEveryMs) return []
    this.#sweptAtMs = nowMs
    const events = [this.#purge(state, nowMs), this.#forget(nowMs), this.#dropRequests(nowMs)]
    return events.filter((event) => event !== undefined)
  }

  #purge(state: ShardState, nowMs: number): ShardEvent | undefined {
    const { ordinals, next } = purgeSweep(state, this.#purgeFrom)
    this.#purgeFrom = next
    return purged(ordinals, nowMs)
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
