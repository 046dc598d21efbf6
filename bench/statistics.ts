/** The few statistics that benchmarks need. Pure. */

/** @throws for an empty list */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Student's t: exceeded by chance once in 2,000 on one side, by degrees of
 * freedom from 1. Beyond the end the last is used, which is on the safe side.
 */
const studentT = [
  636.62, 31.599, 12.924, 8.61, 6.869, 5.959, 5.408, 5.041, 4.781, 4.587, 4.437, 4.318, 4.221, 4.14, 4.073, 4.015,
  3.965, 3.922, 3.883, 3.85,
] as const

/** The mean of the middle half. @param values at least 1 */
export function interquartileMean(values: readonly number[]): number {
  const trim = Math.floor(values.length / 4)
  const sorted = [...values].sort((a, b) => a - b)
  return meanOf(sorted.slice(trim, sorted.length - trim))
}

export interface Interval {
  readonly lower: number
  readonly middle: number
  readonly upper: number
}

/**
 * Where the middle of what the samples were drawn from lies: a trimmed mean
 * with Yuen's interval. One sample at either end, two from 12 on, is trimmed, so that a
 * single process which the machine disturbed moves nothing; the winsorized
 * deviation keeps the interval honest. Wrong on one side once in 2,000.
 * @param values at least 4
 */
export function trimmedInterval(values: readonly number[]): Interval {
  const trim = values.length >= 12 ? 2 : 1
  const kept = values.length - 2 * trim
  if (kept < 2) throw new Error('too few samples for an interval')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = meanOf(sorted.slice(trim, -trim))
  const winsorized = sorted.map((_, i) => sorted[Math.min(Math.max(i, trim), sorted.length - 1 - trim)]!)
  const mean = meanOf(winsorized)
  const squares = winsorized.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const error = Math.sqrt(squares / (kept * (kept - 1)))
  const t = studentT[Math.min(kept - 1, studentT.length) - 1]!
  return { lower: middle - t * error, middle, upper: middle + t * error }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
