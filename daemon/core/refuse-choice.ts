/**
 * Why no number was found, in figures: each candidate is counted once, under
 * the first cause that holds. The counts come from counters kept per area and
 * from the k numbers that the parties are on; nothing scans the pool.
 */
import type { Ordinal } from './binding.js'
import type { PassedOver, Refusal } from './commands.js'
import type { Family } from './modes.js'
import type { AreaState } from './pool-state.js'
import { refuse } from './refusal.js'
import type { SideSearch } from './side-search.js'
import type { ShardState } from './state.js'
import type { Wish } from './wish.js'

export type Causes = Record<PassedOver, number>

const words: Record<PassedOver, string> = {
  not_in_service: 'not in service',
  other_area: 'outside the wanted areas',
  other_family: 'carrying another kind of binding',
  at_capacity: 'at capacity',
  in_use_by_a: 'in use by a',
  in_use_by_b: 'in use by b or others',
  cooling: 'cooling down',
}

/** Numbers of the pool, whatever their state. */
export function candidatesOf({ pool }: Wish): number {
  return pool.areas.reduce((sum, area) => sum + area.numbers, 0)
}

/** No number of the pool fits: the counts by cause, and when a retry can succeed. */
export function exhausted(state: ShardState, wish: Wish, family: Family, sides: readonly SideSearch[]): Refusal {
  const causes = countCauses(state, wish, family, sides)
  const candidates = candidatesOf(wish)
  const parts = (Object.keys(words) as PassedOver[])
    .filter((cause) => causes[cause] > 0)
    .map((cause) => `${causes[cause]} ${words[cause]}`)
  const named = candidates === 0 ? 'it has no numbers' : `of ${candidates} numbers ${parts.join(', ')}`
  return refuse('POOL_EXHAUSTED', `pool ${wish.pool.policy.name} has no number for this binding: ${named}`, {
    ...retry(state, wish, sides),
    metadata: { candidates: String(candidates), ...stringsOf(causes) },
  })
}

/** The specific number that was asked for cannot be had. */
export function unavailable(state: ShardState, wish: Wish, family: Family, sides: readonly SideSearch[]): Refusal {
  const side = sides.find(
    (s) => s.wanted !== undefined && causeOf(state, wish, s.wanted.ordinal, s, family) !== undefined,
  )
  const wanted = side?.wanted
  const cause =
    side === undefined || wanted === undefined ? undefined : causeOf(state, wish, wanted.ordinal, side, family)
  const field = side === sides[1] ? 'number_y' : 'number'
  const message =
    cause === undefined
      ? 'the number asked for leaves none for the other side'
      : `the number asked for is ${words[cause]}`
  return refuse('NUMBER_UNAVAILABLE', message, {
    field,
    ...retry(state, wish, sides),
    metadata: cause === undefined ? {} : { cause },
  })
}

/** A number would fit, but the tenant may hold no more. */
export function heldLimit(state: ShardState, wish: Wish, sides: readonly SideSearch[]): Refusal {
  const ofPool = retry(state, wish, sides).retryAtMs ?? Number.POSITIVE_INFINITY
  const nextMs = Math.min(state.frees.nextMs(), state.ends.nextMs(), ofPool)
  return refuse(
    'QUOTA_NUMBERS_HELD',
    `the tenant holds ${state.numbersHeldBy(wish.tenant)} numbers, its limit, and none of them fits`,
    Number.isFinite(nextMs) ? { retryAtMs: nextMs } : {},
  )
}

/** A lower bound of the time at which a retry can succeed; absent when only an operator can help. */
function retry(state: ShardState, wish: Wish, sides: readonly SideSearch[]): { retryAtMs?: number } {
  const pool = wish.pool.policy.id
  let earliestMs = Math.min(state.ends.nextOfPoolMs(pool), state.frees.nextOfPoolMs(pool))
  for (const side of sides) {
    for (const [ordinal, { untilMs }] of side.blockers.byOrdinal) {
      if (state.numbers.poolOf(ordinal) === pool) earliestMs = Math.min(earliestMs, untilMs)
    }
  }
  return Number.isFinite(earliestMs) ? { retryAtMs: earliestMs } : {}
}

