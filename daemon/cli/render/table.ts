/** Tables and key/value lines for people. */
import Table from 'cli-table3'

/** What stands in a cell; numbers are set to the right. */
export type Cell = string | number

/** A column: its head and what it shows of a row. */
export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => Cell
}

const noBorder = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((corner) => [side + corner, '']),
  ),
)

/** Aligned columns under their heads, without colours, so that it reads the same in a file. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const aligns = columns.map((_, i) => {
    const numeric = cells.length > 0 && cells.every((row) => typeof row[i] === 'number')
    return numeric ? ('right' as const) : ('left' as const)
  })
  const grid = new Table({
    head: columns.map(({ head }) => head.toUpperCase()),
    colAligns: aligns,
    chars: { ...noBorder, middle: '  ', 'mid-mid': '' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  grid.push(...cells.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell))))
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** One `name  value` line each; a value of undefined or '' is left out. */
export function lines(pairs: readonly (readonly [string, Cell | undefined])[]): string {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${asText(value!)}`).join('\n')
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** `1 number`, `2,000 numbers`. */
export function counted(count: number, one: string): string {
  return `${grouped(count)} ${count === 1 ? one : `${one}s`}`
}

function asText(value: Cell): string {
  return typeof value === 'number' ? grouped(value) : value
}
