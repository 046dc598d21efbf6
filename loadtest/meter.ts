/** What a run counts: latency by kind of step, items by kind, refusals by reason, all of it over time too. */
import type { Histogram } from 'hdr-histogram-js'
import { emptyHistogram, encodeHistogram, recordMs } from './histograms.js'
import { type Kind, kinds, type Step, type StepKind } from './step.js'
import type { TalliedInterval, Tally } from './tally.js'

interface Interval {
  readonly items: Record<Kind, number>
  readonly latency: Map<StepKind, Histogram>
  refused: number
  overrun: number
}

/** A run has at most so many intervals: a longer one has longer intervals. */
export const intervalsMax = 600

/** Whole seconds, the least that keeps a run of this length within the bound. */
export function intervalMsFor(durationMs: number): number {
  return Math.max(1, Math.ceil(durationMs / 1_000 / intervalsMax)) * 1_000
}

export class Meter {
  readonly latency = new Map<StepKind, Histogram>()
  readonly items: Record<Kind, number> = { resolve: 0, allocate: 0, release: 0, report: 0 }
  readonly refused = new Map<string, number>()
  /** How much later than intended the client itself sent: of an open loop alone. */
  readonly sendLag = emptyHistogram(3)
  /** Arrivals that were not sent since too much was outstanding. */
  overrun = 0
  readonly #intervals: Interval[] = []
  readonly #intervalMs: number
  #beganMs = performance.now()

  /** @param durationMs length of the measured part: it decides the length of an interval */
  constructor(durationMs = 0) {
    this.#intervalMs = intervalMsFor(durationMs)
  }

  /** The moment from which intervals count, on the clock of `performance.now()`. */
  begin(nowMs: number): void {
    this.#beganMs = nowMs
  }

  /** @param dueMs when it was to be sent: latency counts from there, and belongs to the interval of that moment */
  record(step: Step, dueMs: number, nowMs: number): void {
    const done = this.#interval(nowMs)
    this.#count('resolve', step.resolved, done)
    this.#count('allocate', step.allocated, done)
    this.#count('release', step.released, done)
    this.#count('report', step.reported, done)
    for (const reason of step.refused) this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1)
    done.refused += step.refused.length
    recordMs(histogramOf(this.latency, step.kind, 3), nowMs - dueMs)
    recordMs(histogramOf(this.#interval(dueMs).latency, step.kind, 2), nowMs - dueMs)
  }

  recordOverrun(dueMs: number, items: number): void {
    this.overrun += items
    this.#interval(dueMs).overrun += items
  }

  get itemsDone(): number {
    return kinds.reduce((sum, kind) => sum + this.items[kind], 0)
  }

  tally(elapsedMs: number, clientCpuUs: number): Tally {
    return {
      elapsedMs,
      clientCpuUs,
      intervalMs: this.#intervalMs,
      items: { ...this.items },
      refused: Object.fromEntries(this.refused),
      overrun: this.overrun,
      sendLag: encodeHistogram(this.sendLag),
      latency: encodeAll(this.latency),
      intervals: Array.from(this.#intervals, (one): TalliedInterval => {
        return { ...(one ?? emptyInterval()), latency: encodeAll(one?.latency ?? new Map()) }
      }),
    }
  }

  #count(kind: Kind, items: number, interval: Interval): void {
    this.items[kind] += items
    interval.items[kind] += items
  }

  /** What ends after a run that was not long counts in an interval of its own; what never ends is the loop's fault. */
  #interval(nowMs: number): Interval {
    const index = Math.max(0, Math.floor((nowMs - this.#beganMs) / this.#intervalMs))
    let found = this.#intervals[index]
    if (found === undefined) {
      found = emptyInterval()
      this.#intervals[index] = found
    }
    return found
  }
}

function emptyInterval(): Interval {
  return { items: { resolve: 0, allocate: 0, release: 0, report: 0 }, latency: new Map(), refused: 0, overrun: 0 }
}

function histogramOf(all: Map<StepKind, Histogram>, kind: StepKind, digits: 2 | 3): Histogram {
  let histogram = all.get(kind)
  if (histogram === undefined) {
    histogram = emptyHistogram(digits)
    all.set(kind, histogram)
  }
  return histogram
}

function encodeAll(all: ReadonlyMap<StepKind, Histogram>): Record<string, string> {
  return Object.fromEntries([...all].map(([kind, histogram]) => [kind, encodeHistogram(histogram)]))
}
