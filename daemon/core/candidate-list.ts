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
import { Column } from './column.js'
import { limits } from './limits.js'
import type { UndoLog } from './undo.js'

/** Places of a number in the list it is filed in; one set of columns serves all lists, a number is in one at most. */
export class ListPlaces {
  readonly dense: Column
  /** Order of joining over all lists, so that the fronts of two lists can be compared. */
  readonly joined: Column
  readonly older: Column
  readonly younger: Column
  readonly level: Column
  readonly levelBefore: Column
  readonly levelAfter: Column
  readonly #joins: Column

  constructor(undo: UndoLog) {
    this.dense = new Column('u32', undo)
    this.joined = new Column('f64', undo)
    this.#joins = new Column('f64', undo, 1)
    this.older = new Column('u32', undo)
    this.younger = new Column('u32', undo)
    this.level = new Column('u16', undo)
    this.levelBefore = new Column('u32', undo)
    this.levelAfter = new Column('u32', undo)
  }

  nextJoin(): number {
    return this.#joins.add(0, 1)
  }
}

const cell = { size: 0, oldest: 1, youngest: 2 } as const
const none = 0

/** Links hold ordinal + 1, so that 0 is none. */
export class CandidateList {
  readonly #dense: Column
  readonly #cells: Column
  readonly #levelHead: Column
  readonly #levelBits: Column

  constructor(
    undo: UndoLog,
    private readonly places: ListPlaces,
  ) {
    this.#dense = new Column('u32', undo)
    this.#cells = new Column('u32', undo, 3)
    this.#levelHead = new Column('u32', undo)
    this.#levelBits = new Column('u32', undo)
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
