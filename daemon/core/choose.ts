/**
 * Choosing numbers for a binding. The policies suggest candidates in their
 * order (candidates.ts); here one is taken for each side of the mode, and where
 * none fits, the causes are counted from counters and the k numbers looked at.
 */
import type { Ordinal } from './binding.js'
import type { Scope } from './candidate-scope.js'
import { firstCandidate } from './candidates.js'
import type { ChosenBy, Refusal } from './commands.js'
import { type Family, modes } from './modes.js'
import { exhausted, heldLimit, unavailable } from './refuse-choice.js'
import { isBlocked, numbersOfKeys, type SideSearch, searchFor } from './side-search.js'
import type { ShardState } from './state.js'
import type { Wish } from './wish.js'

export type Choice = Chosen | { readonly refusal: Refusal }

export interface Chosen {
  readonly x: Ordinal
  readonly y: Ordinal | undefined
  /** How X was come by. */
  readonly by: ChosenBy
}

/** The numbers for a binding by the policy of the wish, or why there are none; O(k) in the numbers its parties are on. */
export function choose(state: ShardState, wish: Wish): Choice {
  const { family, needsY } = modes[wish.mode]
  const [x, y] = sidesOf(state, wish)
  if (!needsY) {
    const found = chooseSide(state, wish, family, x, { mayHold: wish.mayHold, not: undefined })
    if (found === undefined) return refuseChoice(state, wish, family, [x])
    return { x: found, y: undefined, by: chosenBy(state, x, found) }
  }
  const found = choosePair(state, wish, family, x, y)
  if (found === undefined) return refuseChoice(state, wish, family, [x, y])
  return { ...found, by: chosenBy(state, x, found.x) }
}

/** What the two sides search for; the keys of a mode without Y are all on X. */
export function sidesOf(state: ShardState, wish: Wish): [SideSearch, SideSearch] {
  return [searchFor(state, wish.onX, wish.x), searchFor(state, wish.onY, wish.y)]
}

function chosenBy(state: ShardState, side: SideSearch, ordinal: Ordinal): ChosenBy {
  if (side.wanted !== undefined) return 'ASKED_FOR'
  if (side.blockers.takeOvers.has(ordinal)) return 'STICKY'
  return state.numbers.family(ordinal) === undefined ? 'IDLE' : 'IN_USE'
}

interface Limits {
  readonly mayHold: number
  /** A number that the other side has taken. */
  readonly not: Ordinal | undefined
}

function chooseSide(
  state: ShardState,
  wish: Wish,
  family: Family,
  side: SideSearch,
  limits: Limits,
): Ordinal | undefined {
  const { blockers } = side
  const scope: Scope = {
    family,
    pool: wish.pool,
    areas: wish.areas,
    areaStrict: wish.areaStrict,
    fits: (ordinal) =>
      !isBlocked(state, side, ordinal) &&
      ordinal !== limits.not &&
      (limits.mayHold > 0 || state.holds(wish.tenant, ordinal)),
    idleFits: limits.mayHold > 0,
    sticky: blockers.takeOvers,
    exclusive: exclusiveOf(state, wish),
  }
  if (side.wanted !== undefined) {
    const { ordinal } = side.wanted
    const may = state.numbers.has(ordinal) && state.numbers.mayTake(ordinal, family)
    return may && inWantedArea(state, wish, ordinal) && scope.fits(ordinal) ? ordinal : undefined
  }
  return firstCandidate(state.numbers, wish.selection, wish.draw, scope)
}

function exclusiveOf(state: ShardState, wish: Wish): Scope['exclusive'] {
  const any = wish.onX.find(({ key }) => key.kind === 'ANY')
  if (any === undefined) return undefined
  return { startMs: any.startMs, endMs: any.freeAtMs, own: numbersOfKeys(state, wish.onX) }
}

