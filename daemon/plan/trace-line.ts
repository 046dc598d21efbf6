/**
 * A line of a trace. The first names the columns, in any order; no field is
 * quoted, none holds a comma:
 *
 *   start,end,a,b,area,booked        `ttl_ms` may stand for `end`; area and booked may be left out
 */
import { planLimits } from './limits.js'
import type { Booking } from './trace.js'
import { readTime } from './trace-time.js'

const columnNames = ['start', 'end', 'ttl_ms', 'a', 'b', 'area', 'booked'] as const
type ColumnName = (typeof columnNames)[number]

/** Where each column stands; undefined where the file has none. */
export interface TraceColumns {
  readonly count: number
  readonly at: Readonly<Partial<Record<ColumnName, number>>>
}

/** What is wrong with a line, and in which field; no field where it is the line as a whole. */
export interface LineFault {
  readonly field: string | undefined
  readonly fault: string
}

/** The columns that the first line names. */
export function readHeader(line: string): TraceColumns | LineFault {
  const names = line.split(',').map((name) => name.trim())
  const at: Partial<Record<ColumnName, number>> = {}
  for (const [i, name] of names.entries()) {
    const known = columnNames.find((one) => one === name)
    if (known === undefined) {
      return { field: name, fault: `no such column; the first line names some of ${columnNames.join(', ')}` }
    }
    if (at[known] !== undefined) return { field: name, fault: 'this column is named twice' }
    at[known] = i
  }
  for (const name of ['start', 'a', 'b'] as const) {
    if (at[name] === undefined) return { field: name, fault: 'this column is missing' }
  }
  if (at.end === undefined && at.ttl_ms === undefined)
    return { field: 'end', fault: 'this column or ttl_ms is missing' }
  if (at.end !== undefined && at.ttl_ms !== undefined) return { field: 'ttl_ms', fault: 'end is given already' }
  return { count: names.length, at }
}

/** One booking. */
export function readLine({ count, at }: TraceColumns, line: string): Booking | LineFault {
  const fields = line.split(',')
  if (fields.length !== count) {
    return { field: undefined, fault: `${fields.length} fields where the first line names ${count}` }
  }
  const of = (name: ColumnName) => (at[name] === undefined ? '' : fields[at[name]]!.trim())
  const startMs = readTime(of('start'))
  if (startMs === undefined) return noTime('start', of('start'))
  const bookedMs = of('booked') === '' ? startMs : readTime(of('booked'))
  if (bookedMs === undefined) return noTime('booked', of('booked'))
  const endMs = at.end === undefined ? endOf(startMs, of('ttl_ms')) : readTime(of('end'))
  if (endMs === undefined) {
    return at.end === undefined
      ? { field: 'ttl_ms', fault: `"${of('ttl_ms')}" is no whole number of milliseconds` }
      : noTime('end', of('end'))
  }
  const booking = { bookedMs, startMs, endMs, a: of('a'), b: of('b'), area: of('area') }
  return faultOf(booking, at.end === undefined ? 'ttl_ms' : 'end') ?? booking
}

/** The first line of every trace that is written here. */
export const writtenHeader = 'booked,start,end,a,b'

/** A booking as a line under `writtenHeader`; generated traces want no area. */
export function lineOf({ bookedMs, startMs, endMs, a, b }: Booking): string {
  return [bookedMs, startMs, endMs]
    .map((ms) => new Date(ms).toISOString())
    .concat(a, b)
    .join(',')
}

function endOf(startMs: number, ttl: string): number | undefined {
  return /^\d{1,15}$/.test(ttl) ? readTime(String(startMs + Number(ttl))) : undefined
}

function noTime(field: string, text: string): LineFault {
  return { field, fault: `"${text}" is no time such as 2026-03-02T11:05:00Z, nor unix milliseconds` }
}

function faultOf({ bookedMs, startMs, endMs, a, b, area }: Booking, end: string): LineFault | undefined {
  const party = partyFault('a', a) ?? partyFault('b', b)
  if (party !== undefined) return party
  if (a === b) return { field: 'b', fault: `"${b}" is party a of the same binding` }
  if (endMs <= startMs) return { field: end, fault: 'the end is not after the start' }
  if (endMs - startMs > planLimits.windowMs) return { field: end, fault: 'the window is longer than 400 days' }
  if (bookedMs > startMs) return { field: 'booked', fault: 'it is booked after its start' }
  if (startMs - bookedMs > planLimits.bookingAheadMs) return { field: 'booked', fault: 'more than 400 days ahead' }
  if (new TextEncoder().encode(area).length > planLimits.areaBytes) {
    return { field: 'area', fault: `an area has at most ${planLimits.areaBytes} bytes` }
  }
  return undefined
}

function partyFault(field: string, name: string): LineFault | undefined {
  if (name === '') return { field, fault: 'a party is missing' }
  if (name.includes('"')) return { field, fault: 'fields are not quoted' }
  return name.length > planLimits.partyChars
    ? { field, fault: `a party's name has at most ${planLimits.partyChars} characters` }
    : undefined
}
