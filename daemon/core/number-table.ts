/**
 * The numbers of a shard by ordinal: where they belong, their admin state, what
 * they carry; and the one place that files each number in the candidate list
 * it belongs to at present. Family and occupancy are derived, never set.
 */
import type { Digits, Ordinal, PoolId } from './binding.js'
import { type CandidateList, ListPlaces } from './candidate-list.js'
import { Column } from './column.js'
import type { NumberState } from './directory.js'
import { extensionCount } from './extension-cycle.js'
import { type Gap, GapNodes } from './gap-tree.js'
import type { Family } from './modes.js'
import { type AreaState, families, type Occupancy, occupancies, type PoolState } from './pool-state.js'
import type { UndoLog } from './undo.js'

const numberStates: readonly NumberState[] = ['IN_SERVICE', 'DRAINING', 'FROZEN', 'QUARANTINED', 'RETIRED']
/** What `#filed` holds: not yet counted, no list, idle, or 3 + index of the family. */
const filed = { unknown: 0, nowhere: 1, idle: 2, family: 3 } as const
const filedExclusive = filed.family + families.indexOf('EXCLUSIVE')

export class NumberTable {
  readonly places: ListPlaces
  /** The gaps of all areas' exclusive numbers. */
  readonly gaps: GapNodes
  /** Bindings acknowledged and not ended. */
  readonly live: Column
  /** Reservations whose free_at has not passed. */
  readonly reservations: Column
  /** Reservations that are gone here and still stand in the store's rows. */
  readonly stale: Column
  readonly #pool: Column
  readonly #area: Column
  readonly #state: Column
  /** Index of the family + 1; 0 without reservations. */
  readonly #family: Column
  readonly #filed: Column
  /** As counted when the number was filed last. */
  readonly #countedLive: Column
  readonly #countedFamily: Column
  readonly #countedOccupancy: Column
  /** Extensions with a reservation, and where the cycle of chosen ones goes on (extension-cycle.ts). */
  readonly #extensions: Column
  readonly #nextExtension: Column
  readonly #digits: Digits[] = []

  /** @param gapsOf when an exclusive number is free, as its reservations say */
  constructor(
    undo: UndoLog,
    private readonly pools: ReadonlyMap<PoolId, PoolState>,
    private readonly gapsOf: (ordinal: Ordinal) => readonly Gap[],
  ) {
    this.places = new ListPlaces(undo)
    this.gaps = new GapNodes(undo)
    this.live = new Column('u32', undo)
    this.reservations = new Column('u32', undo)
    this.stale = new Column('u32', undo)
    this.#pool = new Column('u32', undo)
    this.#area = new Column('u16', undo)
    this.#state = new Column('u8', undo)
    this.#family = new Column('u8', undo)
    this.#filed = new Column('u8', undo)
    this.#countedLive = new Column('u32', undo)
    this.#countedFamily = new Column('u8', undo)
    this.#countedOccupancy = new Column('u8', undo)
    this.#extensions = new Column('u32', undo)
    this.#nextExtension = new Column('u32', undo)
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
    return this.#state.get(ordinal) === 0
  }

  family(ordinal: Ordinal): Family | undefined {
    return families[this.#family.get(ordinal) - 1]
  }

  /** Whether a binding of the family may join: in service, idle or of the family, below its capacity. */
  mayTake(ordinal: Ordinal, family: Family): boolean {
    const where = this.#filed.get(ordinal)
    return where === filed.idle || where === filed.family + families.indexOf(family)
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
    this.#poolState(ordinal).countNumber('OUT_OF_SERVICE', -1)
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
    this.#family.set(ordinal, left === 0 ? 0 : families.indexOf(family) + 1)
  }

  /** Call after anything of the number, or its pool's capacity, has changed. */
  file(ordinal: Ordinal): void {
    const area = this.areaOf(ordinal)
    this.#recount(ordinal, area)
    const before = this.#filed.get(ordinal)
    const after = this.#whereToFile(ordinal)
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
    if (from === undefined) return
    from.remove(ordinal)
    from.add(ordinal, this.live.get(ordinal))
  }

  #whereToFile(ordinal: Ordinal): number {
    if (!this.isInService(ordinal)) return filed.nowhere
    if (this.reservations.get(ordinal) === 0) return filed.idle
    return this.#hasRoom(ordinal) ? filed.family + this.#family.get(ordinal) - 1 : filed.nowhere
  }

  /** For one more binding of its family: below its capacity, and with an extension left where it needs one. */
  #hasRoom(ordinal: Ordinal): boolean {
    const { maxBindingsPerNumber, extensionDigits } = this.#poolState(ordinal).policy
    if (this.live.get(ordinal) >= maxBindingsPerNumber) return false
    return this.family(ordinal) !== 'EXTENSION' || this.#extensions.get(ordinal) < extensionCount(extensionDigits)
  }

  /** Keeps the counts of area and pool in step with the number. */
  #recount(ordinal: Ordinal, area: AreaState): void {
    const pool = this.#poolState(ordinal)
    const first = this.#filed.get(ordinal) === filed.unknown
    const live = this.live.get(ordinal)
    const inService = this.isInService(ordinal)
    const family = inService ? this.#family.get(ordinal) : 0
    const occupancy = this.#occupancy(ordinal)
    const before = occupancies[this.#countedOccupancy.get(ordinal)]!
    const wasInService = before !== 'OUT_OF_SERVICE'
    area.count(first ? 1 : 0, first ? Number(inService) : Number(inService) - Number(wasInService))
    const beforeFamily = families[this.#countedFamily.get(ordinal) - 1]
    if (beforeFamily !== undefined) area.countFamily(beforeFamily, -1, -this.#countedLive.get(ordinal))
    const afterFamily = families[family - 1]
    if (afterFamily !== undefined) area.countFamily(afterFamily, 1, live)
    if (!first) pool.countNumber(before, -1)
    pool.countNumber(occupancy, 1)
    this.#countedLive.set(ordinal, live)
    this.#countedFamily.set(ordinal, family)
    this.#countedOccupancy.set(ordinal, occupancies.indexOf(occupancy))
  }

  #occupancy(ordinal: Ordinal): Occupancy {
    if (!this.isInService(ordinal)) return 'OUT_OF_SERVICE'
    if (this.live.get(ordinal) > 0) return 'IN_USE'
    return this.reservations.get(ordinal) > 0 ? 'COOLING' : 'FREE'
  }

  #poolState(ordinal: Ordinal): PoolState {
    return this.pools.get(this.#pool.get(ordinal))!
  }
}

function list(area: AreaState, where: number): CandidateList | undefined {
  if (where === filed.idle) return area.idle
  const family = families[where - filed.family]
  return family === undefined ? undefined : area.withRoom[family]
}
