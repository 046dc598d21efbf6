/**
 * Route keys, each stored once, counted by use, with the head of the chain of
 * reservations that stand on it. An exact(party) key is one key for all numbers
 * of the shard, so its chain tells on which numbers the party is: the k of
 * "choosing costs O(k)". Extension and any keys belong to one number.
 */
import assert from 'node:assert'
import type { Digits } from './binding.js'
import { callerKeyBytes, readCallerKey, writeCallerKey, writeExactKey } from './caller-key.js'
import { Column } from './column.js'
import type { CallerKey } from './modes.js'
import type { UndoLog } from './undo.js'

/** Index of an interned key; 0 is none. */
export type KeyIndex = number

/** A key's scope and its words lie side by side. */
const words = callerKeyBytes / 4
const stride = words + 1
const everyNumber = 0xffff_ffff
const firstSlots = 64
const cell = { count: 0, lastIndex: 1, freeHead: 2 } as const

export class KeyTable {
  /** First reservation of the key's chain. */
  readonly head: Column
  readonly #keys: Column
  readonly #uses: Column
  readonly #cells: Column
  readonly #undo: UndoLog
  #slots: Column
  #slotCount = firstSlots
  readonly #bytes = new Uint8Array(callerKeyBytes)
  readonly #wanted = new Uint32Array(this.#bytes.buffer)
  #wantedScope = 0

  constructor(undo: UndoLog) {
    this.#undo = undo
    this.head = new Column('u32', undo)
    this.#keys = new Column('u32', undo)
    this.#uses = new Column('u32', undo)
    this.#cells = new Column('u32', undo, 3)
    this.#slots = new Column('u32', undo, firstSlots)
  }

  get size(): number {
    return this.#cells.get(cell.count)
  }

  /** 0 when no reservation or owner uses the key. */
  find(key: CallerKey, ordinal: number): KeyIndex {
    this.#want(key, ordinal)
    return this.#slots.get(this.#slotOfWanted())
  }

  /** Whether the key belongs to one number, as extension and any keys do. */
  belongsToNumber(index: KeyIndex): boolean {
    return this.#keys.get(index * stride) !== everyNumber
  }

  /**
   * The key's index, one use more.
   * @param guess an index that is likely the key's, in use: right, it saves the search
   */
  use(key: CallerKey, ordinal: number, guess: KeyIndex = 0): KeyIndex {
    this.#want(key, ordinal)
    return this.#useWanted(guess)
  }

