/**
 * Growing tables in typed arrays whose writes can be undone. State lives in them
 * because a Map ends at 16.7 million entries and costs six times the memory.
 * Cells that were never written read as 0.
 *
 *   row 0   | f64 0 | f64 1 | u32 4 | u32 5 |      the words of a row lie side by side: whoever
 *   row 1   | f64 0 | f64 1 | u32 4 | u32 5 |      touches one has the others in the cache
 *
 * There is one class for each width of word, and no more: with one class over
 * four kinds of arrays every access of the state asked which one it had.
 */
import type { UndoLog } from './undo.js'

const firstRows = 64
const u32Bytes = 4
const f64Bytes = 8

/** Rows of the same number of words. A 32-bit word is counted in 32-bit words from the row's start. */
export class Rows {
  u32: Uint32Array
  f64: Float64Array
  readonly u32Stride: number
  readonly f64Stride: number
  readonly #undo: UndoLog
  readonly #u32Table: number
  readonly #f64Table: number

  /** @param u32Words of one row, even where the row has 64-bit words */
  constructor(
    undo: UndoLog,
    u32Words: number,
    readonly rows = firstRows,
  ) {
    this.u32Stride = u32Words
    this.f64Stride = u32Words / 2
    const bytes = Math.ceil((rows * u32Words) / 2) * f64Bytes
    this.f64 = new Float64Array(bytes / f64Bytes)
    this.u32 = new Uint32Array(this.f64.buffer)
    this.#undo = undo
    this.#u32Table = undo.register({
      restore: (cell, former) => {
        this.u32[cell] = former
      },
    })
    this.#f64Table = undo.register({
      restore: (cell, former) => {
        this.f64[cell] = former
      },
    })
  }

  u32Column(word: number): U32Column {
    return new U32Column(this, word)
  }

  f64Column(word: number): F64Column {
    return new F64Column(this, word)
  }

  /** Some bits of a 32-bit word. */
  bits(word: number, shift: number, bits: number): BitColumn {
    return new BitColumn(new U32Column(this, word), shift, bits)
  }

  // The check stands before the read: a read beyond the end gives undefined, and would make every number an object.
  readU32(cell: number): number {
    const cells = this.u32
    return cell < cells.length ? cells[cell]! : 0
  }

  readF64(cell: number): number {
    const cells = this.f64
    return cell < cells.length ? cells[cell]! : 0
  }

  writeU32(cell: number, value: number): void {
    if (cell >= this.u32.length) this.#grow((cell + 1) * u32Bytes)
    const former = this.u32[cell]!
    if (former === value) return
    this.#undo.cell(this.#u32Table, cell, former)
    this.u32[cell] = value
  }

  writeF64(cell: number, value: number): void {
    if (cell >= this.f64.length) this.#grow((cell + 1) * f64Bytes)
    const former = this.f64[cell]!
    if (former === value) return
    this.#undo.cell(this.#f64Table, cell, former)
    this.f64[cell] = value
  }

  /** Empties the table and makes it larger, to be filled anew without any undo but this. */
  replace(rows: number): { readonly u32: Uint32Array; readonly f64: Float64Array } {
    const before = { u32: this.u32, f64: this.f64 }
    this.#undo.action(() => {
      this.u32 = before.u32
      this.f64 = before.f64
    })
    this.f64 = new Float64Array(Math.ceil((rows * this.u32Stride) / 2))
    this.u32 = new Uint32Array(this.f64.buffer)
    return before
  }

  #grow(toBytes: number): void {
    const before = this.f64
    const bytes = Math.max(Math.ceil(toBytes / f64Bytes) * f64Bytes, before.byteLength * 2)
    this.f64 = new Float64Array(bytes / f64Bytes)
    this.f64.set(before)
    this.u32 = new Uint32Array(this.f64.buffer)
  }
}

/** One 32-bit word of every row. */
export class U32Column {
  readonly #rows: Rows
  readonly #stride: number
  readonly #word: number

  constructor(rows: Rows, word: number) {
    this.#rows = rows
    this.#stride = rows.u32Stride
    this.#word = word
  }

  get(row: number): number {
    return this.#rows.readU32(row * this.#stride + this.#word)
  }

  set(row: number, value: number): void {
    this.#rows.writeU32(row * this.#stride + this.#word, value)
  }

  add(row: number, delta: number): number {
    const value = this.get(row) + delta
    this.set(row, value)
    return value
  }
}

/** One 64-bit word of every row. */
export class F64Column {
  readonly #rows: Rows
  readonly #stride: number
  readonly #word: number

  constructor(rows: Rows, word: number) {
    this.#rows = rows
    this.#stride = rows.f64Stride
    this.#word = word
  }

  get(row: number): number {
    return this.#rows.readF64(row * this.#stride + this.#word)
  }

  set(row: number, value: number): void {
    this.#rows.writeF64(row * this.#stride + this.#word, value)
  }

  add(row: number, delta: number): number {
    const value = this.get(row) + delta
    this.set(row, value)
    return value
  }
}

/** A few bits of a word of every row: what is small shares a word. */
export class BitColumn {
  readonly #word: U32Column
  readonly #shift: number
  readonly #mask: number

  /** @param bits at most 31, with `shift` at most 32 */
  constructor(word: U32Column, shift: number, bits: number) {
    this.#word = word
    this.#shift = shift
    this.#mask = (1 << bits) - 1
  }

  get(row: number): number {
    return (this.#word.get(row) >>> this.#shift) & this.#mask
  }

  set(row: number, value: number): void {
    const others = this.#word.get(row) & ~(this.#mask << this.#shift)
    this.#word.set(row, (others | (value << this.#shift)) >>> 0)
  }
}

/** A table of one 32-bit word. */
export function u32Column(undo: UndoLog, rows = firstRows): U32Column {
  return new Rows(undo, 1, rows).u32Column(0)
}

/** A table of one 64-bit word. */
export function f64Column(undo: UndoLog, rows = firstRows): F64Column {
  return new Rows(undo, 2, rows).f64Column(0)
}
