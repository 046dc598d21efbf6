/**
 * Route keys, each stored once, counted by use, with the head of the chain of
 * reservations that stand on it. An exact(party) key is one key for all numbers
 * of the shard, so its chain tells on which numbers the party is: the k of
 * "choosing costs O(k)". Extension and any keys belong to one number.
 *
 *   slot   | index, 0: free | hash |             found by hash; probing and growing touch no key
 *   key    | scope | 4 words of the key | head | uses | hash |
 */
import assert from 'node:assert'
import type { Digits } from './binding.js'
import { callerKeyBytes, readCallerKey, writeCallerKey, writeExactKey } from './caller-key.js'
import { Rows, type U32Column, u32Column } from './column.js'
import type { CallerKey } from './modes.js'
import type { UndoLog } from './undo.js'

/** Index of an interned key; 0 is none. */
export type KeyIndex = number

const keyWords = callerKeyBytes / 4
const stride = 8
const word = { scope: 0, key: 1, head: 5, uses: 6, hash: 7 } as const
const slotWords = 2
const everyNumber = 0xffff_ffff
const firstSlots = 64
const cell = { count: 0, lastIndex: 1, freeHead: 2 } as const
/** Keys whose bytes and hash are at hand: a command asks for its two parties eight times. */
const remembered = 2

export class KeyTable {
  /** First reservation of the key's chain. */
  readonly head: U32Column
  readonly #rows: Rows
  readonly #uses: U32Column
  readonly #cells: U32Column
  readonly #undo: UndoLog
  readonly #slots: Rows
  #slotCount = firstSlots
  readonly #bytes = new Uint8Array(remembered * callerKeyBytes)
  readonly #words = new Uint32Array(this.#bytes.buffer)
  readonly #parties: (Digits | undefined)[] = [undefined, undefined]
  readonly #hashes = new Uint32Array(remembered)
  /** Which of the remembered keys is wanted, and for which number or all. */
  #wanted = 0
  #wantedScope = 0

  constructor(undo: UndoLog) {
    this.#undo = undo
    this.#rows = new Rows(undo, stride)
    this.head = this.#rows.u32Column(word.head)
    this.#uses = this.#rows.u32Column(word.uses)
    this.#cells = u32Column(undo, 3)
    this.#slots = new Rows(undo, slotWords, firstSlots)
  }

  get size(): number {
    return this.#cells.get(cell.count)
  }

  /** 0 when no reservation or owner uses the key. */
  find(key: CallerKey, ordinal: number): KeyIndex {
    this.#want(key, ordinal)
    return this.#slots.readU32(this.#slotOfWanted() * slotWords)
  }

  /** As `find` for exact(party). */
  findParty(party: Digits): KeyIndex {
    this.#wantParty(party)
    return this.#slots.readU32(this.#slotOfWanted() * slotWords)
  }

  /** Whether the key belongs to one number, as extension and any keys do. */
  belongsToNumber(index: KeyIndex): boolean {
    return this.#rows.readU32(index * stride + word.scope) !== everyNumber
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
    this.#wantParty(party)
    return this.#useWanted(guess)
  }

