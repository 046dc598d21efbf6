/**
 * Explain: what an Allocate would get and why, or why nothing. It makes the same
 * decision and applies none of it; no rate token is used, an empty bucket is told.
 */
import type { Binding } from './binding.js'
import { sidesOf } from './choose.js'
import type { AllocateCommand, CommandFacts, Explanation, PassedOver } from './commands.js'
import { judgeAllocate } from './decide-allocate.js'
import { limits } from './limits.js'
import { type Family, modes } from './modes.js'
import { candidatesOf, countCauses, countLooked, isWanted, noCauses } from './refuse-choice.js'
import { replayOf } from './replay.js'
import { isBlocked, type SideSearch } from './side-search.js'
import type { ShardState } from './state.js'
import type { Wish } from './wish.js'

type Counts = Pick<Explanation, 'candidates' | 'passedOver'>

/**
 * @param facts `binding` is what the request id made, where `known` is set: a replay is explained by it
 * @param now unix ms, as for `decide`
 */
export function explainAllocate(
  state: ShardState,
  command: AllocateCommand,
  facts: CommandFacts,
  now: number,
): Explanation {
  const replay = replayOf(command.request, facts.known)
  const numbers = numbersOf(state, command)
  if (replay?.ok === false) return { outcome: { granted: false, refusal: replay.refusal }, ...numbers }
  if (replay !== undefined && facts.binding !== undefined) return { outcome: replayed(facts.binding), ...numbers }
  const { verdict, wish } = judgeAllocate(state, command, state.clamp(now))
  if ('refusal' in verdict) {
    const { refusal } = verdict
    const nothingFits = refusal.reason === 'POOL_EXHAUSTED'
    return {
      outcome: { granted: false, refusal },
      ...(wish === undefined ? numbers : counts(state, wish, nothingFits)),
    }
  }
  const { binding, by } = verdict
  return { outcome: { granted: true, binding, chosenBy: by }, ...(wish === undefined ? numbers : counts(state, wish)) }
}

function replayed(binding: Binding): Explanation['outcome'] {
  return { granted: true, binding, chosenBy: 'REPLAYED' }
}

/** Where the request did not come as far as the numbers. */
function numbersOf(state: ShardState, { pool }: AllocateCommand): Counts {
  const areas = state.pools.get(pool)?.areas ?? []
  return { candidates: areas.reduce((sum, area) => sum + area.numbers, 0), passedOver: noCauses() }
}

function counts(state: ShardState, wish: Wish, nothingFits = false): Counts {
  const { family } = modes[wish.mode]
  const sides = sidesOf(state, wish)
  for (const side of sides) lookAtNumbers(state, wish, family, side)
  const passedOver: Record<PassedOver, number> = (nothingFits ? countCauses : countLooked)(state, wish, family, sides)
  return { candidates: candidatesOf(wish), passedOver }
}

/** Keys that belong to one number are looked up on each that has room, up to a limit: nobody else waits for long. */
function lookAtNumbers(state: ShardState, wish: Wish, family: Family, side: SideSearch): void {
  if (side.perNumber.length === 0) return
  let left: number = limits.numbersExplained
  for (const area of wish.pool.areas) {
    if (!isWanted(wish, area)) continue
    const list = area.withRoom[family]
    for (let i = 0; i < list.size && left > 0; i += 1) {
      isBlocked(state, side, list.at(i))
      left -= 1
    }
  }
}
