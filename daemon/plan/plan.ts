/** How many numbers a trace needs, for each policy and each cooldown that is asked about. */
import type { Selection } from '../core/binding.js'
import { CorePool } from './core-pool.js'
import { planLimits } from './limits.js'
import { type LowerBound, lowerBound } from './lower-bound.js'
import { freeTimes, mostAtOnce } from './occupation.js'
import { simulate, type Usage } from './simulate.js'
import { smallestPool } from './smallest-pool.js'
import type { Trace } from './trace.js'

export interface PlanRequest {
  /** The share of bookings that may be refused, 0 to less than 1. */
  readonly refusedShare: number
  /** One plan for each; at most planLimits.cooldowns. */
  readonly cooldownsMs: readonly number[]
  readonly policies: readonly Selection[]
  /** Live bindings that one number carries at most. */
  readonly bindingsPerNumber: number
  readonly sparePercent: number
}

export interface PlanRow {
  readonly policy: Selection
  /** The smallest pool that refuses no more than was asked; undefined past planLimits.poolNumbers. */
  readonly pool: Usage | undefined
}

export interface CooldownPlan {
  readonly cooldownMs: number
  /** What no allocator that refuses nothing can go below. */
  readonly least: LowerBound
  /** The most bindings at one instant, cooling ones included: what one number for each pair would cost. */
  readonly atOnce: number
  readonly rows: readonly PlanRow[]
}

export interface Plan {
  readonly bookings: number
  readonly parties: number
  /** From the first asking to the last end, unix ms. */
  readonly fromMs: number
  readonly toMs: number
  /** The most bindings that are live at one instant. */
  readonly liveAtOnce: number
  readonly cooldowns: readonly CooldownPlan[]
  /** Pools that were played to find out. */
  readonly played: number
}

/** Told after every pool that was played: how far it is, of how much; total never changes. */
export type Progress = (done: number, total: number) => void

/** Pools that one row is reckoned to take, for the progress; a row that takes more stands still. */
const playedPerRow = 14

/** Plays the trace as often as it takes: minutes for a million bookings. */
export function plan(trace: Trace, request: PlanRequest, progress: Progress): Plan {
  const rows = request.cooldownsMs.length * request.policies.length
  const pass = { played: 0, done: 0, rowsDone: 0 }
  const played = () => {
    pass.played += 1
    pass.done = Math.min(pass.done + 1, (pass.rowsDone + 1) * playedPerRow - 1)
    progress(pass.done, rows * playedPerRow)
  }
  const rowDone = () => {
    pass.rowsDone += 1
    pass.done = pass.rowsDone * playedPerRow
    progress(pass.done, rows * playedPerRow)
  }
  const cooldowns = request.cooldownsMs.map((cooldownMs) => planCooldown(trace, request, cooldownMs, played, rowDone))
  return {
    bookings: trace.bookings,
    parties: trace.parties,
    fromMs: trace.bookedMs[0]!,
    toMs: trace.endMs.reduce((latest, endMs) => Math.max(latest, endMs), 0),
    liveAtOnce: mostAtOnce(trace.bookedMs, trace.endMs),
    cooldowns,
    played: pass.played,
  }
}

function planCooldown(
  trace: Trace,
  request: PlanRequest,
  cooldownMs: number,
  played: () => void,
  rowDone: () => void,
): CooldownPlan {
  const { refusedShare, bindingsPerNumber, sparePercent } = request
  const least = lowerBound(trace, cooldownMs, bindingsPerNumber)
  const atOnce = mostAtOnce(trace.bookedMs, freeTimes(trace, cooldownMs))
  // With as many numbers as there are bindings at once an idle one is always left.
  const most = Math.min(planLimits.poolNumbers, atOnce)
  const refusedMost = Math.floor(trace.bookings * refusedShare)
  let guess = Math.min(least.numbers, most)
  const rows = request.policies.map((policy): PlanRow => {
    const attempt = (numbers: number) => {
      const pool = new CorePool(numbers, trace, policy, { cooldownMs, bindingsPerNumber, sparePercent })
      const usage = simulate(trace, pool, refusedMost)
      played()
      return usage
    }
    const pool = smallestPool(attempt, guess, most)
    guess = pool?.numbers ?? guess
    rowDone()
    return { policy, pool }
  })
  return { cooldownMs, least, atOnce, rows }
}
