/** What one client process counted, as it goes from process to process; several add up to one. */
import type { Histogram } from 'hdr-histogram-js'
import { mergeEncoded } from './histograms.js'
import { type Kind, kinds } from './step.js'

/** Histograms by kind of step, encoded. */
type Encoded = Readonly<Record<string, string>>

export interface TalliedInterval {
  readonly items: Readonly<Record<Kind, number>>
  readonly refused: number
  readonly overrun: number
  readonly latency: Encoded
}

export interface Tally {
  /** To the last answer. */
  readonly elapsedMs: number
  readonly clientCpuUs: number
  readonly intervalMs: number
  readonly items: Readonly<Record<Kind, number>>
  readonly refused: Readonly<Record<string, number>>
  readonly overrun: number
  readonly sendLag: string
  readonly latency: Encoded
  readonly intervals: readonly TalliedInterval[]
}

interface SummedInterval {
  readonly items: Readonly<Record<Kind, number>>
  readonly refused: number
  readonly overrun: number
  readonly latency: ReadonlyMap<string, Histogram>
}

export interface Sum {
  /** Of the slowest process. */
  readonly elapsedMs: number
  /** Of each process. */
  readonly clientCpuUs: readonly number[]
  readonly intervalMs: number
  readonly items: Readonly<Record<Kind, number>>
  readonly refused: Readonly<Record<string, number>>
  readonly overrun: number
  readonly sendLag: Histogram
  readonly latency: ReadonlyMap<string, Histogram>
  readonly intervals: readonly SummedInterval[]
}

/** @param tallies one at least, all with the same length of interval */
export function sumOf(tallies: readonly Tally[]): Sum {
  const length = Math.max(...tallies.map(({ intervals }) => intervals.length))
  return {
    elapsedMs: Math.max(...tallies.map(({ elapsedMs }) => elapsedMs)),
    clientCpuUs: tallies.map(({ clientCpuUs }) => clientCpuUs),
    intervalMs: tallies[0]!.intervalMs,
    items: sumItems(tallies),
    refused: sumCounts(tallies.map(({ refused }) => refused)),
    overrun: sumBy(tallies, ({ overrun }) => overrun),
    sendLag: mergeEncoded(
      tallies.map(({ sendLag }) => sendLag),
      3,
    ),
    latency: mergeByKind(
      tallies.map(({ latency }) => latency),
      3,
    ),
    intervals: Array.from({ length }, (_, index) => {
      return sumInterval(tallies.flatMap(({ intervals }) => intervals[index] ?? []))
    }),
  }
}

function sumInterval(parts: readonly TalliedInterval[]): SummedInterval {
  return {
    items: sumItems(parts),
    refused: sumBy(parts, ({ refused }) => refused),
    overrun: sumBy(parts, ({ overrun }) => overrun),
    latency: mergeByKind(
      parts.map(({ latency }) => latency),
      2,
    ),
  }
}

function sumItems(parts: readonly { readonly items: Readonly<Record<Kind, number>> }[]): Record<Kind, number> {
  const sums = kinds.map((kind) => [kind, sumBy(parts, ({ items }) => items[kind])] as const)
  return Object.fromEntries(sums) as Record<Kind, number>
}

function sumCounts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, count] of parts.flatMap((part) => Object.entries(part))) sums[name] = (sums[name] ?? 0) + count
  return sums
}

function sumBy<Part>(parts: readonly Part[], count: (part: Part) => number): number {
  return parts.reduce((sum, part) => sum + count(part), 0)
}

function mergeByKind(parts: readonly Encoded[], digits: 2 | 3): Map<string, Histogram> {
  const names = new Set(parts.flatMap((part) => Object.keys(part)))
  return new Map(
    [...names].map((name) => [
      name,
      mergeEncoded(
        parts.flatMap((part) => part[name] ?? []),
        digits,
      ),
    ]),
  )
}
