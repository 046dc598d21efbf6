/**
 * From when to when a booking surely keeps its two parties from a number:
 *
 *   start |-------- live --------| end |----- cooldown -----| free
 *
 * A pair that is bound anew while it cools may take its own number over, so a
 * cooldown counts only until the next start of the same pair: what is left is
 * never more than any allocator must give, and often all of it.
 */
import { inOrderOf, type Trace } from './trace.js'

/** When each booking frees its number, unix ms, by row. */
export function freeTimes(trace: Trace, cooldownMs: number): Float64Array {
  return trace.endMs.map((endMs) => endMs + cooldownMs)
}

/** As freeTimes, cut where the same pair may take over. */
export function sureFreeTimes(trace: Trace, cooldownMs: number): Float64Array {
  const free = freeTimes(trace, cooldownMs)
  const byPair = new Map<number, number[]>()
  for (const booking of inOrderOf(trace.startMs)) {
    const startMs = trace.startMs[booking]!
    const pair = pairOf(trace, booking)
    const held = byPair.get(pair)
    if (held === undefined) {
      byPair.set(pair, [booking])
      continue
    }
    for (const former of held) if (trace.endMs[former]! <= startMs) free[former] = Math.min(free[former]!, startMs)
    byPair.set(pair, [...held.filter((former) => free[former]! > startMs), booking])
  }
  return free
}

function pairOf(trace: Trace, booking: number): number {
  const a = trace.a[booking]!
  const b = trace.b[booking]!
  return Math.min(a, b) * trace.parties + Math.max(a, b)
}

/** What a walk through time meets; what ends at an instant ends before anything starts at it. */
export interface Visitor {
  starts(booking: number): void
  ends(booking: number): void
}

/** Walks bookings that each last [fromMs, toMs) in order of time. */
export function walk(fromMs: Float64Array, toMs: Float64Array, visitor: Visitor): void {
  const ending = inOrderOf(toMs)
  let ended = 0
  for (const booking of inOrderOf(fromMs)) {
    while (toMs[ending[ended]!]! <= fromMs[booking]!) {
      visitor.ends(ending[ended]!)
      ended += 1
    }
    visitor.starts(booking)
  }
}

/** The most bookings that last at one instant. */
export function mostAtOnce(fromMs: Float64Array, toMs: Float64Array): number {
  let present = 0
  let most = 0
  walk(fromMs, toMs, {
    starts: () => {
      present += 1
      most = Math.max(most, present)
    },
    ends: () => {
      present -= 1
    },
  })
  return most
}
