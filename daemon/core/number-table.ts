/**
 * The numbers of a shard by ordinal: where they belong, their admin state, what
 * they carry; and the one place that files each number in the candidate list
 * it belongs to at present. Family and occupancy are derived, never set.
 */
import type { Digits, Ordinal, PoolId } from './binding.js'
import { type CandidateList, ListPlaces } from './candidate-list.js'
import { type BitColumn, Rows, type U32Column } from './column.js'
import type { NumberState } from './directory.js'
import { extensionCount } from './extension-cycle.js'
import { type Gap, GapNodes } from './gap-tree.js'
import type { Family } from './modes.js'
import { type AreaState, families, familyIndex, occupancyIndex, type PoolState } from './pool-state.js'
import type { UndoLog } from './undo.js'

const numberStates: readonly NumberState[] = ['IN_SERVICE', 'DRAINING', 'FROZEN', 'QUARANTINED', 'RETIRED']
/** What `#filed` holds: not yet counted, no list, idle, or 3 + index of the family. */
const filed = { unknown: 0, nowhere: 1, idle: 2, family: 3 } as const
const filedExclusive = filed.family + familyIndex.EXCLUSIVE
const inServiceIndex = numberStates.indexOf('IN_SERVICE')
/** 32 bytes a number. */
const u32Words = 8

export class NumberTable {
  readonly places: ListPlaces
  /** The gaps of all areas' exclusive numbers. */
  readonly gaps: GapNodes
  /** Bindings acknowledged and not ended. */
  readonly live: U32Column
  /** Reservations whose free_at has not passed. */
  readonly reservations: U32Column
  /** Reservations that are gone here and still stand in the store's rows. */
  readonly stale: U32Column
  readonly #pool: BitColumn
  readonly #area: BitColumn
  readonly #state: BitColumn
  /** Index of the family + 1; 0 without reservations. */
  readonly #family: BitColumn
  readonly #filed: BitColumn
  /** As counted when the number was filed last. */
  readonly #countedLive: U32Column
  readonly #countedFamily: BitColumn
  readonly #countedOccupancy: BitColumn
  /** Extensions with a reservation, and where the cycle of chosen ones goes on (extension-cycle.ts). */
  readonly #extensions: U32Column
  readonly #nextExtension: U32Column
  readonly #digits: Digits[] = []
  /** The pool asked for last: most numbers that are touched in a row are of one pool. */
  #pooled: PoolState | undefined

  /** @param gapsOf when an exclusive number is free, as its reservations say */
  constructor(
    undo: UndoLog,
    private readonly pools: ReadonlyMap<PoolId, PoolState>,
    private readonly gapsOf: (ordinal: Ordinal) => readonly Gap[],
  ) {
    this.places = new ListPlaces(undo)
    this.gaps = new GapNodes(undo)
    const rows = new Rows(undo, u32Words)
    this.live = rows.u32Column(0)
    this.reservations = rows.u32Column(1)
    this.stale = rows.u32Column(2)
    this.#countedLive = rows.u32Column(3)
    this.#extensions = rows.u32Column(4)
    this.#nextExtension = rows.u32Column(5)
    this.#pool = rows.bits(6, 0, 16)
    this.#area = rows.bits(6, 16, 16)
    this.#state = rows.bits(7, 0, 4)
    this.#family = rows.bits(7, 4, 4)
    this.#filed = rows.bits(7, 8, 4)
    this.#countedFamily = rows.bits(7, 12, 4)
    this.#countedOccupancy = rows.bits(7, 16, 4)
  }

  /** One past the highest ordinal. */
  get end(): Ordinal {
    return this.#digits.length
  }

  has(ordinal: Ordinal): boolean {
    return this.#digits[ordinal] !== undefined
  }

  digits(ordinal: Ordinal): Digits {
    return this.#digits[ordinal]!
  }

  poolOf(ordinal: Ordinal): PoolId {
    return this.#pool.get(ordinal)
  }

  areaOf(ordinal: Ordinal): AreaState {
    return this.#poolState(ordinal).areas[this.#area.get(ordinal)]!
  }

  /** When the number joined its present list, as a count; smaller is longer ago. */
  joined(ordinal: Ordinal): number {
    return this.places.joined.get(ordinal)
  }

  isInService(ordinal: Ordinal): boolean {
    return this.#state.get(ordinal) === inServiceIndex
  }