/** Every cause at 0. */
export function noCauses(): Causes {
  return {
    not_in_service: 0,
    other_area: 0,
    other_family: 0,
    at_capacity: 0,
    in_use_by_a: 0,
    in_use_by_b: 0,
    cooling: 0,
  }
}

/** The counts where no number fits: what was not looked at one by one is told by counters. */
export function countCauses(state: ShardState, wish: Wish, family: Family, sides: readonly SideSearch[]): Causes {
  const causes = countLooked(state, wish, family, sides)
  if (family !== 'EXCLUSIVE') return causes
  // None of the exclusive numbers has a gap: each counts, by whether it carries a live binding.
  const wanted = wish.pool.areas.filter((area) => isWanted(wish, area))
  const withRoom = wanted.reduce((sum, area) => sum + area.withRoom.EXCLUSIVE.size, 0)
  const cooling = wanted.reduce((sum, area) => sum + area.coolingOf('EXCLUSIVE'), 0)
  const looked = causes.in_use_by_a + causes.in_use_by_b + causes.cooling
  const restCooling = cooling - causes.cooling
  causes.cooling += restCooling
  causes.in_use_by_b += withRoom - looked - restCooling
  return causes
}

/** The counts by the counters of the areas and by the numbers that were looked at. */
export function countLooked(state: ShardState, wish: Wish, family: Family, sides: readonly SideSearch[]): Causes {
  const causes = noCauses()
  for (const area of wish.pool.areas) countArea(area, isWanted(wish, area), family, causes)
  for (const ordinal of blocked(sides)) {
    if (!state.numbers.has(ordinal) || state.numbers.poolOf(ordinal) !== wish.pool.policy.id) continue
    if (!isWanted(wish, state.numbers.areaOf(ordinal)) || !state.numbers.mayTake(ordinal, family)) continue
    causes[firstCause(state, ordinal, family, sides)] += 1
  }
  return causes
}

function countArea(area: AreaState, wanted: boolean, family: Family, causes: Causes): void {
  causes.not_in_service += area.numbers - area.inService
  if (!wanted) {
    causes.other_area += area.inService
    return
  }
  const withRoom = area.withRoom[family].size
  const ofFamily = area.ofFamily(family)
  causes.at_capacity += ofFamily - withRoom
  causes.other_family += area.inService - area.idle.size - ofFamily
}

export function isWanted(wish: Wish, area: AreaState): boolean {
  return !wish.areaStrict || wish.areas.length === 0 || wish.areas.includes(area.name)
}

function blocked(sides: readonly SideSearch[]): Set<Ordinal> {
  const all = new Set<Ordinal>()
  for (const side of sides) for (const ordinal of side.blockers.byOrdinal.keys()) all.add(ordinal)
  return all
}

const order: readonly PassedOver[] = ['in_use_by_a', 'in_use_by_b', 'cooling']

function firstCause(state: ShardState, ordinal: Ordinal, family: Family, sides: readonly SideSearch[]): PassedOver {
  const found = sides.map((side) => side.blockers.byOrdinal.get(ordinal)?.cause)
  const cause = order.find((wanted) => found.includes(wanted)) ?? 'cooling'
  if (family !== 'EXCLUSIVE' || cause === 'in_use_by_a') return cause
  // As the counters tell it of the exclusive numbers that nobody looks at.
  return state.numbers.live.get(ordinal) > 0 ? 'in_use_by_b' : 'cooling'
}

function causeOf(
  state: ShardState,
  wish: Wish,
  ordinal: Ordinal,
  side: SideSearch,
  family: Family,
): PassedOver | undefined {
  const { numbers } = state
  if (!numbers.has(ordinal) || !numbers.isInService(ordinal)) return 'not_in_service'
  if (!isWanted(wish, numbers.areaOf(ordinal))) return 'other_area'
  const carried = numbers.family(ordinal)
  if (carried !== undefined && carried !== family) return 'other_family'
  if (!numbers.mayTake(ordinal, family)) return 'at_capacity'
  return side.blockers.byOrdinal.get(ordinal)?.cause
}

function stringsOf(causes: Causes): Record<string, string> {
  return Object.fromEntries(Object.entries(causes).map(([cause, count]) => [cause, String(count)]))
}
