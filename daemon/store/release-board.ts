/**
 * Releases that no row tells yet, in memory that all threads share. A release
 * comes at random: written at once it would dirty the pages of both routes, of
 * the binding, and of all branches above them. So it stands in the journal, in
 * one row a page (release-rows.ts) and here, until its number is tidied anyway
 * (docs/adr/0015).
 *
 *   word 0  generation    from byte 64 on  slots of 8 words
 *
 *   slot  | seq low | used 1, reason 1, -, seq high 16 | end low | free at low | end high 16, free at high 16 |
 *         | page low | page high | place in the page's row |
 *
 * One thread writes. An entry appears by its second word, after the rest of it.
 * Before any is taken away the generation moves; a reader that sees it where it
 * was before its snapshot has missed nothing: what is not here, its rows tell.
 */
import assert from 'node:assert'
import type { Seq } from '../core/binding.js'

const headBytes = 64
const slotWords = 8
const at = { seqLow: 0, head: 1, endLow: 2, freeLow: 3, highs: 4, pageLow: 5, pageHigh: 6, place: 7 } as const
const used = 0x8000_0000
const withReason = 0x4000_0000
const seqHighMask = 0xffff
/** Keeps the entries behind it within reach of a search; a later entry may take its place. */
const tombstone = 0x2000_0000
const half32 = 2 ** 32
/** 32 MiB; half of the slots hold a release at most. */
const slotsDefault = 1 << 20

/** A release, as the board tells it. */
export interface BoardedRelease {
  readonly seq: Seq
  readonly endMs: number
  readonly freeAtMs: number
  /** The page that told it, and where in the page's row: the rest is there. */
  readonly page: number
  readonly place: number
  readonly hasReason: boolean
}

/** The memory of a board, zeros: hand it to all threads. @param slots a power of two */
export function releaseBoardMemory(slots = slotsDefault): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + slots * slotWords * 4)
}

/** One view of the memory per thread. */
export class ReleaseBoard {
  /** Releases that may stand here at once. */
  readonly capacity: number
  /** What `find` has found. */
  endMs = 0
  freeAtMs = 0
  readonly #words: Uint32Array
  readonly #head: Int32Array
  readonly #mask: number
  /** The writer's alone. */
  #size = 0
  #tombstones = 0

  /** @param memory of releaseBoardMemory, with a power of two of slots */
  constructor(memory: SharedArrayBuffer) {
    this.#head = new Int32Array(memory, 0, 1)
    this.#words = new Uint32Array(memory, headBytes)
    const slots = this.#words.length / slotWords
    assert(Number.isInteger(Math.log2(slots)), 'the slots of a board are a power of two')
    this.#mask = slots - 1
    this.capacity = slots / 2
  }

