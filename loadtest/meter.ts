/** What a run counts: latency by kind of step, items by kind, refusals by reason. */
import { build, type Histogram } from 'hdr-histogram-js'

export const kinds = ['resolve', 'allocate', 'release'] as const
export type Kind = (typeof kinds)[number]

/** One step of a closed loop: a unary call or a batch, all of one kind or of allocate and release mixed. */
export interface Step {
  /** Under which its latency is recorded. */
  readonly kind: Kind | 'churn'
  readonly resolved: number
  readonly allocated: number
  readonly released: number
  /** Reasons of the items that were refused. */
  readonly refused: readonly string[]
}

/** Latency is kept up to a minute, to three digits; a longer one counts as a minute. */
const longestUs = 60_000_000

export class Meter {
  readonly latency = new Map<Step['kind'], Histogram>()
  readonly items = { resolve: 0, allocate: 0, release: 0 }
  readonly refused = new Map<string, number>()
  steps = 0

  record(step: Step, elapsedMs: number): void {
    this.steps += 1
    this.items.resolve += step.resolved
    this.items.allocate += step.allocated
    this.items.release += step.released
    for (const reason of step.refused) this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1)
    this.#histogram(step.kind).recordValue(Math.min(longestUs, Math.max(1, Math.round(elapsedMs * 1_000))))
  }

  get itemsDone(): number {
    return this.items.resolve + this.items.allocate + this.items.release
  }

  get refusals(): number {
    let sum = 0
    for (const count of this.refused.values()) sum += count
    return sum
  }

  #histogram(kind: Step['kind']): Histogram {
    let histogram = this.latency.get(kind)
    if (histogram === undefined) {
      histogram = build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: longestUs,
        numberOfSignificantValueDigits: 3,
        bitBucketSize: 32,
      })
      this.latency.set(kind, histogram)
    }
    return histogram
  }
}
