/**
 * What no allocator can go below, however clever and even if it knew the
 * future: the largest of three true bounds on the numbers that a trace needs
 * when nothing is refused. Each looks at single instants, cooldowns included.
 */
import { planLimits } from './limits.js'
import { mostAtOnce, sureFreeTimes, walk } from './occupation.js'
import { denseOddSet, PartyGraph } from './party-graph.js'
import type { Trace } from './trace.js'

/** Numbers that a trace needs at the least. */
export interface LowerBound {
  /** The largest of the three below. */
  readonly numbers: number
  /** The most bindings that one party has at one instant: each needs a number of its own. */
  readonly party: number
  /** The most that an odd set of parties needs, of those looked at; 0 where none could tell more than `party`. */
  readonly oddSet: number
  /** Live bindings at one instant, over how many a number carries. */
  readonly capacity: number
}

/** @param bindingsPerNumber live bindings that one number carries at most */
export function lowerBound(trace: Trace, cooldownMs: number, bindingsPerNumber: number): LowerBound {
  const { party, oddSet } = boundsOfParties(trace, sureFreeTimes(trace, cooldownMs))
  const capacity = Math.ceil(mostAtOnce(trace.bookedMs, trace.endMs) / bindingsPerNumber)
  return { numbers: Math.max(party, oddSet, capacity), party, oddSet, capacity }
}

function boundsOfParties(trace: Trace, freeMs: Float64Array): { party: number; oddSet: number } {
  const graph = new PartyGraph()
  let party = 0
  let oddSet = 0
  let searches: number = planLimits.oddSetSearches
  walk(trace.startMs, freeMs, {
    starts: (booking) => {
      const a = trace.a[booking]!
      const b = trace.b[booking]!
      graph.bind(a, b)
      party = Math.max(party, graph.degree(a), graph.degree(b))
      if (searches === 0 || !mayRaise(graph, a, b, Math.max(party, oddSet))) return
      searches -= 1
      oddSet = Math.max(oddSet, denseOddSet(graph, a, b, planLimits.oddSetParties))
    },
    ends: (booking) => graph.unbind(trace.a[booking]!, trace.b[booking]!),
  })
  return { party, oddSet: oddSet > party ? oddSet : 0 }
}

/**
 * A smallest odd set that needs more than `bound` numbers loses more than `bound` bindings with any two of its
 * parties: else the rest, smaller by two, would do as well. The binding that just started is in such a set, or the
 * set was there before.
 */
function mayRaise(graph: PartyGraph, a: number, b: number, bound: number): boolean {
  return graph.degree(a) + graph.degree(b) - graph.between(a, b) > bound
}
