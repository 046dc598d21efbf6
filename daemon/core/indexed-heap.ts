/** A binary heap of positive indices, each of which knows its place, so that any can be moved or removed in O(log n). */
import { Column } from './column.js'
import type { UndoLog } from './undo.js'

export class IndexedHeap {
  readonly #items: Column
  readonly #size: Column
  /** Place of each item, counted from 1; 0: not in a heap. May be shared by heaps whose items are disjoint. */
  readonly #place: Column
  readonly #before: (a: number, b: number) => boolean

  constructor(undo: UndoLog, place: Column, before: (a: number, b: number) => boolean) {
    this.#items = new Column('u32', undo)
    this.#size = new Column('u32', undo, 1)
    this.#place = place
    this.#before = before
  }

  get size(): number {
    return this.#size.get(0)
  }

  /** 0 when empty. */
  first(): number {
    return this.size === 0 ? 0 : this.#items.get(1)
  }

  /** The first items in order while they are wanted, at most `limit`; the heap stays as it is. O(limit log limit). */
  peek(limit: number, isWanted: (item: number) => boolean): number[] {
    const found: number[] = []
    // Places whose parents were taken, the next in order last.
    const frontier: number[] = this.size > 0 ? [1] : []
    while (frontier.length > 0 && found.length < limit) {
      const place = frontier.pop()!
      const item = this.#items.get(place)
      if (!isWanted(item)) break
      found.push(item)
      for (const child of [place * 2, place * 2 + 1]) if (child <= this.size) this.#insert(frontier, child)
    }
    return found
  }

  #insert(frontier: number[], place: number): void {
    const item = this.#items.get(place)
    let low = 0
    let high = frontier.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#before(item, this.#items.get(frontier[middle]!))) low = middle + 1
      else high = middle
    }
    frontier.splice(low, 0, place)
  }

  add(item: number): void {
    const place = this.#size.add(0, 1)
    this.#put(place, item)
    this.#rise(place)
  }

  remove(item: number): void {
    const place = this.#place.get(item)
    const last = this.#items.get(this.size)
    this.#size.add(0, -1)
    this.#place.set(item, 0)
    if (last === item) return
    this.#put(place, last)
    this.#settle(place)
  }

  /** Call after the order of an item has changed. */
  moved(item: number): void {
    this.#settle(this.#place.get(item))
  }

  #settle(place: number): void {
    const item = this.#items.get(place)
    this.#rise(place)
    if (this.#items.get(place) === item) this.#sink(place)
  }

  #rise(from: number): void {
    const item = this.#items.get(from)
    let place = from
    while (place > 1) {
      const parent = this.#items.get(place >> 1)
      if (!this.#before(item, parent)) break
      this.#put(place, parent)
      place >>= 1
    }
    if (place !== from) this.#put(place, item)
  }

  #sink(from: number): void {
    const item = this.#items.get(from)
    const size = this.size
    let place = from
    for (;;) {
      let child = place * 2
      if (child > size) break
      if (child < size && this.#before(this.#items.get(child + 1), this.#items.get(child))) child += 1
      if (!this.#before(this.#items.get(child), item)) break
      this.#put(place, this.#items.get(child))
      place = child
    }
    if (place !== from) this.#put(place, item)
  }

  #put(place: number, item: number): void {
    this.#items.set(place, item)
    this.#place.set(item, place)
  }
}
