/**
 * What is due when: bindings of a shard in order of (time, seq), pool by pool,
 * so that a refusal can name the pool's next end, and over all pools.
 */
import type { BindingSlot, BindingTable } from './binding-table.js'
import { type U32Column, u32Column } from './column.js'
import { DueHeap } from './due-heap.js'
import type { UndoLog } from './undo.js'

export class DueQueue {
  readonly #byPool = new Map<number, DueHeap>()
  /** Pools with anything due, by when it is. */
  readonly #pools: DueHeap

  /** @param place of each binding in its heap; queues that share it never hold the same binding */
  constructor(
    private readonly undo: UndoLog,
    private readonly bindings: BindingTable,
    private readonly place: U32Column,
  ) {
    this.#pools = new DueHeap(undo, u32Column(undo))
  }

  add(slot: BindingSlot, timeMs: number): void {
    const pool = this.bindings.pool(slot)
    const heap = this.#heap(pool)
    const first = heap.first()
    heap.add(slot, timeMs, this.#seq(slot))
    if (heap.first() !== first) this.#refile(pool, heap)
  }

  remove(slot: BindingSlot): void {
    const pool = this.bindings.pool(slot)
    const heap = this.#heap(pool)
    const isFirst = heap.first() === slot
    heap.remove(slot)
    if (isFirst) this.#refile(pool, heap)
  }

  /** The binding is due at another time from now on. */
  move(slot: BindingSlot, timeMs: number): void {
    const pool = this.bindings.pool(slot)
    const heap = this.#heap(pool)
    const first = heap.first()
    heap.move(slot, timeMs, this.#seq(slot))
    if (first === slot || heap.first() === slot) this.#refile(pool, heap)
  }

  has(slot: BindingSlot): boolean {
    return this.place.get(slot) !== 0
  }

  /** When a binding of the queue is due. */
  timeOf(slot: BindingSlot): number {
    return this.#heap(this.bindings.pool(slot)).timeOf(slot)
  }

  /** The binding due next, 0 if none. */
  first(): BindingSlot {
    const pool = this.#pools.first()
    return pool === 0 ? 0 : this.#byPool.get(pool)!.first()
  }

  /** The bindings due at `now`, in order, at most `limit`. */
  due(now: number, limit: number): BindingSlot[] {
    const pools = this.#pools.due(now, Number.POSITIVE_INFINITY)
    if (pools.length === 1) return this.#heap(pools[0]!).due(now, limit)
    const slots = pools.flatMap((pool) => this.#heap(pool).due(now, limit))
    return slots.sort((a, b) => this.timeOf(a) - this.timeOf(b) || this.#seq(a) - this.#seq(b)).slice(0, limit)
  }

  /** When the next binding of a pool is due; Infinity if none. */
  nextOfPoolMs(pool: number): number {
    return this.#byPool.get(pool)?.firstMs() ?? Number.POSITIVE_INFINITY
  }

  nextMs(): number {
    return this.#pools.firstMs()
  }

  /** The pool stands where its first binding says. */
  #refile(pool: number, heap: DueHeap): void {
    if (heap.size === 0) this.#pools.remove(pool)
    else if (this.#pools.has(pool)) this.#pools.move(pool, heap.firstMs(), this.#seq(heap.first()))
    else this.#pools.add(pool, heap.firstMs(), this.#seq(heap.first()))
  }

  #heap(pool: number): DueHeap {
    let heap = this.#byPool.get(pool)
    if (heap === undefined) {
      heap = new DueHeap(this.undo, this.place)
      this.#byPool.set(pool, heap)
    }
    return heap
  }

  #seq(slot: BindingSlot): number {
    return this.bindings.seq.get(slot)
  }
}
