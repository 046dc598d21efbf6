/**
 * The reservations in memory: who owns which route key on which number. Times
 * are those of the binding, save that a party who came by an update starts
 * when it came. The chain of a key is in order of (ordinal, start, time of acknowledgement), so
 * that the successor on the same number, which cuts a cooldown short, is the next in line.
 */
import type { BindingSlot, BindingTable } from './binding-table.js'
import { Rows, type U32Column, u32Column } from './column.js'
import type { KeyIndex, KeyTable } from './key-table.js'
import type { UndoLog } from './undo.js'

export type ReservationSlot = number

const flag = { callerIsParty: 1, ownStart: 2 } as const
const cell = { lastSlot: 0, freeHead: 1 } as const
/** 32 bytes: the two reservations of a pair are one line of the cache. */
const u32Words = 8

export class ReservationTable {
  readonly key: U32Column
  readonly owner: U32Column
  readonly ordinal: U32Column
  readonly binding: U32Column
  readonly nextOfKey: U32Column
  readonly nextOfBinding: U32Column
  readonly #flags: U32Column
  readonly #cells: U32Column
  readonly #ownStart = new Map<ReservationSlot, number>()

  constructor(
    private readonly undo: UndoLog,
    private readonly keys: KeyTable,
    private readonly bindings: BindingTable,
  ) {
    const rows = new Rows(undo, u32Words)
    this.key = rows.u32Column(0)
    this.owner = rows.u32Column(1)
    this.ordinal = rows.u32Column(2)
    this.binding = rows.u32Column(3)
    this.nextOfKey = rows.u32Column(4)
    this.nextOfBinding = rows.u32Column(5)
    this.#flags = rows.u32Column(6)
    this.#cells = u32Column(undo, 2)
  }

  /** Takes over one use of `key` and one of `owner`, which the caller has counted. */
  add(row: {
    key: KeyIndex
    owner: KeyIndex
    ordinal: number
    binding: BindingSlot
    startMs: number
    callerIsParty: boolean
  }): ReservationSlot {
    const slot = this.#newSlot()
    const ownStart = row.startMs !== this.bindings.startMs.get(row.binding)
    this.key.set(slot, row.key)
    this.owner.set(slot, row.owner)
    this.ordinal.set(slot, row.ordinal)
    this.binding.set(slot, row.binding)
    this.#flags.set(slot, (row.callerIsParty ? flag.callerIsParty : 0) | (ownStart ? flag.ownStart : 0))
    if (ownStart) this.#setOwnStart(slot, row.startMs)
    this.nextOfBinding.set(slot, this.bindings.head.get(row.binding))
    this.bindings.head.set(row.binding, slot)
    this.#link(slot)
    return slot
  }

  /** Unlinks the reservation from key and binding and gives back its uses of keys. */
  remove(slot: ReservationSlot): void {
    this.#unlinkFromKey(slot)
    this.#unlinkFromBinding(slot)
    if ((this.#flags.get(slot) & flag.ownStart) !== 0) this.#setOwnStart(slot, undefined)
    this.keys.unuse(this.key.get(slot))
    this.keys.unuse(this.owner.get(slot))
    this.nextOfKey.set(slot, this.#cells.get(cell.freeHead))
    this.#cells.set(cell.freeHead, slot)
  }

  startMs(slot: ReservationSlot): number {
    const own = (this.#flags.get(slot) & flag.ownStart) !== 0
    return own ? this.#ownStart.get(slot)! : this.bindings.startMs.get(this.binding.get(slot))
  }

  endMs(slot: ReservationSlot): number {
    return this.bindings.endMs.get(this.binding.get(slot))
  }

  callerIsParty(slot: ReservationSlot): boolean {
    return (this.#flags.get(slot) & flag.callerIsParty) !== 0
  }

  /** The next reservation of the same key on the same number, 0 if none. */
  successor(slot: ReservationSlot): ReservationSlot {
    const next = this.nextOfKey.get(slot)
    return next !== 0 && this.ordinal.get(next) === this.ordinal.get(slot) ? next : 0
  }

  /** Until when the reservation owns its key: its free_at, or the start of its successor. */
  ownsUntilMs(slot: ReservationSlot): number {
    const freeAt = this.bindings.freeAtMs.get(this.binding.get(slot))
    const next = this.successor(slot)
    return next === 0 ? freeAt : Math.min(freeAt, this.startMs(next))
  }

  #comesBefore(a: ReservationSlot, b: ReservationSlot): boolean {
    const ordinals = this.ordinal.get(a) - this.ordinal.get(b)
    if (ordinals !== 0) return ordinals < 0
    return this.startMs(a) <= this.startMs(b)
  }

  #link(slot: ReservationSlot): void {
    const key = this.key.get(slot)
    let before = 0
    let at = this.keys.head.get(key)
    while (at !== 0 && this.#comesBefore(at, slot)) {
      before = at
      at = this.nextOfKey.get(at)
    }
    this.nextOfKey.set(slot, at)
    if (before === 0) this.keys.head.set(key, slot)
    else this.nextOfKey.set(before, slot)
  }

  #unlinkFromKey(slot: ReservationSlot): void {
    const key = this.key.get(slot)
    const next = this.nextOfKey.get(slot)
    let at = this.keys.head.get(key)
    if (at === slot) return this.keys.head.set(key, next)
    while (this.nextOfKey.get(at) !== slot) at = this.nextOfKey.get(at)
    this.nextOfKey.set(at, next)
  }

  #unlinkFromBinding(slot: ReservationSlot): void {
    const binding = this.binding.get(slot)
    const next = this.nextOfBinding.get(slot)
    let at = this.bindings.head.get(binding)
    if (at === slot) return this.bindings.head.set(binding, next)
    while (this.nextOfBinding.get(at) !== slot) at = this.nextOfBinding.get(at)
    this.nextOfBinding.set(at, next)
  }

  #setOwnStart(slot: ReservationSlot, startMs: number | undefined): void {
    const before = this.#ownStart.get(slot)
    const put = (value: number | undefined) => {
      if (value === undefined) this.#ownStart.delete(slot)
      else this.#ownStart.set(slot, value)
    }
    this.undo.action(() => put(before))
    put(startMs)
  }

  #newSlot(): ReservationSlot {
    const free = this.#cells.get(cell.freeHead)
    if (free === 0) return this.#cells.add(cell.lastSlot, 1)
    this.#cells.set(cell.freeHead, this.nextOfKey.get(free))
    return free
  }
}
