/** What a run found, for programs (JSON) and for people (a table). */
import type { Histogram } from 'hdr-histogram-js'
import { type Latency, latencyOf, percentileCurve } from './histograms.js'
import { type Machine, thisMachine } from './machine.js'
import type { LoadOptions } from './options.js'
import { type Kind, kinds } from './step.js'
import { type Sum, sumOf, type Tally } from './tally.js'
import { expectsRefusal } from './workloads/traits.js'

export interface ReportInterval {
  /** Its beginning, from that of the measured part. */
  readonly atSeconds: number
  /** Answered within it. */
  readonly perSecond: Readonly<Record<Kind, number>>
  readonly refused: number
  readonly overrun: number
  /** Of what was due within it, by kind of step. */
  readonly latency: Readonly<Record<string, Latency>>
}

export interface Report {
  readonly format: 2
  readonly machine: Machine
  readonly options: Omit<LoadOptions, 'json' | 'html' | 'serverPid'>
  /** Length of the measured part, to the last answer. */
  readonly seconds: number
  /** How long the bindings of the fill took, seconds. */
  readonly fillSeconds: number
  readonly fillPerSecond: number
  readonly itemsPerSecond: number
  readonly perSecond: Readonly<Record<Kind, number>>
  readonly latency: Readonly<Record<string, Latency>>
  /** Points [log10(1 / (1 - p)), us] of each kind's latency: 1 is the 90th percentile, 2 the 99th. */
  readonly percentiles: Readonly<Record<string, readonly (readonly [nines: number, us: number])[]>>
  readonly refused: Readonly<Record<string, number>>
  /** Open loop: items that were due and not sent, since as much as permitted was outstanding. */
  readonly overrun: number
  /** Open loop: how much later than due the client itself sent. */
  readonly sendLag: Latency | undefined
  readonly intervalSeconds: number
  readonly intervals: readonly ReportInterval[]
  /** CPU time of the server, user and system, over the measured part divided by the items answered, microseconds. */
  readonly serverCpuUsPerItem: number | undefined
  /** Share of one core that a client process used, the busiest: near 1, and the rate is the client's own limit. */
  readonly clientCpuShare: number
}

export interface Measured {
  readonly options: LoadOptions
  /** Of each client process. */
  readonly tallies: readonly Tally[]
  readonly fillMs: number
  readonly serverCpuUs: number | undefined
}

export function reportOf({ options, tallies, fillMs, serverCpuUs }: Measured): Report {
  const sum = sumOf(tallies)
  const seconds = sum.elapsedMs / 1_000
  const { json: _json, html: _html, serverPid: _serverPid, ...shown } = options
  const items = kinds.reduce((total, kind) => total + sum.items[kind], 0)
  return {
    format: 2,
    machine: thisMachine(),
    options: shown,
    seconds: round(seconds),
    fillSeconds: round(fillMs / 1_000),
    fillPerSecond: round((options.live / fillMs) * 1_000),
    itemsPerSecond: round(items / seconds),
    perSecond: rates(sum.items, seconds),
    latency: eachKind(sum.latency, latencyOf),
    percentiles: eachKind(sum.latency, percentileCurve),
    refused: sum.refused,
    overrun: sum.overrun,
    sendLag: options.rate > 0 ? latencyOf(sum.sendLag) : undefined,
    intervalSeconds: sum.intervalMs / 1_000,
    intervals: intervalsOf(sum),
    serverCpuUsPerItem: serverCpuUs === undefined ? undefined : round(serverCpuUs / Math.max(1, items)),
    clientCpuShare: round(Math.max(...sum.clientCpuUs) / 1_000 / sum.elapsedMs),
  }
}

function intervalsOf({ intervals, intervalMs, elapsedMs }: Sum): ReportInterval[] {
  return intervals.map(({ items, refused, overrun, latency }, index) => {
    const lengthMs = Math.min(intervalMs, elapsedMs - index * intervalMs)
    return {
      atSeconds: (index * intervalMs) / 1_000,
      perSecond: rates(items, Math.max(1, lengthMs) / 1_000),
      refused,
      overrun,
      latency: eachKind(latency, latencyOf),
    }
  })
}

function eachKind<Value>(all: ReadonlyMap<string, Histogram>, make: (histogram: Histogram) => Value) {
  return Object.fromEntries([...all].map(([kind, histogram]) => [kind, make(histogram)])) as Record<string, Value>
}

function rates(items: Readonly<Record<Kind, number>>, seconds: number): Record<Kind, number> {
  return Object.fromEntries(kinds.map((kind) => [kind, round(items[kind] / seconds)])) as Record<Kind, number>
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

export function tableOf(report: Report): string {
  const { options } = report
  const rows = [
    ['step', 'count', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'max ms'],
    ...Object.entries(report.latency).map(([kind, l]) => [
      options.mode === 'stream' ? `${kind} x${options.batch}` : kind,
      String(l.count),
      ...[l.p50Us, l.p90Us, l.p99Us, l.p999Us, l.maxUs].map((us) => (us / 1_000).toFixed(2)),
    ]),
  ]
  const rates = kinds.filter((kind) => report.perSecond[kind] > 0)
  return [
    `${options.workload}, ${options.mode}, ${loopOf(report)}, ${whole(options.live)} live bindings ` +
      `(made at ${whole(report.fillPerSecond)}/s), ${options.processes} client processes, ` +
      `${options.connections} connections, ${report.seconds.toFixed(1)} s`,
    ...aligned(rows),
    rates.map((kind) => `${kind} ${whole(report.perSecond[kind])}/s`).join(', '),
    ...refusalLines(report),
    overrunLine(report),
    report.serverCpuUsPerItem === undefined ? '' : `server CPU per item: ${report.serverCpuUsPerItem.toFixed(2)} us`,
    `the busiest client process: ${Math.round(report.clientCpuShare * 100)} % of a core`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

/** Closed or open, and what bounds it. */
export function loopOf({ options }: Report): string {
  if (options.rate === 0) return `closed loop of ${options.outstanding}`
  return `open loop of ${whole(options.rate)}/s (${options.arrivals}, at most ${whole(options.outstanding)} outstanding)`
}

function refusalLines({ options, refused }: Report): string[] {
  const told = (expected: boolean): string => {
    const some = Object.entries(refused).filter(([reason]) => expectsRefusal(options.workload, reason) === expected)
    return some.map(([reason, count]) => `${reason} ${whole(count)}`).join(', ')
  }
  const expected = told(true)
  return [`refused: ${told(false) || 'none'}`, expected === '' ? '' : `refused as this workload expects: ${expected}`]
}

function overrunLine({ overrun, sendLag }: Report): string {
  if (sendLag === undefined) return ''
  return (
    `due and not sent, too much being outstanding: ${whole(overrun)}; ` +
    `the client sent late by p50 ${(sendLag.p50Us / 1_000).toFixed(2)} ms, p99 ${(sendLag.p99Us / 1_000).toFixed(2)} ms`
  )
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  )
}
