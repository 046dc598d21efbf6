/** Among which numbers a policy may suggest, and the orders that several policies share. */
import type { Ordinal } from './binding.js'
import type { CandidateList } from './candidate-list.js'
import type { Family } from './modes.js'
import type { NumberTable } from './number-table.js'
import type { AreaState, PoolState } from './pool-state.js'

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
  /** For an exclusive number: when it must be free, and the numbers that A is on already. */
  readonly exclusive: { readonly startMs: number; readonly endMs: number; readonly own: readonly Ordinal[] } | undefined
}

/** A policy's first suggestion that fits, among areas that count alike. */
export type Suggest = (
  areas: readonly AreaState[],
  scope: Scope,
  draw: number,
  numbers: NumberTable,
) => Ordinal | undefined

/** The first of these numbers that is a candidate here and fits. */
export function among(
  ordinals: Iterable<Ordinal>,
  areas: readonly AreaState[],
  scope: Scope,
  numbers: NumberTable,
): Ordinal | undefined {
  for (const ordinal of ordinals) {
    if (numbers.poolOf(ordinal) !== scope.pool.policy.id || !numbers.mayTake(ordinal, scope.family)) continue
    if (areas.includes(numbers.areaOf(ordinal)) && scope.fits(ordinal)) return ordinal
  }
  return undefined
}

/** The longest idle number of the first area that has one. */
export function firstIdle(areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  if (!scope.idleFits) return undefined
  for (const area of areas) {
    const found = longestRested(area.idle, scope)
    if (found !== undefined) return found
  }
  return undefined
}

/** The number of all areas that has been idle for longest. */
export function longestIdle(areas: readonly AreaState[], scope: Scope, numbers: NumberTable): Ordinal | undefined {
  return scope.idleFits ? earliest(areas, (area) => longestRested(area.idle, scope), numbers) : undefined
}

/** Of the fronts of several areas, the one that joined its list first. */
export function earliest(
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

export function longestRested(list: CandidateList, scope: Scope): Ordinal | undefined {
  let ordinal = list.oldest()
  while (ordinal !== undefined && !scope.fits(ordinal)) ordinal = list.youngerThan(ordinal)
  return ordinal
}

/** The member of several lists, laid end to end. */
export function nth(lists: readonly CandidateList[], index: number): Ordinal {
  let rest = index
  for (const list of lists) {
    if (rest < list.size) return list.at(rest)
    rest -= list.size
  }
  throw new RangeError(`candidate ${index} of none`)
}