  family(ordinal: Ordinal): Family | undefined {
    return families[this.#family.get(ordinal) - 1]
  }

  /** Whether a binding of the family may join: in service, idle or of the family, below its capacity. */
  mayTake(ordinal: Ordinal, family: Family): boolean {
    const where = this.#filed.get(ordinal)
    return where === filed.idle || where === filed.family + familyIndex[family]
  }

  add(ordinal: Ordinal, digits: Digits, pool: PoolId, area: string, state: NumberState): void {
    this.#digits[ordinal] = digits
    this.#pool.set(ordinal, pool)
    this.#area.set(ordinal, this.pools.get(pool)!.areaIndex(area))
    this.#state.set(ordinal, numberStates.indexOf(state))
    this.file(ordinal)
  }

  /** A number that was removed before the shard loaded is named once more, and is not here. */
  setState(ordinal: Ordinal, state: NumberState): void {
    if (!this.has(ordinal)) return
    this.#state.set(ordinal, numberStates.indexOf(state))
    this.file(ordinal)
  }

  /** The number carries nothing and is gone for good; its ordinal is not given again. */
  remove(ordinal: Ordinal): void {
    if (!this.has(ordinal)) return
    this.setState(ordinal, 'RETIRED')
    this.areaOf(ordinal).count(-1, 0)
    this.#poolState(ordinal).countNumber(occupancyIndex.OUT_OF_SERVICE, -1)
    this.#filed.set(ordinal, filed.unknown)
    delete this.#digits[ordinal]
  }

  /** Extensions of the number that somebody owns, cooling included. */
  ownedExtensions(ordinal: Ordinal): number {
    return this.#extensions.get(ordinal)
  }

  countExtension(ordinal: Ordinal, delta: 1 | -1): void {
    this.#extensions.add(ordinal, delta)
  }

  /** Position at which the cycle of chosen extensions goes on. */
  nextExtension(ordinal: Ordinal): number {
    return this.#nextExtension.get(ordinal)
  }

  moveExtension(ordinal: Ordinal, next: number): void {
    this.#nextExtension.set(ordinal, next)
  }

  /** The first reservation gives a number its family, the last takes it away (I3). */
  countReservation(ordinal: Ordinal, delta: 1 | -1, family: Family): void {
    const left = this.reservations.add(ordinal, delta)
    this.#family.set(ordinal, left === 0 ? 0 : familyIndex[family] + 1)
  }

  /** Call after anything of the number, or its pool's capacity, has changed. */
  file(ordinal: Ordinal): void {
    const pool = this.#poolState(ordinal)
    const area = pool.areas[this.#area.get(ordinal)]!
    this.#recount(ordinal, pool, area)
    const before = this.#filed.get(ordinal)
    const after = this.#whereToFile(ordinal, pool)
    const live = this.live.get(ordinal)
    if (after === filedExclusive) area.gaps.put(ordinal, this.gapsOf(ordinal))
    else if (before === filedExclusive) area.gaps.put(ordinal, [])
    if (before === after) {
      list(area, after)?.setLevel(ordinal, live)
      return
    }
    list(area, before)?.remove(ordinal)
    list(area, after)?.add(ordinal, live)
    this.#filed.set(ordinal, after)
  }

  /** SPREAD: a number that was just allocated rests last. */
  moveToYoungest(ordinal: Ordinal): void {
    const from = list(this.areaOf(ordinal), this.#filed.get(ordinal))
    // PACK fills one number at a time: it is the youngest already.
    if (from === undefined || from.youngest() === ordinal) return
    from.remove(ordinal)
    from.add(ordinal, this.live.get(ordinal))
  }

  #whereToFile(ordinal: Ordinal, pool: PoolState): number {
    if (!this.isInService(ordinal)) return filed.nowhere
    if (this.reservations.get(ordinal) === 0) return filed.idle
    return this.#hasRoom(ordinal, pool) ? filed.family + this.#family.get(ordinal) - 1 : filed.nowhere
  }

  /** For one more binding of its family: below its capacity, and with an extension left where it needs one. */
  #hasRoom(ordinal: Ordinal, { policy }: PoolState): boolean {
    if (this.live.get(ordinal) >= policy.maxBindingsPerNumber) return false
    if (this.#family.get(ordinal) - 1 !== familyIndex.EXTENSION) return true
    return this.#extensions.get(ordinal) < extensionCount(policy.extensionDigits)
  }

  /** Keeps the counts of area and pool in step with the number. */
  #recount(ordinal: Ordinal, pool: PoolState, area: AreaState): void {
    const live = this.live.get(ordinal)
    const liveBefore = this.#countedLive.get(ordinal)
    const familyBefore = this.#countedFamily.get(ordinal)
    const occupancyBefore = this.#countedOccupancy.get(ordinal)
    const inService = this.isInService(ordinal)
    const family = inService ? this.#family.get(ordinal) : 0
    const occupancy = this.#occupancy(ordinal)
    if (live !== liveBefore) this.#countedLive.set(ordinal, live)
    const first = this.#filed.get(ordinal) === filed.unknown
    if (!first && family === familyBefore && occupancy === occupancyBefore) {
      // The common case: a binding came to a number in use, or left one that stays in use.
      if (live !== liveBefore && family !== 0) area.countLive(family - 1, live - liveBefore)
      return
    }
    const wasInService = !first && occupancyBefore !== occupancyIndex.OUT_OF_SERVICE
    area.count(first ? 1 : 0, Number(inService) - Number(wasInService))
    if (familyBefore !== 0) area.countFamily(familyBefore - 1, -1, -liveBefore)
    if (family !== 0) area.countFamily(family - 1, 1, live)
    if (!first) pool.countNumber(occupancyBefore, -1)
    pool.countNumber(occupancy, 1)
    this.#countedFamily.set(ordinal, family)
    this.#countedOccupancy.set(ordinal, occupancy)
  }

  /** Place in `occupancies`. */
  #occupancy(ordinal: Ordinal): number {
    if (!this.isInService(ordinal)) return occupancyIndex.OUT_OF_SERVICE
    if (this.live.get(ordinal) > 0) return occupancyIndex.IN_USE
    return this.reservations.get(ordinal) > 0 ? occupancyIndex.COOLING : occupancyIndex.FREE
  }

  #poolState(ordinal: Ordinal): PoolState {
    const id = this.#pool.get(ordinal)
    if (this.#pooled?.policy.id !== id) this.#pooled = this.pools.get(id)!
    return this.#pooled
  }
}

function list(area: AreaState, where: number): CandidateList | undefined {
  if (where >= filed.family) return area.byFamily[where - filed.family]
  return where === filed.idle ? area.idle : undefined
}
