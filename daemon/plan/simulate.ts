/** A trace played against a pool, event by event, as fast as the machine allows. */
import type { LendingPool } from './lending-pool.js'
import type { Trace } from './trace.js'

export interface Usage {
  /** Numbers in the pool. */
  readonly numbers: number
  readonly granted: number
  readonly refused: number
  /** The most numbers that carried a binding or cooled at one instant. */
  readonly atOnce: number
  /** Numbers that were ever lent. */
  readonly touched: number
}

/**
 * Plays the whole trace, a booking at a time in order of asking.
 * @param refusedMost more refusals than that end it early
 * @returns undefined where it ended early
 */
export function simulate(
  trace: Trace,
  pool: LendingPool,
  refusedMost: number = Number.POSITIVE_INFINITY,
): Usage | undefined {
  const touched = new Uint8Array(pool.numbers)
  let refused = 0
  let atOnce = 0
  for (let booking = 0; booking < trace.bookings; booking += 1) {
    pool.pass(trace.bookedMs[booking]!)
    const number = pool.lend(booking)
    if (number !== undefined) {
      touched[number] = 1
      atOnce = Math.max(atOnce, pool.inUse())
      continue
    }
    refused += 1
    if (refused > refusedMost) return undefined
  }
  const { numbers } = pool
  return { numbers, granted: trace.bookings - refused, refused, atOnce, touched: sumOf(touched) }
}

function sumOf(flags: Uint8Array): number {
  let sum = 0
  for (const flag of flags) sum += flag
  return sum
}
