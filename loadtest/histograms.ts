/** Histograms of latency: made alike everywhere, so that those of several processes add up without loss. */
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'

/** Latency is kept up to a minute; a longer one counts as a minute. */
export const longestUs = 60_000_000

/** 3 digits for a whole run, 2 for one interval of many: 10 KiB. */
type Digits = 2 | 3

export function emptyHistogram(digits: Digits): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestUs,
    numberOfSignificantValueDigits: digits,
    bitBucketSize: 32,
  })
}

export function recordMs(histogram: Histogram, elapsedMs: number): void {
  histogram.recordValue(Math.min(longestUs, Math.max(1, Math.round(elapsedMs * 1_000))))
}

export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram)
}

/** The sum of what several processes counted. @throws for what is no encoded histogram */
export function mergeEncoded(encoded: readonly string[], digits: Digits): Histogram {
  const sum = emptyHistogram(digits)
  for (const one of encoded) sum.add(decodeFromCompressedBase64(one, 32, false))
  return sum
}

export interface Latency {
  /** Unary calls, or batches. */
  readonly count: number
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

export function latencyOf(histogram: Histogram): Latency {
  return {
    count: histogram.totalCount,
    p50Us: histogram.getValueAtPercentile(50),
    p90Us: histogram.getValueAtPercentile(90),
    p99Us: histogram.getValueAtPercentile(99),
    p999Us: histogram.getValueAtPercentile(99.9),
    maxUs: histogram.getValueAtPercentile(100),
  }
}

/** Points of a curve for each nine of the percentile: enough that it reads as a curve. */
const pointsPerNine = 16

/** [log10(1 / (1 - p)), us]: from the least to the greatest, as far as the count of samples goes. */
export function percentileCurve(histogram: Histogram): [nines: number, us: number][] {
  if (histogram.totalCount === 0) return []
  const nines = Math.log10(histogram.totalCount)
  const points: [number, number][] = []
  for (let index = 0; index / pointsPerNine < nines; index += 1) {
    const at = index / pointsPerNine
    points.push([Number(at.toFixed(4)), histogram.getValueAtPercentile((1 - 10 ** -at) * 100)])
  }
  points.push([Number(nines.toFixed(4)), histogram.getValueAtPercentile(100)])
  return points
}