  #useWanted(guess: KeyIndex): KeyIndex {
    if (guess !== 0 && this.#isWanted(guess)) {
      this.#uses.add(guess, 1)
      return guess
    }
    const slot = this.#slotOfWanted() * slotWords
    const found = this.#slots.readU32(slot)
    if (found !== 0) {
      this.#uses.add(found, 1)
      return found
    }
    const index = this.#newIndex()
    const rows = this.#rows
    const at = index * stride
    rows.writeU32(at + word.scope, this.#wantedScope)
    const words = this.#wanted * keyWords
    for (let i = 0; i < keyWords; i += 1) rows.writeU32(at + word.key + i, this.#words[words + i]!)
    rows.writeU32(at + word.head, 0)
    rows.writeU32(at + word.uses, 1)
    rows.writeU32(at + word.hash, this.#hashes[this.#wanted]!)
    this.#slots.writeU32(slot, index)
    this.#slots.writeU32(slot + 1, this.#hashes[this.#wanted]!)
    if (this.#cells.add(cell.count, 1) * 8 > this.#slotCount * 5) this.#grow()
    return index
  }

  /** The key of an index in use. */
  keyAt(index: KeyIndex): CallerKey {
    const at = new Uint32Array(keyWords)
    for (let i = 0; i < keyWords; i += 1) at[i] = this.#rows.readU32(index * stride + word.key + i)
    const key = readCallerKey(new Uint8Array(at.buffer), 0)
    assert(key !== undefined, `key ${index} was written by writeCallerKey`)
    return key
  }

  /** One use less; the last one forgets the key. */
  unuse(index: KeyIndex): void {
    if (this.#uses.add(index, -1) > 0) return
    this.#removeSlot(this.#slotOf(index))
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
    if (key.kind === 'EXACT') return this.#wantParty(key.party)
    this.#next(undefined, ordinal)
    writeCallerKey(key, this.#bytes, this.#wanted * callerKeyBytes)
    this.#hashWanted()
  }

  #wantParty(party: Digits): void {
    if (party === this.#parties[0]) this.#wanted = 0
    else if (party === this.#parties[1]) this.#wanted = 1
    else {
      this.#next(party, everyNumber)
      writeExactKey(party, this.#bytes, this.#wanted * callerKeyBytes)
      this.#hashWanted()
    }
    this.#wantedScope = everyNumber
  }

  /** A new key takes the place of the one that was not asked for last. */
  #next(party: Digits | undefined, scope: number): void {
    this.#wanted = 1 - this.#wanted
    this.#parties[this.#wanted] = party
    this.#wantedScope = scope
  }

  #hashWanted(): void {
    const words = this.#words
    const at = this.#wanted * keyWords
    this.#hashes[this.#wanted] = hash(this.#wantedScope, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!)
  }

  #slotOfWanted(): number {
    const { u32 } = this.#slots
    const mask = this.#slotCount - 1
    const wantedHash = this.#hashes[this.#wanted]!
    let slot = wantedHash & mask
    for (;;) {
      const index = u32[slot * slotWords]!
      if (index === 0 || (u32[slot * slotWords + 1] === wantedHash && this.#isWanted(index))) return slot
      slot = (slot + 1) & mask
    }
  }

  #isWanted(index: KeyIndex): boolean {
    const { u32 } = this.#rows
    const words = this.#words
    const wanted = this.#wanted * keyWords
    const at = index * stride
    if (u32[at + word.scope] !== this.#wantedScope) return false
    for (let i = 0; i < keyWords; i += 1) if (u32[at + word.key + i] !== words[wanted + i]) return false
    return true
  }

  #slotOf(index: KeyIndex): number {
    const { u32 } = this.#slots
    const mask = this.#slotCount - 1
    let slot = this.#rows.readU32(index * stride + word.hash) & mask
    while (u32[slot * slotWords] !== index) slot = (slot + 1) & mask
    return slot
  }

  #removeSlot(from: number): void {
    const slots = this.#slots
    const { u32 } = slots
    const mask = this.#slotCount - 1
    let hole = from
    let slot = from
    for (;;) {
      slot = (slot + 1) & mask
      const index = u32[slot * slotWords]!
      if (index === 0) break
      const hashed = u32[slot * slotWords + 1]!
      if (((slot - (hashed & mask)) & mask) < ((slot - hole) & mask)) continue
      slots.writeU32(hole * slotWords, index)
      slots.writeU32(hole * slotWords + 1, hashed)
      hole = slot
    }
    slots.writeU32(hole * slotWords, 0)
  }

  #grow(): void {
    const slotCount = this.#slotCount
    this.#undo.action(() => {
      this.#slotCount = slotCount
    })
    this.#slotCount = slotCount * 2
    const before = this.#slots.replace(this.#slotCount).u32
    const { u32 } = this.#slots
    const mask = this.#slotCount - 1
    for (let at = 0; at < slotCount * slotWords; at += slotWords) {
      const hashed = before[at + 1]!
      if (before[at] === 0) continue
      let slot = hashed & mask
      while (u32[slot * slotWords] !== 0) slot = (slot + 1) & mask
      u32[slot * slotWords] = before[at]!
      u32[slot * slotWords + 1] = hashed
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
