/** What the visits of all rounds found, level by level: a table for people, curves for a page. */
import type { Curve } from '../../loadtest/html/curves.js'
import { medianOf } from '../statistics.js'
import type { GrownFolder } from './folder.js'
import type { Load } from './load.js'
import type { Visit } from './visit.js'

/** Medians over the rounds; undefined where nothing was measured. */
export interface Finding {
  readonly level: string
  readonly live: number
  /** Server CPU per Resolve, and per Allocate with the Release of another binding; microseconds. */
  readonly resolveUnaryUs: number | undefined
  readonly resolveStreamUs: number | undefined
  readonly allocateUs: number | undefined
  /** (greatest - least) / median of the worst of the three. */
  readonly spread: number
  readonly firstResolveMs: number | undefined
  readonly readyMs: number
  /** Per live binding, bytes: private memory beside an empty daemon's, and pages in use on disk. */
  readonly anonBytes: number | undefined
  readonly bindingDiskBytes: number | undefined
  readonly requestDiskBytes: number | undefined
  readonly journalDiskBytes: number | undefined
  readonly filledPerSecond: number | undefined
}

/** @param visits one a round, at least one */
export function findingOf({ level, bytes, fillMs, emptyAnonBytes }: GrownFolder, visits: readonly Visit[]): Finding {
  const { live } = level
  const cpu = (name: Load['name']) => known(visits.map((visit) => visit.loads[name]?.cpuUs))
  const [unary, stream, allocate] = [cpu('resolve unary'), cpu('resolve stream'), cpu('allocate')]
  const anon = known(visits.map((visit) => visit.anonBytes))
  const each = (sum: number) => (live === 0 ? undefined : sum / live)
  return {
    level: level.name,
    live,
    resolveUnaryUs: middle(unary),
    resolveStreamUs: middle(stream),
    allocateUs: middle(allocate),
    spread: Math.max(0, ...[unary, stream, allocate].flatMap((values) => (values.length === 0 ? [] : [range(values)]))),
    firstResolveMs: middle(known(visits.map((visit) => visit.firstResolveMs))),
    readyMs: medianOf(visits.map((visit) => visit.readyMs)),
    anonBytes: anon.length === 0 || emptyAnonBytes === undefined ? undefined : each(medianOf(anon) - emptyAnonBytes),
    bindingDiskBytes: each(bytes.bindings),
    requestDiskBytes: each(bytes.requests),
    journalDiskBytes: each(bytes.journal),
    filledPerSecond: live === 0 ? undefined : (live / fillMs) * 1_000,
  }
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined)
}

function middle(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : medianOf(values)
}

function range(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / medianOf(values)
}

const columns: readonly (readonly [title: string, cell: (one: Finding) => string])[] = [
  ['level', (one) => one.level],
  ['Resolve', (one) => figure(one.resolveUnaryUs, 1, 'us')],
  ['in batches of 64', (one) => figure(one.resolveStreamUs, 2, 'us')],
  ['Allocate + Release', (one) => figure(one.allocateUs, 1, 'us')],
  ['spread', (one) => figure(one.spread * 100, 0, '%')],
  ['first Resolve', (one) => figure(one.firstResolveMs, 0, 'ms')],
  ['ready', (one) => figure(one.readyMs, 0, 'ms')],
  ['RssAnon', (one) => figure(one.anonBytes, 0, 'B')],
  ['disk', (one) => figure(one.bindingDiskBytes, 0, 'B')],
  ['request ids', (one) => figure(one.requestDiskBytes, 0, 'B')],
  ['journal', (one) => figure(one.journalDiskBytes, 0, 'B')],
  ['filled', (one) => figure(one.filledPerSecond, 0, '/s')],
]

function figure(value: number | undefined, digits: number, unit: string): string {
  return value === undefined ? '-' : `${value.toFixed(digits)} ${unit}`
}

/** Times are CPU of the server per item, bytes are per live binding. */
export function growthTable(findings: readonly Finding[]): string {
  const rows = [columns.map(([title]) => title), ...findings.map((one) => columns.map(([, cell]) => cell(one)))]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n')
}

type Ordinate = readonly [name: string, y: (one: Finding) => number | undefined]

const times: readonly Ordinate[] = [
  ['Resolve, unary', (one) => one.resolveUnaryUs],
  ['Resolve, in batches of 64', (one) => one.resolveStreamUs],
  ['Allocate with a Release', (one) => one.allocateUs],
]
const starts: readonly Ordinate[] = [
  ['first Resolve', (one) => one.firstResolveMs],
  ['ready for Allocate', (one) => one.readyMs],
]
const bytesEach: readonly Ordinate[] = [
  ['memory (RssAnon)', (one) => one.anonBytes],
  ['disk: routes and bindings', (one) => one.bindingDiskBytes],
  ['disk: request ids', (one) => one.requestDiskBytes],
  ['disk: journal', (one) => one.journalDiskBytes],
]

/** @param bySize of growing size, @param byFullness one pool, more and more of it taken */
export function curvesOf(bySize: readonly Finding[], byFullness: readonly (readonly [number, Finding])[]): Curve[] {
  const sizes = bySize.map((one) => [one.live, one] as const)
  // Powers of ten need two ends.
  const overSize = { unitX: 'live bindings', logX: sizes.length > 1 }
  return [
    {
      name: 'Server CPU per item, by live bindings',
      ...overSize,
      unitY: 'us',
      logY: sizes.length > 1,
      note: 'One gateway, one shard. A flat line is what is wanted.',
      series: seriesOf(times, sizes),
    },
    {
      name: 'Server CPU per item, by how full the pool is',
      unitX: '%',
      unitY: 'us',
      logX: false,
      logY: byFullness.length > 1,
      note: 'Of the capacity of one pool.',
      series: seriesOf(times, byFullness),
    },
    {
      name: 'Start',
      ...overSize,
      unitY: 'ms',
      note: 'From the start of the process; the page cache is warm.',
      series: seriesOf(starts, sizes),
    },
    {
      name: 'Bytes a live binding',
      ...overSize,
      unitY: 'B',
      note: 'Private memory when ready, less that of an empty daemon; pages in use on disk just after filling.',
      series: seriesOf(bytesEach, sizes),
    },
  ]
}

function seriesOf(ordinates: readonly Ordinate[], findings: readonly (readonly [number, Finding])[]) {
  return ordinates.map(([name, y]) => ({
    name,
    points: findings.flatMap(([x, one]) => {
      const value = y(one)
      // A scale of powers of ten has no place for what is lost in the noise of a small folder.
      return value === undefined || value <= 0 ? [] : [[x, value] as const]
    }),
  }))
}
