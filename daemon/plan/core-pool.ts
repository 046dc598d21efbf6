/** The core of the daemon as it is, with a clock of its own: what is planned with is what will serve. */
import { apply } from '../core/apply.js'
import type { Selection } from '../core/binding.js'
import { decide } from '../core/decide.js'
import { decideDue, hasDue } from '../core/due.js'
import { limits } from '../core/limits.js'
import { ShardState } from '../core/state.js'
import { adoptSample, sampleAllocate } from '../core/testing.js'
import type { LendingPool } from './lending-pool.js'
import { Random } from './random.js'
import type { Trace } from './trace.js'

/** The settings of a pool that decide how many numbers it needs. */
export interface PoolTerms {
  readonly cooldownMs: number
  /** Live bindings that one number carries at most. */
  readonly bindingsPerNumber: number
  /** PACK: as spare_percent of a pool. */
  readonly sparePercent: number
}

const noFacts = { known: undefined, binding: undefined, calls: undefined }
/** Parties are named by the trace; the core wants digits. */
const firstParty = 10_000_000_000
const drawSeed = 20_260_302

/** A pool of one shard under one selection policy, empty. */
export class CorePool implements LendingPool {
  readonly #state = new ShardState()

  constructor(
    readonly numbers: number,
    private readonly trace: Trace,
    selection: Selection,
    terms: PoolTerms,
    private readonly random = new Random(drawSeed),
  ) {
    const pool = {
      selection,
      cooldownMs: terms.cooldownMs,
      maxCooldownMs: limits.cooldownMs,
      maxBindingsPerNumber: terms.bindingsPerNumber,
      sparePercent: terms.sparePercent,
    }
    adoptSample(this.#state, numbers, { pool })
  }

  pass(nowMs: number): void {
    this.#state.advance({ nowMs: this.#state.clamp(nowMs) })
    while (hasDue(this.#state, nowMs)) for (const event of decideDue(this.#state, nowMs)) apply(this.#state, event)
  }

  /** @throws Error when the core refuses for anything but its numbers: then the trace was not checked */
  lend(booking: number): number | undefined {
    const { trace } = this
    const startMs = trace.startMs[booking]!
    const command = sampleAllocate(partyOf(trace.a[booking]!), partyOf(trace.b[booking]!), {
      startMs,
      endMs: trace.endMs[booking]!,
      ttlMs: undefined,
      // Drawn for every booking, so that two policies see the same draws.
      draw: this.random.next(),
    })
    const { outcome, events } = decide(this.#state, command, noFacts, trace.bookedMs[booking]!)
    let lent: number | undefined
    for (const event of events) {
      apply(this.#state, event)
      if (event.type === 'allocated') lent = event.binding.x.ordinal
    }
    if (!outcome.ok && outcome.refusal.reason !== 'POOL_EXHAUSTED') {
      throw new Error(`booking ${booking} of the trace: ${outcome.refusal.reason}: ${outcome.refusal.message}`)
    }
    return lent
  }

  inUse(): number {
    const pool = this.#state.pools.get(1)!
    return pool.numbersIn('IN_USE') + pool.numbersIn('COOLING')
  }
}

function partyOf(index: number): string {
  return String(firstParty + index)
}
