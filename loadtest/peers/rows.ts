/** Gathers the rows: those that were asked for, each found, skipped or failed. */
import type { Row } from './row.js'
import type { RowId } from './targets.js'

export class Rows {
  readonly #wanted: ReadonlySet<RowId>
  readonly #say: (line: string) => void
  readonly #all: Row[] = []

  constructor(wanted: readonly RowId[], say: (line: string) => void) {
    this.#wanted = new Set(wanted)
    this.#say = say
  }

  get all(): readonly Row[] {
    return this.#all
  }

  get failed(): boolean {
    return this.#all.some((one) => 'failed' in one)
  }

  /** Whether any of them was asked for. */
  wants(ids: readonly RowId[]): boolean {
    return ids.some((id) => this.#wanted.has(id))
  }

  skip(ids: readonly RowId[], why: string): void {
    for (const id of ids) if (this.#wanted.has(id)) this.#all.push({ id, skipped: why })
  }

  /** Runs the work of these rows if one of them was asked for. */
  async take(ids: readonly RowId[], work: () => Promise<readonly Row[]>): Promise<void> {
    if (!this.wants(ids)) return
    this.#say(`${ids.join(', ')} ...`)
    try {
      this.#all.push(...(await work()).filter(({ id }) => this.#wanted.has(id)))
    } catch (error) {
      const failed = error instanceof Error ? error.message : String(error)
      this.#say(`failed: ${failed}`)
      for (const id of ids) if (this.#wanted.has(id)) this.#all.push({ id, failed })
    }
  }
}
