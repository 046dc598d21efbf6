/** What the simulator asks of an allocator, whatever its rule. */

export interface LendingPool {
  /** Numbers in the pool. */
  readonly numbers: number
  /** Moves the clock: what has ended cools, what has cooled is free. Never back; unix ms. */
  pass(nowMs: number): void
  /** The number lent for a booking of the trace, 0 to numbers - 1, or undefined where it is refused. */
  lend(booking: number): number | undefined
  /** Numbers that carry a binding or cool at present. */
  inUse(): number
}
