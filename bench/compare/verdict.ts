/** What the samples of one row say. Pure. */
import { type Interval, trimmedInterval } from '../statistics.js'

export interface Bar {
  /** Generations before the first look: fewer tell nothing about their own spread. */
  readonly generationsMin: number
  /** A row that is not clear after so many is within the noise. */
  readonly generationsMax: number
  /** head / base: a row that is surely slower than this has regressed. Below it, changes are not worth failing for. */
  readonly tolerated: number
  /** head / base: a row that is surely faster than this needs no further samples. */
  readonly ruledOut: number
}

/**
 * `slower`: beyond `tolerated`, by more than the spread it showed. `fine`: a
 * slow-down by `ruledOut` or more would have shown. `open`: neither yet.
 */
export type Finding = 'slower' | 'fine' | 'open'

export interface Verdict extends Interval {
  readonly finding: Finding
}

/**
 * The samples are ratios, so their logarithms are what is symmetric about the middle.
 * @param ratios head / base, one a generation
 * @returns the interval as ratios; with too few samples `open`, and no bounds
 */
export function judge(ratios: readonly number[], bar: Bar): Verdict {
  if (ratios.length < bar.generationsMin) {
    return { finding: 'open', lower: 0, middle: ratios[0] ?? 1, upper: Number.POSITIVE_INFINITY }
  }
  const logs = trimmedInterval(ratios.map(Math.log))
  const [lower, middle, upper] = [Math.exp(logs.lower), Math.exp(logs.middle), Math.exp(logs.upper)]
  const finding = lower > bar.tolerated ? 'slower' : upper < bar.ruledOut ? 'fine' : 'open'
  return { finding, lower, middle, upper }
}
