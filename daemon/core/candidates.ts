/**
 * The order in which a policy suggests numbers. It suggests; the choice decides
 * whether one fits. Every list is walked from its front and only past numbers
 * on which one of the parties already is, so the cost is O(k + areas).
 */
import type { Ordinal, Selection } from './binding.js'
import type { CandidateList } from './candidate-list.js'
import type { Family } from './modes.js'
import type { NumberTable } from './number-table.js'
import { type AreaState, families, type PoolState } from './pool-state.js'

export interface Scope {
  readonly family: Family
  readonly pool: PoolState
  /** Preferences in order; empty: all areas alike. */
  readonly areas: readonly string[]
  readonly areaStrict: boolean
  readonly fits: (ordinal: Ordinal) => boolean
  /** Whether a number without any reservation can fit at all. */
  readonly idleFits: boolean
  /** Numbers on which the pair is still cooling: they come first. */
  readonly sticky: ReadonlyMap<Ordinal, number>
}

/** The first number in the policy's order that fits. */
export function firstCandidate(
  numbers: NumberTable,
  selection: Selection,
  draw: number,
  scope: Scope,
): Ordinal | undefined {
  for (const areas of areaGroups(scope)) {
    const found = sticky(numbers, areas, scope) ?? bySelection[selection](areas, scope, draw, numbers)
    if (found !== undefined) return found
  }
  return undefined
}

/** The groups of areas in order of preference: each wanted one, then, unless strict, all the others together. */
function areaGroups(scope: Scope): AreaState[][] {
  const { pool, areas, areaStrict } = scope
  if (areas.length === 0) return [pool.areas]
  const groups: AreaState[][] = []
  for (const name of areas) {
    const area = pool.area(name)
    if (area !== undefined) groups.push([area])
  }
  if (!areaStrict) groups.push(pool.areas.filter((area) => !areas.includes(area.name)))
  return groups
}

function sticky(numbers: NumberTable, areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  for (const ordinal of scope.sticky.keys()) {
    if (numbers.poolOf(ordinal) !== scope.pool.policy.id || !numbers.mayTake(ordinal, scope.family)) continue
    if (areas.includes(numbers.areaOf(ordinal)) && scope.fits(ordinal)) return ordinal
  }
  return undefined
}

type Suggest = (areas: readonly AreaState[], scope: Scope, draw: number, numbers: NumberTable) => Ordinal | undefined

const bySelection: Record<Selection, Suggest> = { PACK: pack, SPREAD: spread, RANDOM: random }

/**
 * PACK, any-fit: no new number while one in use fits. One number is filled at a
 * time, so that allocations fall on few pages of the store; the next to be
 * filled is the emptiest. Of the numbers in use, whole numbers' worth of
 * capacity may stay open (spare_percent), since a pool filled to the brim
 * scatters every allocation.
 */
function pack(areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  if (scope.idleFits && wantsSpare(areas, scope)) {
    const idle = packIdle(areas, scope)
    if (idle !== undefined) return idle
  }
  return packInUse(areas, scope) ?? (scope.idleFits ? packIdle(areas, scope) : undefined)
}

function wantsSpare(areas: readonly AreaState[], scope: Scope): boolean {
  const { maxBindingsPerNumber: capacity, sparePercent } = scope.pool.policy
  let numbers = 0
  let live = 0
  for (const area of areas) {
    numbers += area.ofFamily(scope.family)
    live += area.liveOn(scope.family)
  }
  const spareNumbers = Math.floor((numbers * sparePercent) / 100)
  return numbers * capacity - live < spareNumbers * capacity
}

function packInUse(areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  for (const area of areas) {
    const filling = area.filling.get(families.indexOf(scope.family)) - 1
    if (filling >= 0 && area.withRoom[scope.family].has(filling) && scope.fits(filling)) return filling
  }
  let best: { ordinal: Ordinal; level: number } | undefined
  for (const area of areas) {
    const list = area.withRoom[scope.family]
    let ordinal = list.atLevelOrAbove(0)
    while (ordinal !== undefined && !scope.fits(ordinal)) ordinal = list.afterInLevels(ordinal)
    if (ordinal === undefined) continue
    const level = list.levelOf(ordinal)
    if (best === undefined || level < best.level) best = { ordinal, level }
  }
  return best?.ordinal
}

function packIdle(areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  for (const area of areas) {
    const found = longestRested(area.idle, scope)
    if (found !== undefined) return found
  }
  return undefined
}

/** SPREAD: idle numbers, the longest idle first; then numbers in use, the longest without a new binding first. */
function spread(areas: readonly AreaState[], scope: Scope, _draw: number, numbers: NumberTable): Ordinal | undefined {
  const idle = scope.idleFits ? earliest(areas, (area) => longestRested(area.idle, scope), numbers) : undefined
  return idle ?? earliest(areas, (area) => longestRested(area.withRoom[scope.family], scope), numbers)
}

function earliest(
  areas: readonly AreaState[],
  front: (area: AreaState) => Ordinal | undefined,
  numbers: NumberTable,
): Ordinal | undefined {
  let best: Ordinal | undefined
  for (const area of areas) {
    const ordinal = front(area)
    if (ordinal === undefined) continue
    if (best === undefined || numbers.joined(ordinal) < numbers.joined(best)) best = ordinal
  }
  return best
}

function longestRested(list: CandidateList, scope: Scope): Ordinal | undefined {
  let ordinal = list.oldest()
  while (ordinal !== undefined && !scope.fits(ordinal)) ordinal = list.youngerThan(ordinal)
  return ordinal
}

/** RANDOM: any that fits, counted on from the draw. */
function random(areas: readonly AreaState[], scope: Scope, draw: number): Ordinal | undefined {
  const lists = areas.flatMap((area) => [...(scope.idleFits ? [area.idle] : []), area.withRoom[scope.family]])
  const total = lists.reduce((sum, list) => sum + list.size, 0)
  const first = Math.floor(draw * total)
  for (let i = 0; i < total; i += 1) {
    const ordinal = nth(lists, (first + i) % total)
    if (scope.fits(ordinal)) return ordinal
  }
  return undefined
}

function nth(lists: readonly CandidateList[], index: number): Ordinal {
  let rest = index
  for (const list of lists) {
    if (rest < list.size) return list.at(rest)
    rest -= list.size
  }
  throw new RangeError(`candidate ${index} of none`)
}
