/**
 * A hash map from whole numbers below 2^53 to uint32 values other than 0, in
 * rows: linear probing, at most 5/8 full, deletion by shifting back, so
 * that no tombstones gather over months. Not for keys of an adversary's
 * choosing: the keys here are dense counters of our own.
 *
 *   slot   | key, high 21 bits | key, low 32 bits | value, 0: free |
 */

import type { U32Column } from './column.js'
import { Rows, u32Column } from './column.js'
import type { UndoLog } from './undo.js'

const firstSlots = 64
const words = 3
const word = { high: 0, low: 1, value: 2 } as const
const high32 = 0x1_0000_0000

export class NumberMap {
  readonly #rows: Rows
  readonly #count: U32Column
  #slots = firstSlots
  readonly #undo: UndoLog

  constructor(undo: UndoLog) {
    this.#undo = undo
    this.#rows = new Rows(undo, words, firstSlots)
    this.#count = u32Column(undo, 1)
  }

  get size(): number {
    return this.#count.get(0)
  }

  /** 0 when absent. */
  get(key: number): number {
    return this.#rows.readU32(this.#find(key) + word.value)
  }

  /** Value 0 removes the key. */
  set(key: number, value: number): void {
    this.#put(this.#find(key), key, value)
  }

  /** One search for reading and writing. */
  add(key: number, delta: number): number {
    const at = this.#find(key)
    const value = this.#rows.readU32(at + word.value) + delta
    this.#put(at, key, value)
    return value
  }

  #put(at: number, key: number, value: number): void {
    const rows = this.#rows
    const before = rows.readU32(at + word.value)
    if (value === 0) {
      if (before !== 0) this.#remove(at)
      return
    }
    rows.writeU32(at + word.value, value)
    if (before !== 0) return
    rows.writeU32(at + word.high, Math.floor(key / high32))
    rows.writeU32(at + word.low, key >>> 0)
    if (this.#count.add(0, 1) * 8 > this.#slots * 5) this.#grow()
  }

  /** The first cell of the slot that holds the key, or of the free one where it belongs. */
  #find(key: number): number {
    const { u32 } = this.#rows
    const mask = this.#slots - 1
    const high = Math.floor(key / high32)
    const low = key >>> 0
    let slot = home(high, low) & mask
    for (;;) {
      const at = slot * words
      if (u32[at + word.value] === 0 || (u32[at + word.low] === low && u32[at + word.high] === high)) return at
      slot = (slot + 1) & mask
    }
  }

  #remove(from: number): void {
    const rows = this.#rows
    const { u32 } = rows
    const mask = this.#slots - 1
    this.#count.add(0, -1)
    let hole = from / words
    let slot = hole
    for (;;) {
      slot = (slot + 1) & mask
      const at = slot * words
      const value = u32[at + word.value]!
      if (value === 0) break
      const high = u32[at + word.high]!
      const low = u32[at + word.low]!
      // An entry may move into the hole only if its home does not lie between the two.
      if (((slot - home(high, low)) & mask) < ((slot - hole) & mask)) continue
      rows.writeU32(hole * words + word.high, high)
      rows.writeU32(hole * words + word.low, low)
      rows.writeU32(hole * words + word.value, value)
      hole = slot
    }
    rows.writeU32(hole * words + word.value, 0)
  }

  #grow(): void {
    const slots = this.#slots
    this.#undo.action(() => {
      this.#slots = slots
    })
    this.#slots = slots * 2
    const before = this.#rows.replace(this.#slots).u32
    const { u32 } = this.#rows
    for (let at = 0; at < slots * words; at += words) {
      if (before[at + word.value] === 0) continue
      const to = this.#find(before[at + word.high]! * high32 + before[at + word.low]!)
      for (let i = 0; i < words; i += 1) u32[to + i] = before[at + i]!
    }
  }
}

function home(high: number, low: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
