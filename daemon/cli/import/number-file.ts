/**
 * A file of numbers, read twice: once to find every fault, before anything is
 * sent, and once to send. Memory stays small whatever the size of the file.
 */
import { createHash, type Hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { limits } from '../../core/limits.js'
import { UsageError } from '../exit-code.js'
import { type Batch, readLines } from './lines.js'
import { type Columns, headerOf, type Row, rowOf } from './rows.js'
import { SeenNumbers } from './seen-numbers.js'

/** Faults named before the rest of the file is left alone. */
const faultsNamedMax = 20
/** Numbers held back, over all areas, for parts to fill up. */
const heldNumbersMax = 500_000

export interface Checked {
  readonly numbers: number
  readonly areas: number
  /** SHA-256 of the file as it was checked. */
  readonly digest: string
}

/** Numbers of one area. */
export interface Part {
  readonly area: string
  readonly numbers: readonly string[]
}

export type Progress = (done: number) => void

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size
}

/**
 * @param areaDefault of rows that name none
 * @param progress is told the bytes read so far
 * @throws UsageError that names every bad line by its number, up to 20
 */
export async function checkFile(path: string, areaDefault: string, progress: Progress): Promise<Checked> {
  const hash = createHash('sha256')
  const seen = new SeenNumbers()
  const areas = new Set<string>()
  const faults: string[] = []
  for await (const { rows, bytes } of rowsOf(path, hash)) {
    for (const { line, row } of rows) {
      const fault = typeof row === 'string' ? row : repeatFault(seen.add(row.number, line), row)
      if (fault !== undefined) faults.push(`line ${line}: ${fault}`)
      else if (typeof row !== 'string') areas.add(row.area || areaDefault)
      if (areas.size > limits.areasPerPool) faults.push(`line ${line}: more than ${limits.areasPerPool} areas`)
      if (faults.length >= faultsNamedMax) throw new UsageError(faultsText(path, faults))
    }
    progress(bytes)
  }
  if (faults.length > 0) throw new UsageError(faultsText(path, faults))
  if (seen.size === 0) throw new UsageError(`${path}: there is no number in this file`)
  return { numbers: seen.size, areas: areas.size, digest: hash.digest('hex') }
}

/**
 * The file in parts of one area each, in the order of the file within an area.
 * @param partSize numbers in a part at most
 * @throws UsageError when the file is not as it was checked
 */
export async function* partsOf(path: string, areaDefault: string, partSize: number, checked: Checked) {
  const hash = createHash('sha256')
  const held = new Map<string, string[]>()
  let heldCount = 0
  const take = (area: string): Part => {
    const numbers = held.get(area)!
    held.delete(area)
    heldCount -= numbers.length
    return { area, numbers }
  }
  for await (const { rows } of rowsOf(path, hash)) {
    for (const { row } of rows) {
      // A fault here means that the file was changed: the digest says so below.
      if (typeof row === 'string') continue
      const area = row.area || areaDefault
      const numbers = held.get(area) ?? []
      if (numbers.length === 0) held.set(area, numbers)
      numbers.push(ownCopy(row.number))
      heldCount++
      if (numbers.length >= partSize) yield take(area)
      else if (heldCount >= heldNumbersMax) yield take(fullest(held))
    }
  }
  // Before the last parts go out: one of them is what makes the import live.
  if (hash.digest('hex') !== checked.digest) {
    throw new UsageError(`${path}: the file was changed while it was imported; nothing went live`)
  }
  for (const area of [...held.keys()]) yield take(area)
}

interface NumberedRow {
  readonly line: number
  /** A sentence says what is wrong with the line. */
  readonly row: Row | string
}

/** Rows and faults in batches; empty lines are passed over. */
async function* rowsOf(path: string, hash: Hash) {
  let columns: Columns | undefined
  for await (const batch of readLines(path, hash)) {
    if (batch.firstLine === 1 && batch.lines.length > 0) {
      const header = headerOf(batch.lines[0]!)
      if (typeof header === 'string') throw new UsageError(faultsText(path, [`line 1: ${header}`]))
      columns = header
    }
    yield { rows: rowsOfBatch(batch, columns), bytes: batch.bytes }
  }
}

function* rowsOfBatch({ lines, firstLine }: Batch, columns: Columns | undefined): Generator<NumberedRow, void, void> {
  const begin = firstLine === 1 && columns !== undefined ? 1 : 0
  for (let i = begin; i < lines.length; i++) {
    const text = lines[i]!
    if (text.trim() !== '') yield { line: firstLine + i, row: rowOf(text, columns) }
  }
}

function repeatFault(lineBefore: number | undefined, { number }: Row): string | undefined {
  return lineBefore === undefined ? undefined : `${number} is on line ${lineBefore} already`
}

function faultsText(path: string, faults: readonly string[]): string {
  const more = faults.length >= faultsNamedMax ? '\n  ... and perhaps more: the rest was not looked at' : ''
  return `${path}: nothing was imported:\n  ${faults.join('\n  ')}${more}`
}

function fullest(held: ReadonlyMap<string, readonly string[]>): string {
  return [...held].reduce((best, next) => (next[1].length > best[1].length ? next : best))[0]
}

/** A slice of a string keeps the whole chunk that was read alive; a number held back must not. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
