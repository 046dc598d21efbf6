/**
 * An undo list for the tables of a shard: a batch that could not be made
 * durable is taken back in O(batch), cell by cell, in reverse order, instead of
 * loading millions of rows again. Outside a batch nothing is recorded.
 *
 * Entries are numbers in typed arrays: one Allocate writes some sixty cells, and
 * three pushes of each on JS arrays were a tenth of its time.
 *
 *   where   | table, cell | table, cell | ...     table 0: an action, cell its index
 *   former  | value       | value       | ...
 */

/** What can put a cell back: one view of a table's rows. */
interface Restorable {
  restore(cell: number, former: number): void
}

const firstEntries = 4_096
const actionTable = 0

export class UndoLog {
  #recording = false
  #entries = 0
  #where = new Uint32Array(2 * firstEntries)
  #former = new Float64Array(firstEntries)
  readonly #tables: Restorable[] = [{ restore: (index) => this.#actions[index]!() }]
  readonly #actions: (() => void)[] = []

  /** The id under which a table records its cells. */
  register(table: Restorable): number {
    return this.#tables.push(table) - 1
  }

  begin(): void {
    this.keep()
    this.#recording = true
  }

  /** The batch is durable: forget how to undo it. */
  keep(): void {
    this.#recording = false
    this.#entries = 0
    this.#actions.length = 0
  }

  /** The batch did not happen: every cell is as it was at `begin`. */
  rollBack(): void {
    this.#recording = false
    for (let i = this.#entries - 1; i >= 0; i -= 1) {
      this.#tables[this.#where[2 * i]!]!.restore(this.#where[2 * i + 1]!, this.#former[i]!)
    }
    this.keep()
  }

  cell(table: number, cell: number, former: number): void {
    if (!this.#recording) return
    const entry = this.#entries
    if (entry === this.#former.length) this.#grow()
    this.#where[2 * entry] = table
    this.#where[2 * entry + 1] = cell
    this.#former[entry] = former
    this.#entries = entry + 1
  }

  /** For the few things that are no cells. */
  action(undo: () => void): void {
    if (!this.#recording) return
    this.cell(actionTable, this.#actions.push(undo) - 1, 0)
  }

  #grow(): void {
    const former = new Float64Array(this.#former.length * 2)
    former.set(this.#former)
    this.#former = former
    const where = new Uint32Array(this.#where.length * 2)
    where.set(this.#where)
    this.#where = where
  }
}
