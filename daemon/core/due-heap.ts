/**
 * A heap of positive indices by (time, rank), each of which knows its place, so that any
 * can be moved or removed in O(log n). Four children a node, and what orders them stands
 * in the heap itself: a step down reads neighbouring lines of the cache, where a binary
 * heap of indices read two cold rows of the table that they point into.
 *
 *   place   3   | 4 5 6 7 | 8 9 10 11 | ...      root 3, children of p: 4 (p - 2) to 4 (p - 2) + 3
 */
import { Rows, type U32Column, u32Column } from './column.js'
import type { UndoLog } from './undo.js'

const root = 3
/** time, rank, item: 64-bit words of a place. */
const words = 3
const childrenOf = (place: number): number => (place - 2) * 4
const parentOf = (place: number): number => (place >> 2) + 2

export class DueHeap {
  readonly #rows: Rows
  readonly #size: U32Column
  readonly #place: U32Column

  /** @param place of each item, 0: not in a heap; may be shared by heaps whose items are disjoint */
  constructor(undo: UndoLog, place: U32Column) {
    this.#rows = new Rows(undo, 2 * words)
    this.#size = u32Column(undo, 1)
    this.#place = place
  }

  get size(): number {
    return this.#size.get(0)
  }

  /** 0 when empty. */
  first(): number {
    return this.size === 0 ? 0 : this.#item(root)
  }

  /** Infinity when empty. */
  firstMs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#time(root)
  }

  has(item: number): boolean {
    return this.#place.get(item) !== 0
  }

  /** Of an item that is in the heap. */
  timeOf(item: number): number {
    return this.#time(this.#place.get(item))
  }

  /** The items due by `untilMs` in order, at most `limit`; the heap stays as it is. O(limit log limit). */
  due(untilMs: number, limit: number): number[] {
    const found: number[] = []
    // Places whose parents were taken, the next in order last.
    const frontier: number[] = this.size > 0 ? [root] : []
    while (frontier.length > 0 && found.length < limit) {
      const place = frontier.pop()!
      if (this.#time(place) > untilMs) break
      found.push(this.#item(place))
      const first = childrenOf(place)
      const end = Math.min(first + 4, root + this.size)
      for (let child = first; child < end; child += 1) {
        if (this.#time(child) <= untilMs) this.#insert(frontier, child)
      }
    }
    return found
  }

  #insert(frontier: number[], place: number): void {
    const time = this.#time(place)
    const rank = this.#rank(place)
    let low = 0
    let high = frontier.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBefore(time, rank, frontier[middle]!)) low = middle + 1
      else high = middle
    }
    frontier.splice(low, 0, place)
  }

  /** @param rank decides between items of the same time */
  add(item: number, time: number, rank: number): void {
    this.#rise(root - 1 + this.#size.add(0, 1), time, rank, item)
  }

  remove(item: number): void {
    const place = this.#place.get(item)
    const last = root + this.#size.add(0, -1)
    this.#place.set(item, 0)
    if (place !== last) this.#settle(place, this.#time(last), this.#rank(last), this.#item(last))
  }

  /** The item has another time or rank from now on. */
  move(item: number, time: number, rank: number): void {
    this.#settle(this.#place.get(item), time, rank, item)
  }

  /** Finds the place of what belongs at or near `place`. */
  #settle(place: number, time: number, rank: number, item: number): void {
    if (place > root && this.#isBefore(time, rank, parentOf(place))) this.#rise(place, time, rank, item)
    else this.#sink(place, time, rank, item)
  }

  #rise(from: number, time: number, rank: number, item: number): void {
    let place = from
    while (place > root) {
      const parent = parentOf(place)
      if (!this.#isBefore(time, rank, parent)) break
      this.#put(place, this.#time(parent), this.#rank(parent), this.#item(parent))
      place = parent
    }
    this.#put(place, time, rank, item)
  }

  #sink(from: number, time: number, rank: number, item: number): void {
    const end = root + this.size
    let place = from
    for (;;) {
      const first = childrenOf(place)
      if (first >= end) break
      const least = this.#leastOf(first, Math.min(first + 4, end))
      if (this.#isBefore(time, rank, least)) break
      this.#put(place, this.#time(least), this.#rank(least), this.#item(least))
      place = least
    }
    this.#put(place, time, rank, item)
  }

  #leastOf(first: number, end: number): number {
    let least = first
    for (let place = first + 1; place < end; place += 1) {
      if (this.#isBefore(this.#time(place), this.#rank(place), least)) least = place
    }
    return least
  }

  /** Whether (time, rank) comes before what stands at `place`. */
  #isBefore(time: number, rank: number, place: number): boolean {
    const there = this.#time(place)
    return time !== there ? time < there : rank < this.#rank(place)
  }

  #time(place: number): number {
    return this.#rows.f64[place * words]!
  }

  #rank(place: number): number {
    return this.#rows.f64[place * words + 1]!
  }

  #item(place: number): number {
    return this.#rows.f64[place * words + 2]!
  }

  #put(place: number, time: number, rank: number, item: number): void {
    const rows = this.#rows
    rows.writeF64(place * words, time)
    rows.writeF64(place * words + 1, rank)
    rows.writeF64(place * words + 2, item)
    this.#place.set(item, place)
  }
}
