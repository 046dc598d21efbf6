/**
 * Which numbers to tidy in the store: rows of reservations that time has spent
 * are dropped when their number is written anyway, or by a sweep in order of
 * ordinals, never one by one as they end (locality is what a durable commit costs).
 */
import type { Ordinal } from './binding.js'
import { limits } from './limits.js'
import type { ShardState } from './state.js'

/** Fewer spent rows than this, or a smaller share, are not worth a walk through their number. */
const staleWorthwhile = 64
const shareWorthwhile = 1 / 2
/** Rows that the purges of one page walk. */
const rowsPerPage = 4_000

/** Of the numbers that a batch has written, those with enough spent rows. */
export function purgeInPassing(state: ShardState, written: Iterable<Ordinal>): Ordinal[] {
  return bounded(state, written, (ordinal) => wants.worthwhile(state, ordinal))
}

/** Which numbers a sweep takes: with many spent rows, with any, or all that carry anything. */
export type Sweep = 'worthwhile' | 'any' | 'all'

const wants: Readonly<Record<Sweep, (state: ShardState, ordinal: Ordinal) => boolean>> = {
  worthwhile: ({ numbers }, ordinal) => {
    const spent = numbers.stale.get(ordinal)
    return spent >= staleWorthwhile && spent >= shareWorthwhile * numbers.reservations.get(ordinal)
  },
  any: ({ numbers }, ordinal) => numbers.stale.get(ordinal) > 0,
  all: ({ numbers }, ordinal) => numbers.stale.get(ordinal) + numbers.reservations.get(ordinal) > 0,
}

/** The numbers that a sweep takes from `from` on, and where to go on; looks at a bounded stretch. */
export function purgeSweep(state: ShardState, from: Ordinal, sweep: Sweep): { ordinals: Ordinal[]; next: Ordinal } {
  const stretch = 10_000
  const end = Math.min(state.numbers.end, from + stretch)
  const ordinals = bounded(state, range(from, end), (ordinal) => wants[sweep](state, ordinal))
  const full = ordinals.length >= limits.purgesPerPage || rowsOf(state, ordinals) >= rowsPerPage
  const last = ordinals.at(-1)
  if (full && last !== undefined) return { ordinals, next: last + 1 }
  return { ordinals, next: end >= state.numbers.end ? 0 : end }
}

function bounded(state: ShardState, candidates: Iterable<Ordinal>, wants: (ordinal: Ordinal) => boolean): Ordinal[] {
  const chosen: Ordinal[] = []
  let rows = 0
  for (const ordinal of candidates) {
    if (chosen.length >= limits.purgesPerPage || rows >= rowsPerPage) break
    if (!wants(ordinal)) continue
    chosen.push(ordinal)
    rows += rowsOf(state, [ordinal])
  }
  return chosen
}

function rowsOf(state: ShardState, ordinals: readonly Ordinal[]): number {
  const { stale, reservations } = state.numbers
  return ordinals.reduce((sum, ordinal) => sum + stale.get(ordinal) + reservations.get(ordinal), 0)
}

function* range(from: Ordinal, end: Ordinal): Iterable<Ordinal> {
  for (let ordinal = from; ordinal < end; ordinal += 1) yield ordinal
}