  /** As `use` for exact(party). */
  useParty(party: Digits, guess: KeyIndex = 0): KeyIndex {
    writeExactKey(party, this.#bytes, 0)
    this.#wantedScope = everyNumber
    return this.#useWanted(guess)
  }

  #useWanted(guess: KeyIndex): KeyIndex {
    if (guess !== 0 && this.#isWanted(guess)) {
      this.#uses.add(guess, 1)
      return guess
    }
    const slot = this.#slotOfWanted()
    const found = this.#slots.get(slot)
    if (found !== 0) {
      this.#uses.add(found, 1)
      return found
    }
    const index = this.#newIndex()
    this.#keys.set(index * stride, this.#wantedScope)
    for (let i = 0; i < words; i += 1) this.#keys.set(index * stride + 1 + i, this.#wanted[i]!)
    this.#uses.set(index, 1)
    this.head.set(index, 0)
    this.#slots.set(slot, index)
    if (this.#cells.add(cell.count, 1) * 8 > this.#slotCount * 5) this.#grow()
    return index
  }

  /** The key of an index in use. */
  keyAt(index: KeyIndex): CallerKey {
    const at = new Uint32Array(words)
    for (let i = 0; i < words; i += 1) at[i] = this.#keys.get(index * stride + 1 + i)
    const key = readCallerKey(new Uint8Array(at.buffer), 0)
    assert(key !== undefined, `key ${index} was written by writeCallerKey`)
    return key
  }

  /** One use less; the last one forgets the key. */
  unuse(index: KeyIndex): void {
    if (this.#uses.add(index, -1) > 0) return
    this.#removeSlot(this.#slotOf(index))
    this.#uses.set(index, 0)
    // A free index keeps the next free one in the place of its chain.
    this.head.set(index, this.#cells.get(cell.freeHead))
    this.#cells.set(cell.freeHead, index)
    this.#cells.add(cell.count, -1)
  }

  #newIndex(): KeyIndex {
    const free = this.#cells.get(cell.freeHead)
    if (free === 0) return this.#cells.add(cell.lastIndex, 1)
    this.#cells.set(cell.freeHead, this.head.get(free))
    return free
  }

  #want(key: CallerKey, ordinal: number): void {
    writeCallerKey(key, this.#bytes, 0)
    this.#wantedScope = key.kind === 'EXACT' ? everyNumber : ordinal
  }

  #slotOfWanted(): number {
    const mask = this.#slotCount - 1
    let slot = hash(this.#wantedScope, this.#wanted[0]!, this.#wanted[1]!, this.#wanted[2]!, this.#wanted[3]!) & mask
    for (;;) {
      const index = this.#slots.get(slot)
      if (index === 0 || this.#isWanted(index)) return slot
      slot = (slot + 1) & mask
    }
  }

  #isWanted(index: KeyIndex): boolean {
    const at = index * stride
    if (this.#keys.get(at) !== this.#wantedScope) return false
    for (let i = 0; i < words; i += 1) if (this.#keys.get(at + 1 + i) !== this.#wanted[i]) return false
    return true
  }

  #slotOf(index: KeyIndex): number {
    const mask = this.#slotCount - 1
    let slot = this.#hashOf(index) & mask
    while (this.#slots.get(slot) !== index) slot = (slot + 1) & mask
    return slot
  }

  #hashOf(index: KeyIndex): number {
    const keys = this.#keys
    const at = index * stride
    return hash(keys.get(at), keys.get(at + 1), keys.get(at + 2), keys.get(at + 3), keys.get(at + 4))
  }

  #removeSlot(from: number): void {
    const mask = this.#slotCount - 1
    let hole = from
    let slot = from
    for (;;) {
      slot = (slot + 1) & mask
      const index = this.#slots.get(slot)
      if (index === 0) break
      if (((slot - (this.#hashOf(index) & mask)) & mask) < ((slot - hole) & mask)) continue
      this.#slots.set(hole, index)
      hole = slot
    }
    this.#slots.set(hole, 0)
  }

  #grow(): void {
    const before = { slots: this.#slots, count: this.#slotCount }
    this.#undo.action(() => {
      this.#slots = before.slots
      this.#slotCount = before.count
    })
    this.#slotCount *= 2
    this.#slots = new Column('u32', this.#undo, this.#slotCount)
    const mask = this.#slotCount - 1
    for (let i = 0; i < before.count; i += 1) {
      const index = before.slots.get(i)
      if (index === 0) continue
      let slot = this.#hashOf(index) & mask
      while (this.#slots.get(slot) !== 0) slot = (slot + 1) & mask
      this.#slots.restore(slot, index)
    }
  }
}

function hash(scope: number, w0: number, w1: number, w2: number, w3: number): number {
  let h = Math.imul(scope ^ 0x9e3779b1, 0x85ebca6b)
  h = Math.imul((h ^ w0 ^ (h >>> 13)) | 0, 0xc2b2ae35)
  h = Math.imul((h ^ w1 ^ (h >>> 16)) | 0, 0x27d4eb2f)
  h = Math.imul((h ^ w2 ^ (h >>> 13)) | 0, 0x165667b1)
  h = Math.imul((h ^ w3 ^ (h >>> 16)) | 0, 0x85ebca6b)
  return (h ^ (h >>> 15)) >>> 0
}
