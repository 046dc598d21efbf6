/**
 * An undo list for the tables of a shard: a batch that could not be made
 * durable is taken back in O(batch), cell by cell, in reverse order, instead of
 * loading millions of rows again. Outside a batch nothing is recorded.
 */

/** What can put a cell back: a column. */
interface Restorable {
  restore(index: number, former: number): void
}

export class UndoLog {
  #recording = false
  /** A column with the cell's index and former value, or an action with both unused. */
  readonly #what: (Restorable | (() => void))[] = []
  readonly #index: number[] = []
  readonly #former: number[] = []

  begin(): void {
    this.keep()
    this.#recording = true
  }

  /** The batch is durable: forget how to undo it. */
  keep(): void {
    this.#recording = false
    this.#what.length = 0
    this.#index.length = 0
    this.#former.length = 0
  }

  /** The batch did not happen: every cell is as it was at `begin`. */
  rollBack(): void {
    this.#recording = false
    for (let i = this.#what.length - 1; i >= 0; i -= 1) {
      const what = this.#what[i]!
      if (typeof what === 'function') what()
      else what.restore(this.#index[i]!, this.#former[i]!)
    }
    this.keep()
  }

  cell(column: Restorable, index: number, former: number): void {
    if (!this.#recording) return
    this.#what.push(column)
    this.#index.push(index)
    this.#former.push(former)
  }

  /** For the few things that are no cells. */
  action(undo: () => void): void {
    if (!this.#recording) return
    this.#what.push(undo)
    this.#index.push(0)
    this.#former.push(0)
  }
}
