/**
 * A hash map from whole numbers below 2^53 to uint32 values other than 0, in
 * columns: linear probing, at most 5/8 full, deletion by shifting back, so
 * that no tombstones gather over months. Not for keys of an adversary's
 * choosing: the keys here are dense counters of our own.
 */
import { Column } from './column.js'
import type { UndoLog } from './undo.js'

const firstSlots = 64
const sizeCell = 0

export class NumberMap {
  #keys: Column
  #values: Column
  #slots = firstSlots
  readonly #count: Column
  readonly #undo: UndoLog

  constructor(undo: UndoLog) {
    this.#undo = undo
    this.#keys = new Column('f64', undo, firstSlots)
    this.#values = new Column('u32', undo, firstSlots)
    this.#count = new Column('u32', undo, 1)
  }

  get size(): number {
    return this.#count.get(sizeCell)
  }

  /** 0 when absent. */
  get(key: number): number {
    return this.#values.get(this.#find(key))
  }

  /** Value 0 removes the key. */
  set(key: number, value: number): void {
    if (value === 0) return this.#remove(key)
    const slot = this.#find(key)
    if (this.#values.get(slot) !== 0) {
      this.#values.set(slot, value)
      return
    }
    this.#keys.set(slot, key)
    this.#values.set(slot, value)
    if (this.#count.add(sizeCell, 1) * 8 > this.#slots * 5) this.#grow()
  }

  add(key: number, delta: number): number {
    const value = this.get(key) + delta
    this.set(key, value)
    return value
  }

  /** The slot that holds the key, or the free one where it belongs. */
  #find(key: number): number {
    const mask = this.#slots - 1
    let slot = home(key, mask)
    while (this.#values.get(slot) !== 0 && this.#keys.get(slot) !== key) slot = (slot + 1) & mask
    return slot
  }

  #remove(key: number): void {
    const mask = this.#slots - 1
    let hole = this.#find(key)
    if (this.#values.get(hole) === 0) return
    this.#count.add(sizeCell, -1)
    let slot = hole
    for (;;) {
      slot = (slot + 1) & mask
      const value = this.#values.get(slot)
      if (value === 0) break
      const moved = this.#keys.get(slot)
      // An entry may move into the hole only if its home does not lie between the two.
      if (((slot - home(moved, mask)) & mask) < ((slot - hole) & mask)) continue
      this.#keys.set(hole, moved)
      this.#values.set(hole, value)
      hole = slot
    }
    this.#values.set(hole, 0)
  }

  #grow(): void {
    const before = { keys: this.#keys, values: this.#values, slots: this.#slots }
    this.#undo.action(() => {
      this.#keys = before.keys
      this.#values = before.values
      this.#slots = before.slots
    })
    this.#slots *= 2
    this.#keys = new Column('f64', this.#undo, this.#slots)
    this.#values = new Column('u32', this.#undo, this.#slots)
    for (let i = 0; i < before.slots; i += 1) {
      const value = before.values.get(i)
      if (value === 0) continue
      const slot = this.#find(before.keys.get(i))
      // Fresh columns: nothing to undo, the action above drops them whole.
      this.#keys.restore(slot, before.keys.get(i))
      this.#values.restore(slot, value)
    }
  }
}

function home(key: number, mask: number): number {
  const high = Math.floor(key / 0x1_0000_0000)
  const mixed = Math.imul(key ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) & mask
}
