/**
 * A tenant's allocations per second, as bounds: the rules do not say whether a
 * request that fails at an earlier gate takes a token, so the true level lies
 * between one where each does and one where none does.
 */
import type { Quotas } from '../../daemon/core/directory.js'
import type { Fit } from './naive-fit.js'

/** Clocks count whole milliseconds; a token within one of them is in doubt. */
const doubtMs = 1

export class NaiveRate {
  private atLeast: number
  private atMost: number
  private lastMs = 0
  private readonly perMs: number
  private readonly burst: number

  constructor(quotas: Quotas) {
    this.perMs = quotas.allocationsPerSecond! / 1_000
    this.burst = quotas.allocationsBurst ?? quotas.allocationsPerSecond!
    this.atLeast = this.burst
    this.atMost = this.burst
  }

  /** Whether an Allocate passes at `now`. */
  passes(now: number): Fit {
    const doubt = doubtMs * this.perMs
    if (this.refilled(this.atLeast, now) - doubt >= 1) return 'yes'
    return this.refilled(this.atMost, now) + doubt < 1 ? 'no' : 'maybe'
  }

  /** What became of an Allocate that was no replay. */
  saw(now: number, fate: 'granted' | 'rate-refused' | 'refused-late' | 'refused-early'): void {
    const doubt = doubtMs * this.perMs
    this.atLeast = this.refilled(this.atLeast, now)
    this.atMost = this.refilled(this.atMost, now)
    this.lastMs = now
    if (fate === 'rate-refused') {
      this.atMost = Math.min(this.atMost, 1 + doubt)
      return
    }
    if (fate === 'granted' || fate === 'refused-late') {
      this.atLeast = Math.max(this.atLeast, 1 - doubt)
      this.atMost -= 1
    }
    this.atLeast = Math.max(0, this.atLeast - 1)
    this.atMost = Math.max(0, this.atMost)
  }

  private refilled(level: number, now: number): number {
    return Math.min(this.burst, level + (now - this.lastMs) * this.perMs)
  }
}
