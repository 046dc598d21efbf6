/**
 * Rows of a number file: `number[,area]`, with an optional header that may put
 * the two columns in either order. A field with a comma or a quote stands in
 * double quotes, as RFC 4180 has it, but within one line.
 */
import { limits } from '../../core/limits.js'

export interface Row {
  readonly number: string
  readonly area: string
}

export interface Columns {
  readonly number: number
  readonly area: number
}

const plainColumns: Columns = { number: 0, area: 1 }
const digits = /^[0-9]+$/

/** The columns that a first line names; undefined when it is data already; a sentence when it names others. */
export function headerOf(line: string): Columns | string | undefined {
  const names = fieldsOf(line)
  if (typeof names === 'string') return names
  const lower = names.map((name) => name.toLowerCase())
  if (!lower.some((name) => /^[a-z]/.test(name)) || /^\+?\d/.test(lower[0]!)) return undefined
  const unknown = lower.find((name) => name !== 'number' && name !== 'area')
  if (unknown !== undefined) return `there is no column "${unknown}": the columns are number and area`
  const number = lower.indexOf('number')
  if (number < 0) return 'the header names no column "number"'
  if (new Set(lower).size < lower.length) return 'the header names a column twice'
  return { number, area: lower.indexOf('area') }
}

/** A row, or a sentence that says what is wrong with the line. */
export function rowOf(line: string, columns: Columns = plainColumns): Row | string {
  const fields = fieldsOf(line)
  if (typeof fields === 'string') return fields
  if (fields.length > 2) return `there are ${fields.length} columns, where number and area are two`
  const area = fields[columns.area] ?? ''
  if (Buffer.byteLength(area) > limits.areaBytes) return `the area is longer than ${limits.areaBytes} bytes`
  const raw = fields[columns.number] ?? ''
  const number = raw.startsWith('+') ? raw.slice(1) : raw
  return numberFault(number, raw) ?? { number, area }
}

function numberFault(number: string, raw: string): string | undefined {
  const { numberDigitsMin: min, numberDigitsMax: max } = limits
  if (raw === '') return 'there is no number'
  if (!digits.test(number)) return `"${raw}" is not a number: it has something other than digits`
  if (number.length >= min && number.length <= max) return undefined
  return `"${raw}" has ${number.length} digits, where ${min} to ${max} are permitted`
}

function fieldsOf(line: string): string[] | string {
  if (!line.includes('"')) return line.split(',').map((field) => field.trim())
  const fields: string[] = []
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (let more = true; more; ) {
    const found = field.exec(line)
    if (found === null) return 'the double quotes do not match'
    fields.push(found[1]?.replaceAll('""', '"').trim() ?? found[2]!.trim())
    more = found[3] === ','
  }
  return fields
}
