/**
 * What a shard knows of one pool: its policy, and per area the lists of
 * candidates with the counts that a refusal reports.
 */
import type { PoolId } from './binding.js'
import { CandidateList, type ListPlaces } from './candidate-list.js'
import { type U32Column, u32Column } from './column.js'
import type { Pool } from './directory.js'
import { type GapNodes, GapTree } from './gap-tree.js'
import type { Family } from './modes.js'
import type { UndoLog } from './undo.js'

/** How a number is occupied, derived from its reservations and state. */
export const occupancies = ['FREE', 'IN_USE', 'COOLING', 'OUT_OF_SERVICE'] as const
export type Occupancy = (typeof occupancies)[number]

export const families = ['PAIR', 'EXTENSION', 'EXCLUSIVE'] as const
/** Place of each in `families`. */
export const familyIndex: Readonly<Record<Family, number>> = { PAIR: 0, EXTENSION: 1, EXCLUSIVE: 2 }
export const occupancyIndex: Readonly<Record<Occupancy, number>> = { FREE: 0, IN_USE: 1, COOLING: 2, OUT_OF_SERVICE: 3 }

/** The numbers of one area of a pool. */
export class AreaState {
  readonly idle: CandidateList
  /** Numbers of a family with room for one more binding. */
  readonly withRoom: Readonly<Record<Family, CandidateList>>
  /** The lists of `withRoom` in the order of `families`. */
  readonly byFamily: readonly CandidateList[]
  /** When its exclusive numbers with room are free. */
  readonly gaps: GapTree
  /** Cells: numbers in the area; in service; by family in service; live bindings by family on those; only cooling by family. */
  readonly #cells: U32Column
  /** PACK: the number being filled, ordinal + 1, by family. */
  readonly filling: U32Column

  constructor(
    readonly name: string,
    undo: UndoLog,
    places: ListPlaces,
    gaps: GapNodes,
  ) {
    const list = () => new CandidateList(undo, places)
    this.idle = list()
    this.withRoom = { PAIR: list(), EXTENSION: list(), EXCLUSIVE: list() }
    this.byFamily = families.map((family) => this.withRoom[family])
    this.gaps = new GapTree(undo, gaps)
    this.#cells = u32Column(undo, 11)
    this.filling = u32Column(undo, families.length)
  }

  get numbers(): number {
    return this.#cells.get(0)
  }

  get inService(): number {
    return this.#cells.get(1)
  }

  /** In-service numbers that carry the family at present, full ones included. */
  ofFamily(family: Family): number {
    return this.#cells.get(2 + familyIndex[family])
  }

  /** Live bindings on those. */
  liveOn(family: Family): number {
    return this.#cells.get(5 + familyIndex[family])
  }

  /** Numbers of a family in service that carry no live binding. */
  coolingOf(family: Family): number {
    return this.#cells.get(8 + familyIndex[family])
  }

  count(numbers: number, inService: number): void {
    this.#cells.add(0, numbers)
    this.#cells.add(1, inService)
  }

  /** @param index place of the family in `families` */
  countFamily(index: number, numbers: number, live: number): void {
    this.#cells.add(2 + index, numbers)
    this.#cells.add(5 + index, live)
    if (live === 0) this.#cells.add(8 + index, numbers)
  }

  /** A number of the family had some live bindings and has `live` more, not none. */
  countLive(index: number, live: number): void {
    this.#cells.add(5 + index, live)
  }
}

/** One pool of the shard. */
export class PoolState {
  readonly areas: AreaState[] = []
  readonly #areaIndex = new Map<string, number>()
  /** Numbers by occupancy, then live bindings, cooling bindings, whether it is marked as low. */
  readonly #cells: U32Column
  #policy: Pool

  /** @param changed takes the pools whose level may have changed (levels.ts) */
  constructor(
    policy: Pool,
    private readonly undo: UndoLog,
    private readonly places: ListPlaces,
    private readonly gaps: GapNodes,
    private readonly changed: Set<PoolId>,
  ) {
    this.#cells = u32Column(undo, 8)
    this.#policy = policy
    changed.add(policy.id)
  }

  get policy(): Pool {
    return this.#policy
  }

  set policy(policy: Pool) {
    this.#policy = policy
    this.changed.add(policy.id)
  }

  area(name: string): AreaState | undefined {
    const index = this.#areaIndex.get(name)
    return index === undefined ? undefined : this.areas[index]
  }

  /** Index of an area, made on first mention. */
  areaIndex(name: string): number {
    const known = this.#areaIndex.get(name)
    if (known !== undefined) return known
    this.areas.push(new AreaState(name, this.undo, this.places, this.gaps))
    this.#areaIndex.set(name, this.areas.length - 1)
    return this.areas.length - 1
  }

  numbersIn(occupancy: Occupancy): number {
    return this.#cells.get(occupancyIndex[occupancy])
  }

  /** @param index place of the occupancy in `occupancies` */
  countNumber(index: number, delta: number): void {
    if (index === occupancyIndex.FREE) this.changed.add(this.#policy.id)
    this.#cells.add(index, delta)
  }

  get liveBindings(): number {
    return this.#cells.get(4)
  }

  get coolingBindings(): number {
    return this.#cells.get(5)
  }

  countBindings(live: number, cooling: number): void {
    this.#cells.add(4, live)
    this.#cells.add(5, cooling)
  }

  /** Whether it was told that few numbers are free. */
  get isLow(): boolean {
    return this.#cells.get(6) === 1
  }

  setLow(low: boolean): void {
    this.#cells.set(6, low ? 1 : 0)
  }
}
