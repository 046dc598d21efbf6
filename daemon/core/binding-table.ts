/**
 * What a shard keeps in memory of each binding that still owns route keys: its
 * identity, tenant, window and the head of its reservations. Everything else
 * stands in the store. Slot 0 is none.
 *
 * A *remnant* is what is left of a party that an update removed: a slot of its
 * own, ended, with the binding's seq, that cools down by itself. The binding
 * knows its remnants, for a call that began before the removal holds them too (I11).
 */
import type { Seq } from './binding.js'
import { type F64Column, Rows, type U32Column, u32Column } from './column.js'
import { NumberMap } from './number-map.js'
import type { UndoLog } from './undo.js'

export type BindingSlot = number

const flag = { ended: 1, remnant: 2 } as const
/** A pool's id and the flags share a word. */
const flagBits = 2
const cell = { lastSlot: 0, freeHead: 1 } as const
/** 64 bytes: the row of a binding is one line of the cache. */
const u32Words = 16

export interface NewBinding {
  readonly seq: Seq
  readonly tenant: number
  readonly pool: number
  readonly startMs: number
  readonly endMs: number
  /** Until when the window or a call keeps its routes from everybody; at least endMs. */
  readonly heldUntilMs: number
  readonly freeAtMs: number
  readonly ended: boolean
  readonly remnant: boolean
}

export class BindingTable {
  readonly seq: F64Column
  readonly startMs: F64Column
  readonly endMs: F64Column
  readonly heldUntilMs: F64Column
  readonly freeAtMs: F64Column
  readonly tenant: U32Column
  /** First reservation of the binding. */
  readonly head: U32Column
  /** Places in the due queues: of its end or free_at, and of the announcement of its end. */
  readonly duePlace: U32Column
  readonly expiringPlace: U32Column
  /** First remnant of a binding; of a remnant the next one. */
  readonly #remnants: U32Column
  readonly #poolAndFlags: U32Column
  readonly #cells: U32Column
  /** Slot by seq, remnants apart. */
  readonly #bySeq: NumberMap

  constructor(undo: UndoLog) {
    const rows = new Rows(undo, u32Words)
    this.seq = rows.f64Column(0)
    this.startMs = rows.f64Column(1)
    this.endMs = rows.f64Column(2)
    this.heldUntilMs = rows.f64Column(3)
    this.freeAtMs = rows.f64Column(4)
    this.tenant = rows.u32Column(10)
    this.head = rows.u32Column(11)
    this.duePlace = rows.u32Column(12)
    this.expiringPlace = rows.u32Column(13)
    this.#remnants = rows.u32Column(14)
    this.#poolAndFlags = rows.u32Column(15)
    this.#cells = u32Column(undo, 2)
    this.#bySeq = new NumberMap(undo)
  }

  /** Bindings that own route keys, remnants apart. */
  get size(): number {
    return this.#bySeq.size
  }

  /** 0 when the binding owns no route key any more, or never was. */
  find(seq: Seq): BindingSlot {
    return this.#bySeq.get(seq)
  }

  add(binding: NewBinding): BindingSlot {
    const slot = this.#newSlot()
    this.seq.set(slot, binding.seq)
    this.tenant.set(slot, binding.tenant)
    this.startMs.set(slot, binding.startMs)
    this.endMs.set(slot, binding.endMs)
    this.heldUntilMs.set(slot, binding.heldUntilMs)
    this.freeAtMs.set(slot, binding.freeAtMs)
    this.head.set(slot, 0)
    const flags = (binding.ended ? flag.ended : 0) | (binding.remnant ? flag.remnant : 0)
    this.#poolAndFlags.set(slot, (binding.pool << flagBits) | flags)
    this.#remnants.set(slot, 0)
    if (binding.remnant) this.#linkRemnant(slot)
    else this.#bySeq.set(binding.seq, slot)
    return slot
  }

  remove(slot: BindingSlot): void {
    if (this.isRemnant(slot)) this.#unlinkRemnant(slot)
    else this.#bySeq.set(this.seq.get(slot), 0)
    this.head.set(slot, this.#cells.get(cell.freeHead))
    this.#cells.set(cell.freeHead, slot)
  }

  /** What is left of the parties that updates removed from a binding. */
  remnantsOf(slot: BindingSlot): BindingSlot[] {
    const remnants: BindingSlot[] = []
    for (let at = this.#remnants.get(slot); at !== 0; at = this.#remnants.get(at)) remnants.push(at)
    return remnants
  }

  pool(slot: BindingSlot): number {
    return this.#poolAndFlags.get(slot) >>> flagBits
  }

  isEnded(slot: BindingSlot): boolean {
    return (this.#poolAndFlags.get(slot) & flag.ended) !== 0
  }

  isRemnant(slot: BindingSlot): boolean {
    return (this.#poolAndFlags.get(slot) & flag.remnant) !== 0
  }

  markEnded(slot: BindingSlot): void {
    this.#poolAndFlags.set(slot, this.#poolAndFlags.get(slot) | flag.ended)
  }

  /** One whose binding is gone stands alone. */
  #linkRemnant(slot: BindingSlot): void {
    const of = this.find(this.seq.get(slot))
    if (of === 0) return
    this.#remnants.set(slot, this.#remnants.get(of))
    this.#remnants.set(of, slot)
  }

  #unlinkRemnant(slot: BindingSlot): void {
    const of = this.find(this.seq.get(slot))
    if (of === 0) return
    let before = of
    for (let at = this.#remnants.get(of); at !== 0 && at !== slot; at = this.#remnants.get(at)) before = at
    if (this.#remnants.get(before) === slot) this.#remnants.set(before, this.#remnants.get(slot))
  }

  #newSlot(): BindingSlot {
    const free = this.#cells.get(cell.freeHead)
    if (free === 0) return this.#cells.add(cell.lastSlot, 1)
    this.#cells.set(cell.freeHead, this.head.get(free))
    return free
  }
}
