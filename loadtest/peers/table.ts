/** The table of ratios, for people (text and Markdown) and for programs. */
import { median } from '../scripts/script-options.js'
import type { Row } from './row.js'
import { type Target, targets } from './targets.js'
import { judge, type Verdict } from './verdict.js'

/** One row as JSON has it. */
export interface Line {
  readonly id: string
  readonly work: string
  readonly unit: Target['unit']
  readonly must: string
  readonly goal: string
  /** Median of the rounds; null where it was not measured. */
  readonly figure: number | null
  /** (greatest - least) / median of the rounds; null for a single one. */
  readonly spread: number | null
  readonly rounds: readonly number[]
  readonly basis: string
  /** Median of the same ratio by server CPU per item. */
  readonly byCpu: number | null
  readonly verdict: Verdict | 'not run' | 'failed'
  readonly evidence: readonly string[]
}

export function linesOf(rows: readonly Row[]): Line[] {
  return targets.flatMap((target) => {
    const row = rows.find(({ id }) => id === target.id)
    return row === undefined ? [] : [lineOf(target, row)]
  })
}

function lineOf(target: Target, row: Row): Line {
  const sign = target.better === 'more' ? '>=' : '<='
  const { id, work, unit } = target
  const wanted = { id, work, unit, must: `${sign} ${target.must} ${unit}`, goal: `${sign} ${target.goal} ${unit}` }
  const nothing = { figure: null, spread: null, byCpu: null, rounds: [], basis: '' }
  if ('skipped' in row) return { ...wanted, ...nothing, verdict: 'not run', evidence: [row.skipped] }
  if ('failed' in row) return { ...wanted, ...nothing, verdict: 'failed', evidence: [row.failed] }
  const { figure, spread, verdict } = judge(target, row.figures)
  return {
    ...wanted,
    figure,
    spread: row.figures.length > 1 ? spread : null,
    rounds: row.figures,
    basis: row.basis,
    byCpu: row.byCpu.length === 0 ? null : median(row.byCpu),
    verdict,
    evidence: row.evidence,
  }
}

const header = ['work', 'must', 'goal', 'measured', 'spread', 'by server CPU', 'verdict']

function cellsOf(line: Line): string[] {
  return [
    line.work,
    line.must,
    line.goal,
    line.figure === null ? '-' : shown(line.figure, line.unit),
    line.spread === null ? '-' : `${Math.round(line.spread * 100)} %`,
    line.byCpu === null ? '-' : shown(line.byCpu, 'x'),
    line.verdict,
  ]
}

function shown(figure: number, unit: Target['unit']): string {
  return `${unit === 'B' ? Math.round(figure) : figure.toFixed(2)} ${unit}`
}

export function textTable(lines: readonly Line[]): string {
  const cells = [header, ...lines.map(cellsOf)]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function markdownTable(lines: readonly Line[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(header), row(header.map(() => '---')), ...lines.map((line) => row(cellsOf(line)))].join('\n')
}

/** What bounds each row that is below its goal, and the figures under all the others. */
export function evidenceList(lines: readonly Line[]): string {
  return lines.map((line) => [`- ${headOf(line)}`, ...line.evidence.map((one) => `  - ${one}`)].join('\n')).join('\n')
}

function headOf({ work, verdict, basis }: Line): string {
  const below = basis === '' || verdict === 'goal' ? '' : ', below its goal: what bounds it'
  return `${work}: ${verdict}${basis === '' ? '' : ` (${basis})`}${below}`
}
