/** A comparison for people. */

import { medianOf } from '../statistics.js'
import type { RowResult } from './comparison.js'
import type { Bar } from './verdict.js'

/** @returns one line a row, and a last one that says what became of it */
export function compareTable(results: readonly RowResult[], bar: Bar): string {
  const width = Math.max(0, ...results.map((one) => one.row.length))
  const lines = results.map((one) => rowLine(one, width))
  const regressed = results.filter((one) => one.regressed).length
  const open = results.filter((one) => one.verdict.finding === 'open').length
  const past = `more than ${bar.tolerated} x, beyond the spread that was measured`
  const last =
    regressed > 0
      ? `${regressed} of ${results.length} rows regressed (${past})`
      : `none of ${results.length} rows regressed (${past})`
  const noise = open > 0 ? `; ${open} too noisy to rule out ${bar.ruledOut} x` : ''
  return [...lines, `${last}${noise}`].join('\n')
}

function rowLine({ row, samples, verdict, again, regressed }: RowResult, width: number): string {
  const baseNs = medianOf(samples.map((one) => one.baseNs))
  const headNs = medianOf(samples.map((one) => one.headNs))
  const wall = medianOf(samples.map((one) => one.wallRatio))
  return [
    row.padEnd(width),
    `${time(baseNs).padStart(9)} -> ${time(headNs).padStart(9)}`,
    `${verdict.middle.toFixed(3)} x`,
    `(${verdict.lower.toFixed(2)} to ${verdict.upper.toFixed(2)}, ${String(samples.length).padStart(2)} samples)`,
    `wall ${wall.toFixed(2)} x`,
    regressed ? `REGRESSED, again ${again!.middle.toFixed(3)} x` : again !== undefined ? 'did not show again' : '',
  ]
    .join('  ')
    .trimEnd()
}

function time(ns: number): string {
  return ns < 1_000 ? `${ns.toFixed(1)} ns` : `${(ns / 1_000).toFixed(2)} us`
}
