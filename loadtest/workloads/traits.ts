/** What is particular to each workload beside its steps: who its parties are, how it rises and falls, what it expects. */

import type { Workload } from '../flags.js'
import { heavyTailed, type PartiesOf, partiesOf, partiesOnce } from '../population.js'
import { flat, lunch, type Shape } from '../shape.js'

export function partiesFor(workload: Workload, seed: number): PartiesOf {
  if (workload === 'courier-heavy' || workload === 'lunch-peak') return heavyTailed(seed)
  // Two bindings of one party need two numbers with room, and a nearly full pool has its room on one.
  return workload === 'pool-nearly-full' ? partiesOnce : partiesOf
}

export function shapeOf(workload: Workload): Shape {
  return workload === 'lunch-peak' ? lunch : flat
}

/** Refusals that are what the workload is about; any other makes a run unsound. */
export function expectsRefusal(workload: Workload, reason: string): boolean {
  return workload === 'pool-nearly-full' && reason === 'POOL_EXHAUSTED'
}
