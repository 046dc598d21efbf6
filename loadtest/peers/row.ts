/** What one row of the table was found to be. */
import { median } from '../scripts/script-options.js'
import { type Pairs, ratios } from './rounds.js'
import { isTired, loadOf, type Sample } from './sample.js'
import type { RowId } from './targets.js'

export interface Found {
  readonly id: RowId
  /** One of each round; what the verdict is about. */
  readonly figures: readonly number[]
  /** What is compared: `rate`, `server CPU`, `p50`, ... */
  readonly basis: string
  /** The same ratio by server CPU per item, round by round, in the same direction; empty where it makes no sense. */
  readonly byCpu: readonly number[]
  /** Figures of each side, and what held it back. */
  readonly evidence: readonly string[]
}

export interface Skipped {
  readonly id: RowId
  readonly skipped: string
}

export interface Failed {
  readonly id: RowId
  readonly failed: string
}

export type Row = Found | Skipped | Failed

/**
 * Ours over theirs by rate. A client that is as busy as this makes rates say
 * how fast the client is; then what an item costs the server decides.
 */
export function rateRow(id: RowId, names: readonly [string, string], pairs: Pairs<Sample>): Found {
  const byCpu = ratios(pairs, (one) => 1 / one.cpuUs)
  const tired = isTired(pairs.ours) || isTired(pairs.theirs)
  return {
    id,
    figures: tired ? byCpu : ratios(pairs, (one) => one.perSecond),
    basis: tired ? 'server CPU, for a client was at its limit' : 'rate',
    byCpu,
    evidence: [evidenceOf(names[0], pairs.ours), evidenceOf(names[1], pairs.theirs)],
  }
}

/** Ours over theirs by time: the lesser the better. */
export function timeRow(
  id: RowId,
  names: readonly [string, string],
  pairs: Pairs<Sample>,
  basis: 'server CPU' | 'p50' | 'p99' | 'time',
): Found {
  const figure = {
    'server CPU': (one: Sample) => one.cpuUs,
    p50: (one: Sample) => one.p50Us ?? Number.NaN,
    p99: (one: Sample) => one.p99Us ?? Number.NaN,
    time: (one: Sample) => 1 / one.perSecond,
  }[basis]
  return {
    id,
    figures: ratios(pairs, figure),
    basis,
    byCpu: ratios(pairs, (one) => one.cpuUs),
    evidence: [evidenceOf(names[0], pairs.ours), evidenceOf(names[1], pairs.theirs)],
  }
}

export function evidenceOf(name: string, samples: readonly Sample[]): string {
  const rate = Math.round(median(samples.map((one) => one.perSecond)))
  const latency = (['p50Us', 'p99Us'] as const).flatMap((key) => {
    const values = samples.flatMap((one) => one[key] ?? [])
    return values.length === 0 ? [] : [`${key.slice(0, 3)} ${Math.round(median(values))} us`]
  })
  return `${name}: ${[`${rate.toLocaleString('en')}/s`, ...latency].join(', ')}; ${loadOf(samples)}`
}
