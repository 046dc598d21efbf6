/**
 * A growing typed array whose writes can be undone. State lives in columns
 * because a Map ends at 16.7 million entries and costs six times the memory.
 * Cells that were never written read as 0.
 */
import type { UndoLog } from './undo.js'

const kinds = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const
type Cells = Uint8Array | Uint16Array | Uint32Array | Float64Array

const firstCells = 64

export class Column {
  #cells: Cells
  readonly #undo: UndoLog

  constructor(
    readonly kind: keyof typeof kinds,
    undo: UndoLog,
    cells = firstCells,
  ) {
    this.#undo = undo
    this.#cells = new kinds[kind](cells)
  }

  get(index: number): number {
    return this.#cells[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#cells.length) this.#grow(index)
    this.#undo.cell(this, index, this.#cells[index]!)
    this.#cells[index] = value
  }

  add(index: number, delta: number): number {
    const value = this.get(index) + delta
    this.set(index, value)
    return value
  }

  /** For the undo list alone. */
  restore(index: number, value: number): void {
    this.#cells[index] = value
  }

  #grow(index: number): void {
    const cells = new kinds[this.kind](Math.max(index + 1, this.#cells.length * 2))
    cells.set(this.#cells)
    this.#cells = cells
  }
}
