/**
 * What is due when: bindings of a shard in order of (time, seq), pool by pool,
 * so that a refusal can name the pool's next end, and over all pools.
 */
import type { BindingSlot, BindingTable } from './binding-table.js'
import { Column } from './column.js'
import { IndexedHeap } from './indexed-heap.js'
import type { UndoLog } from './undo.js'

export class DueQueue {
  readonly #byPool = new Map<number, IndexedHeap>()
  readonly #pools: IndexedHeap
  readonly #place: Column

  /** @param time the column of a binding's due time; it may change only through `moved` */
  constructor(
    private readonly undo: UndoLog,
    private readonly bindings: BindingTable,
    private readonly time: Column,
  ) {
    this.#place = new Column('u32', undo)
    this.#pools = new IndexedHeap(undo, new Column('u32', undo), (a, b) =>
      this.#before(this.#firstOf(a), this.#firstOf(b)),
    )
  }

  add(slot: BindingSlot): void {
    const pool = this.bindings.pool.get(slot)
    const heap = this.#heap(pool)
    heap.add(slot)
    if (heap.size === 1) this.#pools.add(pool)
    else this.#pools.moved(pool)
  }

  remove(slot: BindingSlot): void {
    const pool = this.bindings.pool.get(slot)
    const heap = this.#heap(pool)
    // The pool leaves its queue first: an empty heap has no first to compare by.
    if (heap.size === 1) this.#pools.remove(pool)
    heap.remove(slot)
    if (heap.size > 0) this.#pools.moved(pool)
  }

  /** Call after the due time of a binding has changed. */
  moved(slot: BindingSlot): void {
    const pool = this.bindings.pool.get(slot)
    this.#heap(pool).moved(slot)
    this.#pools.moved(pool)
  }

  /** The binding due next, 0 if none. */
  first(): BindingSlot {
    const pool = this.#pools.first()
    return pool === 0 ? 0 : this.#firstOf(pool)
  }

  /** The bindings due at `now`, in order, at most `limit`. */
  due(now: number, limit: number): BindingSlot[] {
    if (this.nextMs() > now) return []
    const isDue = (slot: BindingSlot) => this.time.get(slot) <= now
    const slots: BindingSlot[] = []
    for (const heap of this.#byPool.values()) slots.push(...heap.peek(limit, isDue))
    return slots.sort((a, b) => (this.#before(a, b) ? -1 : 1)).slice(0, limit)
  }

  /** When the next binding of a pool is due; Infinity if none. */
  nextOfPoolMs(pool: number): number {
    const slot = this.#firstOf(pool)
    return slot === 0 ? Number.POSITIVE_INFINITY : this.time.get(slot)
  }

  nextMs(): number {
    const slot = this.first()
    return slot === 0 ? Number.POSITIVE_INFINITY : this.time.get(slot)
  }

  #firstOf(pool: number): BindingSlot {
    return this.#byPool.get(pool)?.first() ?? 0
  }

  #heap(pool: number): IndexedHeap {
    let heap = this.#byPool.get(pool)
    if (heap === undefined) {
      heap = new IndexedHeap(this.undo, this.#place, (a, b) => this.#before(a, b))
      this.#byPool.set(pool, heap)
    }
    return heap
  }

  #before(a: BindingSlot, b: BindingSlot): boolean {
    const times = this.time.get(a) - this.time.get(b)
    return times !== 0 ? times < 0 : this.bindings.seq.get(a) < this.bindings.seq.get(b)
  }
}
