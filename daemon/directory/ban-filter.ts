/**
 * Which callers may be banned, in memory that all threads share: a counting
 * filter, so that a caller who never was costs no look at LMDB. It may say
 * "perhaps" of anybody, and never "no" of a caller with a ban in the rows.
 *
 *   two cells of a caller, each counts the bans of the callers that meet in it
 *   0 ... 254 exact     255 full: it stays so until the next start
 *
 * The writer changes it after the commit and before it publishes the version
 * (I6); whoever has seen the version sees the cells, so they need no atomics.
 * It is small, so that it stays in a core's own cache: a caller without a ban costs
 * about 50 ns, where four times the size costs 100. With 100,000 bans in force one
 * of 33 such callers is looked up all the same, with a million three of four, each
 * in about 1 us.
 */
import type { Digits } from '../core/binding.js'

/** Bytes; a power of two. */
export const banFilterCells = 2 ** 20

const mask = banFilterCells - 1
const full = 255
/** FNV-1a, 32 bits. */
const offset = 0x811c9dc5
const prime = 0x01000193
/** 2^32 over the golden ratio: the upper bits of the product depend on all bits of the hash. */
const spread = 0x9e3779b1
const secondShift = 32 - Math.log2(banFilterCells)

export class BanFilter {
  readonly #cells: Uint8Array

  /** @param cells `banFilterCells` bytes, zero at first */
  constructor(cells: Uint8Array) {
    this.#cells = cells
  }

  /** Whether there may be a ban of this caller; allocates nothing. */
  mayHold(caller: Digits): boolean {
    const hash = hashOf(caller)
    return this.#cells[hash & mask] !== 0 && this.#cells[secondOf(hash)] !== 0
  }

  /** The same of the digits that stand in `text` as ASCII. */
  mayHoldAt(text: Uint8Array, from: number, to: number): boolean {
    let hash = offset
    for (let i = from; i < to; i += 1) hash = Math.imul(hash ^ text[i]!, prime)
    return this.#cells[hash & mask] !== 0 && this.#cells[secondOf(hash)] !== 0
  }

  /** The writer's alone: one ban more of this caller. */
  add(caller: Digits): void {
    const hash = hashOf(caller)
    this.#count(hash & mask, 1)
    this.#count(secondOf(hash), 1)
  }

  /** The writer's alone: one ban less. */
  remove(caller: Digits): void {
    const hash = hashOf(caller)
    this.#count(hash & mask, -1)
    this.#count(secondOf(hash), -1)
  }

  #count(cell: number, delta: 1 | -1): void {
    const count = this.#cells[cell]!
    // A full cell no longer knows how many it stands for.
    if (count < full) this.#cells[cell] = Math.max(0, count + delta)
  }
}

function hashOf(digits: Digits): number {
  let hash = offset
  for (let i = 0; i < digits.length; i += 1) hash = Math.imul(hash ^ digits.charCodeAt(i), prime)
  return hash
}

function secondOf(hash: number): number {
  return Math.imul(hash, spread) >>> secondShift
}