  /** Odd while the slots are being put in order. */
  get generation(): number {
    return Atomics.load(this.#head, 0)
  }

  /** Waits until the slots are in order, which takes ms at most. @returns the generation */
  settled(): number {
    for (;;) {
      const generation = this.generation
      if ((generation & 1) === 0) return generation
      Atomics.wait(this.#head, 0, generation, 10)
    }
  }

  /** As its writer counts. */
  get size(): number {
    return this.#size
  }

  /** Whether a binding's release stands here; endMs and freeAtMs are then its times. */
  find(seq: Seq): boolean {
    const slot = this.#slotOf(seq)
    if (slot < 0) return false
    this.#take(slot)
    return true
  }

  /** All that stands here of a binding's release. */
  get(seq: Seq): BoardedRelease | undefined {
    const slot = this.#slotOf(seq)
    if (slot < 0) return undefined
    this.#take(slot)
    const words = this.#words
    const page = words[slot + at.pageHigh]! * half32 + words[slot + at.pageLow]!
    const hasReason = (words[slot + at.head]! & withReason) !== 0
    return { seq, endMs: this.endMs, freeAtMs: this.freeAtMs, page, place: words[slot + at.place]!, hasReason }
  }

  #take(slot: number): void {
    const words = this.#words
    const highs = words[slot + at.highs]!
    this.endMs = (highs >>> 16) * half32 + words[slot + at.endLow]!
    this.freeAtMs = (highs & 0xffff) * half32 + words[slot + at.freeLow]!
  }

  /** All whose releases stand here. */
  seqs(): Seq[] {
    const words = this.#words
    const seqs: Seq[] = []
    for (let slot = 0; slot < words.length; slot += slotWords) {
      const head = words[slot + at.head]!
      if (head >= used) seqs.push((head & seqHighMask) * half32 + words[slot + at.seqLow]!)
    }
    return seqs
  }

  /** The writer's alone, as all below. One that stands here already stays as it is. */
  add(release: BoardedRelease): void {
    const { seq, endMs, freeAtMs, page, place, hasReason } = release
    if (this.#slotOf(seq) >= 0) return
    assert(this.#size < this.capacity, 'the board of releases is full')
    const words = this.#words
    const slot = this.#freeSlot(seq)
    if (words[slot + at.head] === tombstone) this.#tombstones -= 1
    words[slot + at.seqLow] = seq
    words[slot + at.endLow] = endMs
    words[slot + at.freeLow] = freeAtMs
    words[slot + at.highs] = (Math.floor(endMs / half32) << 16) | Math.floor(freeAtMs / half32)
    words[slot + at.pageLow] = page
    words[slot + at.pageHigh] = Math.floor(page / half32)
    words[slot + at.place] = place
    Atomics.store(words, slot + at.head, (used | (hasReason ? withReason : 0) | Math.floor(seq / half32)) >>> 0)
    this.#size += 1
  }

  /** Takes away what the committed rows tell by now. */
  removeAll(seqs: Iterable<Seq>): void {
    Atomics.add(this.#head, 0, 2)
    for (const seq of seqs) this.#remove(seq)
    if (this.#tombstones > (this.#mask + 1) / 8) this.#putInOrder()
  }

  #remove(seq: Seq): void {
    const slot = this.#slotOf(seq)
    if (slot < 0) return
    const words = this.#words
    this.#size -= 1
    this.#tombstones += 1
    Atomics.store(words, slot + at.head, tombstone)
    // At the end of a run nothing is behind them that a search must reach.
    for (let last = slot; words[this.#next(last) + at.head] === 0 && words[last + at.head] === tombstone; ) {
      Atomics.store(words, last + at.head, 0)
      this.#tombstones -= 1
      last = this.#before(last)
    }
  }

  /** Puts all entries where a search finds them first; readers wait meanwhile. */
  #putInOrder(): void {
    Atomics.add(this.#head, 0, 1)
    const words = this.#words
    const kept: Uint32Array[] = []
    for (let slot = 0; slot < words.length; slot += slotWords) {
      if (words[slot + at.head]! >= used) kept.push(words.slice(slot, slot + slotWords))
    }
    words.fill(0)
    for (const entry of kept) {
      const seq = (entry[at.head]! & seqHighMask) * half32 + entry[at.seqLow]!
      words.set(entry, this.#freeSlot(seq))
    }
    this.#tombstones = 0
    Atomics.add(this.#head, 0, 1)
    Atomics.notify(this.#head, 0)
  }

  #slotOf(seq: Seq): number {
    const words = this.#words
    const low = seq >>> 0
    const high = Math.floor(seq / half32)
    for (let slot = this.#first(low, high); ; slot = this.#next(slot)) {
      // A plain read: whoever asks for a release was told of it, which is a barrier between the threads already.
      const head = words[slot + at.head]!
      if (head === 0) return -1
      if (head >= used && words[slot + at.seqLow] === low && (head & seqHighMask) === high) return slot
    }
  }

  #freeSlot(seq: Seq): number {
    let slot = this.#first(seq >>> 0, Math.floor(seq / half32))
    while (this.#words[slot + at.head]! >= used) slot = this.#next(slot)
    return slot
  }

  #first(low: number, high: number): number {
    let hash = Math.imul(low ^ high, 0x9e3779b1)
    hash ^= hash >>> 15
    return (hash & this.#mask) * slotWords
  }

  #next(slot: number): number {
    return (slot + slotWords) % this.#words.length
  }

  #before(slot: number): number {
    return (slot === 0 ? this.#words.length : slot) - slotWords
  }
}
