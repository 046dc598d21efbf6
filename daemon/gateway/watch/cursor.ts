/**
 * How far somebody has come in all journals at once: the directory's is number
 * 0, that of shard n is n + 1. A place is "so many whole pages, and so many
 * items of the next": nearly always none of the next.
 */

/** Whole pages delivered, and items of the page behind them. */
export interface Place {
  readonly page: number
  readonly item: number
}

/** A place in each journal. */
export class Cursor {
  readonly #places: Place[]

  constructor(places: readonly Place[]) {
    this.#places = [...places]
  }

  /** The end of journals with these last pages. */
  static atPages(pages: readonly number[]): Cursor {
    return new Cursor(pages.map((page) => ({ page, item: 0 })))
  }

  get places(): readonly Place[] {
    return this.#places
  }

  place(journal: number): Place {
    return this.#places[journal]!
  }

  move(journal: number, place: Place): void {
    this.#places[journal] = place
  }

  copy(): Cursor {
    return new Cursor(this.#places)
  }

  /** Whether it has come further than `other` in any journal. */
  isAheadOf(other: Cursor): boolean {
    return this.#places.some((place, journal) => isBefore(other.place(journal), place))
  }

  equals(other: Cursor): boolean {
    return !this.isAheadOf(other) && !other.isAheadOf(this)
  }
}

export function isBefore(one: Place, other: Place): boolean {
  return one.page < other.page || (one.page === other.page && one.item < other.item)
}
