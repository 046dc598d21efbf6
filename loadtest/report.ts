/** What a run found, for programs (JSON) and for people (a table). */
import type { Histogram } from 'hdr-histogram-js'
import { kinds, type Meter } from './meter.js'
import type { LoadOptions } from './options.js'

export interface Latency {
  /** Unary calls, or batches. */
  readonly count: number
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

export interface Report {
  readonly format: 1
  readonly node: string
  readonly options: Omit<LoadOptions, 'json' | 'serverPid'>
  /** Length of the measured part, to the last answer. */
  readonly seconds: number
  /** How long the bindings of the fill took, seconds. */
  readonly fillSeconds: number
  readonly fillPerSecond: number
  readonly itemsPerSecond: number
  readonly perSecond: Readonly<Record<(typeof kinds)[number], number>>
  readonly latency: Readonly<Record<string, Latency>>
  readonly refused: Readonly<Record<string, number>>
  /** CPU time of the server, user and system, over the measured part divided by the items answered, microseconds. */
  readonly serverCpuUsPerItem: number | undefined
  /** Share of one core that this client used: near 1, and the rate is the client's own limit. */
  readonly clientCpuShare: number
}

export interface Measured {
  readonly options: LoadOptions
  readonly meter: Meter
  readonly elapsedMs: number
  readonly fillMs: number
  readonly clientCpuUs: number
  readonly serverCpuUs: number | undefined
}

export function reportOf(measured: Measured): Report {
  const { options, meter, elapsedMs, fillMs, clientCpuUs, serverCpuUs } = measured
  const seconds = elapsedMs / 1_000
  const { json: _json, serverPid: _serverPid, ...shown } = options
  const rates = kinds.map((kind) => [kind, round(meter.items[kind] / seconds)] as const)
  return {
    format: 1,
    node: process.version,
    options: shown,
    seconds: round(seconds),
    fillSeconds: round(fillMs / 1_000),
    fillPerSecond: round((options.live / fillMs) * 1_000),
    itemsPerSecond: round(meter.itemsDone / seconds),
    perSecond: Object.fromEntries(rates) as Report['perSecond'],
    latency: Object.fromEntries([...meter.latency].map(([kind, histogram]) => [kind, latencyOf(histogram)])),
    refused: Object.fromEntries(meter.refused),
    serverCpuUsPerItem: serverCpuUs === undefined ? undefined : round(serverCpuUs / Math.max(1, meter.itemsDone)),
    clientCpuShare: round(clientCpuUs / 1_000 / elapsedMs),
  }
}

function latencyOf(histogram: Histogram): Latency {
  return {
    count: histogram.totalCount,
    p50Us: histogram.getValueAtPercentile(50),
    p90Us: histogram.getValueAtPercentile(90),
    p99Us: histogram.getValueAtPercentile(99),
    p999Us: histogram.getValueAtPercentile(99.9),
    maxUs: histogram.maxValue,
  }
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
  const refused = Object.entries(report.refused).map(([reason, count]) => `${reason} ${count}`)
  return [
    `${options.workload}, ${options.mode}, ${options.live} live bindings (made at ${whole(report.fillPerSecond)}/s), ` +
      `${options.connections} connections, ${options.outstanding} outstanding, ${report.seconds.toFixed(1)} s`,
    ...aligned(rows),
    rates.map((kind) => `${kind} ${whole(report.perSecond[kind])}/s`).join(', '),
    `refused: ${refused.length === 0 ? 'none' : refused.join(', ')}`,
    report.serverCpuUsPerItem === undefined ? '' : `server CPU per item: ${report.serverCpuUsPerItem.toFixed(2)} us`,
    `this client: ${Math.round(report.clientCpuShare * 100)} % of a core`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  )
}
