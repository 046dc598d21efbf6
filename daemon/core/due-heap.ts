/**
 * A heap of positive indices by time, each of which knows its place, so that any
 * can be moved or removed in O(log n). Four children a node, and the times stand
 * in the heap itself: a step down reads one line of the cache, where a binary
 * heap of indices read two cold rows of the table that they point into.
 *
 *   place   3   | 4 5 6 7 | 8 9 10 11 | ...      root 3, children of p: 4 (p - 2) to 4 (p - 2) + 3
 */
import { type F64Column, Rows, type U32Column } from './column.js'
import type { UndoLog } from './undo.js'

/** One past what comes before the root; places below it are none. */
const root = 3
const words = 4
const f64Words = 2
const childrenOf = (place: number): number => (place - 2) * 4
const parentOf = (place: number): number => (place >> 2) + 2

export class DueHeap {
  /** time, item */
  readonly #rows: Rows
  readonly #times: F64Column
  readonly #items: F64Column
  readonly #size: U32Column
  readonly #place: U32Column
  readonly #rank: (item: number) => number

  /**
   * @param place of each item, 0: not in a heap; may be shared by heaps whose items are disjoint
   * @param rank decides between items of the same time
   */
  constructor(undo: UndoLog, place: U32Column, rank: (item: number) => number) {
    this.#rows = new Rows(undo, words)
    this.#times = this.#rows.f64Column(0)
    this.#items = this.#rows.f64Column(1)
    this.#size = new Rows(undo, 1, 1).u32Column(0)
    this.#place = place
    this.#rank = rank
  }

  get size(): number {
    return this.#size.get(0)
  }

  /** 0 when empty. */
  first(): number {
    return this.size === 0 ? 0 : this.#items.get(root)
  }

  /** Infinity when empty. */
  firstMs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#times.get(root)
  }

  has(item: number): boolean {
    return this.#place.get(item) !== 0
  }

  /** Of an item that is in the heap. */
  timeOf(item: number): number {
    return this.#times.get(this.#place.get(item))
  }

  /** The items due by `untilMs` in order, at most `limit`; the heap stays as it is. O(limit log limit). */
  due(untilMs: number, limit: number): number[] {
    const found: number[] = []
    // Places whose parents were taken, the next in order last.
    const frontier: number[] = this.size > 0 ? [root] : []
    while (frontier.length > 0 && found.length < limit) {
      const place = frontier.pop()!
      if (this.#times.get(place) > untilMs) break
      found.push(this.#items.get(place))
      const first = childrenOf(place)
      const end = Math.min(first + 4, root + this.size)
      for (let child = first; child < end; child += 1) {
        if (this.#times.get(child) <= untilMs) this.#insert(frontier, child)
      }
    }
    return found
  }

  #insert(frontier: number[], place: number): void {
    const time = this.#times.get(place)
    const item = this.#items.get(place)
    let low = 0
    let high = frontier.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBefore(time, item, frontier[middle]!)) low = middle + 1
      else high = middle
    }
    frontier.splice(low, 0, place)
  }

  add(item: number, time: number): void {
    const place = root - 1 + this.#size.add(0, 1)
    this.#rise(place, time, item)
  }

  remove(item: number): void {
    const place = this.#place.get(item)
    const last = root + this.#size.add(0, -1)
    this.#place.set(item, 0)
    if (place !== last) this.#settle(place, this.#times.get(last), this.#items.get(last))
  }

  /** The item has another time from now on. */
  move(item: number, time: number): void {
    this.#settle(this.#place.get(item), time, item)
  }

  /** Finds the place of what belongs at or near `place`. */
  #settle(place: number, time: number, item: number): void {
    if (place > root && this.#isBefore(time, item, parentOf(place))) this.#rise(place, time, item)
    else this.#sink(place, time, item)
  }

  #rise(from: number, time: number, item: number): void {
    let place = from
    while (place > root) {
      const parent = parentOf(place)
      if (!this.#isBefore(time, item, parent)) break
      this.#put(place, this.#times.get(parent), this.#items.get(parent))
      place = parent
    }
    this.#put(place, time, item)
  }

  #sink(from: number, time: number, item: number): void {
    const end = root + this.size
    let place = from
    for (;;) {
      const first = childrenOf(place)
      if (first >= end) break
      const least = this.#leastChild(first, Math.min(first + 4, end))
      if (this.#isBefore(time, item, least)) break
      this.#put(place, this.#times.get(least), this.#items.get(least))
      place = least
    }
    this.#put(place, time, item)
  }

  #leastChild(first: number, end: number): number {
    const { f64 } = this.#rows
    let least = first
    let leastTime = f64[first * f64Words]!
    for (let child = first + 1; child < end; child += 1) {
      const time = f64[child * f64Words]!
      if (time > leastTime || (time === leastTime && !this.#isBefore(time, f64[child * f64Words + 1]!, least))) continue
      least = child
      leastTime = time
    }
    return least
  }

  /** Whether (time, item) comes before what stands at `place`. */
  #isBefore(time: number, item: number, place: number): boolean {
    const there = this.#times.get(place)
    return time !== there ? time < there : this.#rank(item) < this.#rank(this.#items.get(place))
  }

  #put(place: number, time: number, item: number): void {
    this.#times.set(place, time)
    this.#items.set(place, item)
    this.#place.set(item, place)
  }
}
