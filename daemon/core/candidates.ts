/**
 * The order in which a policy suggests numbers. It suggests; the choice decides
 * whether one fits. Every list is walked from its front and only past numbers
 * on which one of the parties already is, so the cost is O(k + areas).
 */
import type { Ordinal, Selection } from './binding.js'
import {
  among,
  earliest,
  firstIdle,
  longestIdle,
  longestRested,
  nth,
  type Scope,
  type Suggest,
} from './candidate-scope.js'
import { exclusiveBySelection } from './exclusive-candidates.js'
import type { NumberTable } from './number-table.js'
import { type AreaState, familyIndex } from './pool-state.js'

/** The first number in the policy's order that fits. */
export function firstCandidate(
  numbers: NumberTable,
  selection: Selection,
  draw: number,
  scope: Scope,
): Ordinal | undefined {
  const suggest = (scope.exclusive === undefined ? bySelection : exclusiveBySelection)[selection]
  for (const areas of areaGroups(scope)) {
    const found = among(scope.sticky.keys(), areas, scope, numbers) ?? suggest(areas, scope, draw, numbers)
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
    const idle = firstIdle(areas, scope)
    if (idle !== undefined) return idle
  }
  return packInUse(areas, scope) ?? firstIdle(areas, scope)
}

function wantsSpare(areas: readonly AreaState[], scope: Scope): boolean {
  const { maxBindingsPerNumber: capacity, sparePercent } = scope.pool.policy
  let numbers = 0
  let live = 0
  for (const area of areas) {
    numbers += area.ofFamily(scope.family)
    live += area.liveOn(scope.family)
  }
  // Of what is needed, not of what is in use: else the spare has a spare of its own, and 15 % become 17.6 %.
  const spareNumbers = Math.floor((live * sparePercent) / (100 * capacity))
  return numbers * capacity - live < spareNumbers * capacity
}

function packInUse(areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  for (const area of areas) {
    const filling = area.filling.get(familyIndex[scope.family]) - 1
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

/** SPREAD: idle numbers, the longest idle first; then numbers in use, the longest without a new binding first. */
function spread(areas: readonly AreaState[], scope: Scope, _draw: number, numbers: NumberTable): Ordinal | undefined {
  return (
    longestIdle(areas, scope, numbers) ??
    earliest(areas, (area) => longestRested(area.withRoom[scope.family], scope), numbers)
  )
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