/** Two different numbers: both taken over from the same pair, or neither. */
function choosePair(
  state: ShardState,
  wish: Wish,
  family: Family,
  x: SideSearch,
  y: SideSearch,
): { x: Ordinal; y: Ordinal } | undefined {
  const both = stickyPair(state, wish, family, x, y)
  if (both !== undefined) return both
  const whenX = earliestOf(x)
  const whenY = earliestOf(y)
  withoutTakeOvers(x, whenY)
  withoutTakeOvers(y, whenX)
  return twoNumbers(state, wish, family, x, y)
}

function twoNumbers(
  state: ShardState,
  wish: Wish,
  family: Family,
  x: SideSearch,
  y: SideSearch,
): { x: Ordinal; y: Ordinal } | undefined {
  const side = (which: SideSearch, mayHold: number, not: Ordinal | undefined) =>
    chooseSide(state, wish, family, which, { mayHold, not })
  const isNew = (ordinal: Ordinal) => (state.holds(wish.tenant, ordinal) ? 0 : 1)
  // With room for one new number only: where X, by its policy, uses it up and Y then has none, X makes do with a held one.
  const first = wish.mayHold === 1 ? [1, 0] : [wish.mayHold]
  for (const mayHold of first) {
    const chosenX = side(x, mayHold, undefined)
    if (chosenX === undefined) continue
    const left = wish.mayHold - isNew(chosenX)
    const chosenY = side(y, left, chosenX)
    if (chosenY !== undefined) return { x: chosenX, y: chosenY }
    // The only number for Y may be the one that X took first: then X moves on.
    const onlyY = side(y, wish.mayHold, undefined)
    if (onlyY === undefined) continue
    const otherX = side(x, wish.mayHold - isNew(onlyY), onlyY)
    if (otherX !== undefined) return { x: otherX, y: onlyY }
  }
  return undefined
}

function stickyPair(
  state: ShardState,
  wish: Wish,
  family: Family,
  x: SideSearch,
  y: SideSearch,
): { x: Ordinal; y: Ordinal } | undefined {
  const eligible = (side: SideSearch) =>
    [...side.blockers.takeOvers.keys()].filter(
      (ordinal) =>
        !isBlocked(state, side, ordinal) &&
        state.numbers.mayTake(ordinal, family) &&
        inWantedArea(state, wish, ordinal) &&
        (side.wanted === undefined || side.wanted.ordinal === ordinal),
    )
  for (const onX of eligible(x)) {
    const onY = eligible(y).find((ordinal) => ordinal !== onX)
    if (onY !== undefined) return { x: onX, y: onY }
  }
  return undefined
}

function inWantedArea(state: ShardState, wish: Wish, ordinal: Ordinal): boolean {
  if (state.numbers.poolOf(ordinal) !== wish.pool.policy.id) return false
  return !wish.areaStrict || wish.areas.length === 0 || wish.areas.includes(state.numbers.areaOf(ordinal).name)
}

function earliestOf(side: SideSearch): number {
  return Math.min(...[...side.blockers.byOrdinal.values()].map(({ untilMs }) => untilMs))
}

/**
 * A number that only one side could take over is cooling for this request, at
 * the longest until the other side can be had too.
 */
function withoutTakeOvers(side: SideSearch, otherUntilMs: number): void {
  for (const [ordinal, ownedUntilMs] of side.blockers.takeOvers) {
    const untilMs = Math.min(ownedUntilMs, otherUntilMs)
    side.blockers.block(ordinal, { cause: 'cooling', fromMs: 0, untilMs })
  }
  side.blockers.forgetTakeOvers()
}

function refuseChoice(state: ShardState, wish: Wish, family: Family, sides: readonly SideSearch[]): Choice {
  const asked = sides.find((side) => side.wanted !== undefined)
  const needed = sides.length
  if (wish.mayHold < needed) {
    const unlimited = choose(state, { ...wish, mayHold: Number.POSITIVE_INFINITY })
    if (!('refusal' in unlimited)) return { refusal: heldLimit(state, wish, sides) }
  }
  return {
    refusal: asked === undefined ? exhausted(state, wish, family, sides) : unavailable(state, wish, family, sides),
  }
}
