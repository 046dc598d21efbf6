/** Pools that run low on free numbers, and those that have enough again: told once each way, with a margin between. */
import type { ShardEvent } from './events.js'
import type { PoolState } from './pool-state.js'
import type { ShardState } from './state.js'

/** How much more than low_numbers must be free for a pool to have enough again, in percent; one number at least. */
const marginPercent = 10

/**
 * The pools whose level has changed. Looks only at those touched since it was
 * last asked; one that it names stays among them until its event was applied,
 * so that a batch that is undone loses no warning.
 */
export function decideLevels(state: ShardState): ShardEvent[] {
  const events: ShardEvent[] = []
  for (const id of state.changedPools) {
    const pool = state.pools.get(id)
    const low = pool === undefined ? undefined : newLevel(pool)
    if (pool === undefined || low === undefined) state.changedPools.delete(id)
    else events.push({ type: 'pool-level', pool: id, low, free: pool.numbersIn('FREE') })
  }
  return events
}

/** undefined: as it is marked already. */
function newLevel(pool: PoolState): boolean | undefined {
  const { lowNumbers } = pool.policy
  const free = pool.numbersIn('FREE')
  if (!pool.isLow) return lowNumbers > 0 && free < lowNumbers ? true : undefined
  const enough = lowNumbers + Math.max(1, Math.ceil((lowNumbers * marginPercent) / 100))
  return lowNumbers === 0 || free >= enough ? false : undefined
}
