/**
 * A trace: which bindings a business would have asked for, and when. It is kept
 * as columns in order of asking, so that millions fit and a pass over them is cheap.
 */
import { planLimits } from './limits.js'

/** One booking as a line of a file says it. Times in unix ms. */
export interface Booking {
  /** When it is asked for; not after startMs. */
  readonly bookedMs: number
  readonly startMs: number
  /** After startMs: when the business is over, be it by release or by time. */
  readonly endMs: number
  /** Names of two different parties: any text, so that real numbers can be hashed before. */
  readonly a: string
  readonly b: string
  /** Wanted area; empty: any. */
  readonly area: string
}

/** Booking `i` is row i of every column; rows are in order of bookedMs. */
export interface Trace {
  readonly bookings: number
  /** Distinct parties; a and b hold 0 to parties - 1. */
  readonly parties: number
  /** Distinct areas; index 0 stands for any. */
  readonly areas: readonly string[]
  readonly bookedMs: Float64Array
  readonly startMs: Float64Array
  readonly endMs: Float64Array
  readonly a: Uint32Array
  readonly b: Uint32Array
  readonly area: Uint16Array
}

const firstRows = 1_024

type Columns = Pick<Trace, 'bookedMs' | 'startMs' | 'endMs' | 'a' | 'b' | 'area'>

/** Gathers bookings in any order of asking. */
export class TraceBuilder {
  #columns = columnsOf(firstRows)
  #rows = 0
  #inOrder = true
  readonly #parties = new Map<string, number>()
  readonly #areas = new Map<string, number>([['', 0]])

  get bookings(): number {
    return this.#rows
  }

  /** @throws RangeError past the bounds of planLimits, which whoever reads the file checks first */
  add(booking: Booking): void {
    const row = this.#rows
    if (row >= planLimits.bookings) throw new RangeError(`a trace has at most ${planLimits.bookings} bookings`)
    if (row === this.#columns.a.length) this.#columns = copied(this.#columns, columnsOf(row * 2))
    const columns = this.#columns
    if (row > 0 && booking.bookedMs < columns.bookedMs[row - 1]!) this.#inOrder = false
    columns.bookedMs[row] = booking.bookedMs
    columns.startMs[row] = booking.startMs
    columns.endMs[row] = booking.endMs
    columns.a[row] = indexOf(this.#parties, booking.a)
    columns.b[row] = indexOf(this.#parties, booking.b)
    columns.area[row] = indexOf(this.#areas, booking.area)
    if (this.#areas.size > planLimits.areas) throw new RangeError(`a trace has at most ${planLimits.areas} areas`)
    this.#rows += 1
  }

  build(): Trace {
    const rows = this.#rows
    const order = this.#inOrder ? undefined : inOrderOf(this.#columns.bookedMs.subarray(0, rows))
    const take = <T extends Float64Array | Uint32Array | Uint16Array>(column: T): T =>
      (order === undefined ? column.slice(0, rows) : reordered(column, order)) as T
    const { bookedMs, startMs, endMs, a, b, area } = this.#columns
    return {
      bookings: rows,
      parties: this.#parties.size,
      areas: [...this.#areas.keys()],
      bookedMs: take(bookedMs),
      startMs: take(startMs),
      endMs: take(endMs),
      a: take(a),
      b: take(b),
      area: take(area),
    }
  }
}

/** All of some bookings as a trace. */
export function traceOf(bookings: Iterable<Booking>): Trace {
  const builder = new TraceBuilder()
  for (const booking of bookings) builder.add(booking)
  return builder.build()
}

/** The bookings that want one area; parties keep their indexes. */
export function onlyArea(trace: Trace, area: string): Trace {
  const wanted = trace.areas.indexOf(area)
  const rows = Uint32Array.from({ length: trace.bookings }, (_, row) => row).filter((row) => trace.area[row] === wanted)
  return {
    bookings: rows.length,
    parties: trace.parties,
    areas: trace.areas,
    bookedMs: reordered(trace.bookedMs, rows),
    startMs: reordered(trace.startMs, rows),
    endMs: reordered(trace.endMs, rows),
    a: reordered(trace.a, rows),
    b: reordered(trace.b, rows),
    area: reordered(trace.area, rows),
  }
}

/** Row numbers in order of a column's values; equal ones keep their order. */
export function inOrderOf(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length)
  for (let i = 0; i < order.length; i += 1) order[i] = i
  return order.sort((x, y) => values[x]! - values[y]! || x - y)
}

function columnsOf(rows: number): Columns {
  return {
    bookedMs: new Float64Array(rows),
    startMs: new Float64Array(rows),
    endMs: new Float64Array(rows),
    a: new Uint32Array(rows),
    b: new Uint32Array(rows),
    area: new Uint16Array(rows),
  }
}

function copied(from: Columns, to: Columns): Columns {
  for (const name of Object.keys(from) as (keyof Columns)[]) to[name].set(from[name])
  return to
}

function reordered<T extends Float64Array | Uint32Array | Uint16Array>(column: T, order: Uint32Array): T {
  const moved = column.slice(0, order.length) as T
  for (let i = 0; i < order.length; i += 1) moved[i] = column[order[i]!]!
  return moved
}

function indexOf(names: Map<string, number>, name: string): number {
  const known = names.get(name)
  if (known !== undefined) return known
  names.set(name, names.size)
  return names.size - 1
}
