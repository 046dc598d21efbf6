/**
 * Numbers of one pool and area that may take a binding of one kind: idle ones,
 * or those of a family that have room. Three orders over the same set, each
 * kept in O(1), so that a choice never scans the pool:
 *
 *   dense   an array, for a random draw
 *   rested  a queue, the number that joined first in front
 *   filled  lists by live bindings with a bitmap over them, the emptiest first
 */
import type { Ordinal } from './binding.js'
import { type F64Column, f64Column, Rows, type U32Column, u32Column } from './column.js'
import { limits } from './limits.js'
import type { UndoLog } from './undo.js'

/** 32 bytes a number. */
const u32Words = 8

/** Places of a number in the list it is filed in; one set of columns serves all lists, a number is in one at most. */
export class ListPlaces {
  /** Order of joining over all lists, so that the fronts of two lists can be compared. */
  readonly joined: F64Column
  readonly dense: U32Column
  readonly older: U32Column
  readonly younger: U32Column
  readonly level: U32Column
  readonly levelBefore: U32Column
  readonly levelAfter: U32Column
  readonly #joins: F64Column

  constructor(undo: UndoLog) {
    const rows = new Rows(undo, u32Words)
    this.joined = rows.f64Column(0)
    this.dense = rows.u32Column(2)
    this.older = rows.u32Column(3)
    this.younger = rows.u32Column(4)
    this.level = rows.u32Column(5)
    this.levelBefore = rows.u32Column(6)
    this.levelAfter = rows.u32Column(7)
    this.#joins = f64Column(undo, 1)
  }

  nextJoin(): number {
    return this.#joins.add(0, 1)
  }
}

const cell = { size: 0, oldest: 1, youngest: 2 } as const
const none = 0

/** Links hold ordinal + 1, so that 0 is none. */
export class CandidateList {
  readonly #dense: U32Column
  readonly #cells: U32Column
  readonly #levelHead: U32Column
  readonly #levelBits: U32Column

  constructor(
    undo: UndoLog,
    private readonly places: ListPlaces,
  ) {
    this.#dense = u32Column(undo)
    this.#cells = u32Column(undo, 3)
    this.#levelHead = u32Column(undo)
    this.#levelBits = u32Column(undo)
  }

  get size(): number {
    return this.#cells.get(cell.size)
  }

  /** @param index 0 to size - 1 */
  at(index: number): Ordinal {
    return this.#dense.get(index)
  }

  has(ordinal: Ordinal): boolean {
    const index = this.places.dense.get(ordinal)
    return index < this.size && this.#dense.get(index) === ordinal
  }

  /** The level that a member was given. */
  levelOf(ordinal: Ordinal): number {
    return this.places.level.get(ordinal)
  }

  /** The number that joined first, undefined when empty. */
  oldest(): Ordinal | undefined {
    return ordinalOf(this.#cells.get(cell.oldest))
  }

  /** The number that joined last, undefined when empty. */
  youngest(): Ordinal | undefined {
    return ordinalOf(this.#cells.get(cell.youngest))
  }

  /** The one that joined next after `ordinal`. */
  youngerThan(ordinal: Ordinal): Ordinal | undefined {
    return ordinalOf(this.places.younger.get(ordinal))
  }

  /** The first number at the lowest level that is at least `level`. */
  atLevelOrAbove(level: number): Ordinal | undefined {
    const found = this.#lowestLevel(level)
    return found === undefined ? undefined : ordinalOf(this.#levelHead.get(found))
  }

  /** The number after `ordinal` in order of levels. */
  afterInLevels(ordinal: Ordinal): Ordinal | undefined {
    const next = this.places.levelAfter.get(ordinal)
    return next === none ? this.atLevelOrAbove(this.places.level.get(ordinal) + 1) : ordinalOf(next)
  }

  add(ordinal: Ordinal, level: number): void {
    const { places } = this
    const size = this.size
    this.#dense.set(size, ordinal)
    places.dense.set(ordinal, size)
    places.joined.set(ordinal, places.nextJoin())
    this.#cells.set(cell.size, size + 1)
    const youngest = this.#cells.get(cell.youngest)
    places.older.set(ordinal, youngest)
    places.younger.set(ordinal, none)
    if (youngest === none) this.#cells.set(cell.oldest, ordinal + 1)
    else places.younger.set(youngest - 1, ordinal + 1)
    this.#cells.set(cell.youngest, ordinal + 1)
    this.#enterLevel(ordinal, level)
  }

  remove(ordinal: Ordinal): void {
    const { places } = this
    const last = this.size - 1
    const hole = places.dense.get(ordinal)
    const moved = this.#dense.get(last)
    this.#dense.set(hole, moved)
    places.dense.set(moved, hole)
    this.#cells.set(cell.size, last)
    const older = places.older.get(ordinal)
    const younger = places.younger.get(ordinal)
    if (older === none) this.#cells.set(cell.oldest, younger)
    else places.younger.set(older - 1, younger)
    if (younger === none) this.#cells.set(cell.youngest, older)
    else places.older.set(younger - 1, older)
    this.#leaveLevel(ordinal)
  }

  /** Moves a number to another level; its place in the queue stays. */
  setLevel(ordinal: Ordinal, level: number): void {
    if (this.places.level.get(ordinal) === level) return
    this.#leaveLevel(ordinal)
    this.#enterLevel(ordinal, level)
  }

  #enterLevel(ordinal: Ordinal, level: number): void {
    const { places } = this
    const head = this.#levelHead.get(level)
    places.level.set(ordinal, level)
    places.levelBefore.set(ordinal, none)
    places.levelAfter.set(ordinal, head)
    if (head !== none) places.levelBefore.set(head - 1, ordinal + 1)
    this.#levelHead.set(level, ordinal + 1)
    const word = level >>> 5
    this.#levelBits.set(word, (this.#levelBits.get(word) | (1 << (level & 31))) >>> 0)
  }

  #leaveLevel(ordinal: Ordinal): void {
    const { places } = this
    const level = places.level.get(ordinal)
    const before = places.levelBefore.get(ordinal)
    const after = places.levelAfter.get(ordinal)
    if (after !== none) places.levelBefore.set(after - 1, before)
    if (before !== none) {
      places.levelAfter.set(before - 1, after)
      return
    }
    this.#levelHead.set(level, after)
    if (after !== none) return
    const word = level >>> 5
    this.#levelBits.set(word, (this.#levelBits.get(word) & ~(1 << (level & 31))) >>> 0)
  }

  #lowestLevel(from: number): number | undefined {
    if (this.size === 0) return undefined
    // Levels are live bindings of a number: at most bindingsPerNumberMax, 313 words.
    let word = from >>> 5
    let bits = this.#levelBits.get(word) & (0xffff_ffff << (from & 31))
    while (bits === 0) {
      word += 1
      if (word > lastLevelWord) return undefined
      bits = this.#levelBits.get(word)
    }
    return word * 32 + (31 - Math.clz32(bits & -bits))
  }
}

const lastLevelWord = limits.bindingsPerNumberMax >>> 5

function ordinalOf(link: number): Ordinal | undefined {
  return link === none ? undefined : link - 1
}
