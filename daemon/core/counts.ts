/** What a shard tells of itself for metrics and GetStats: read off the counters, nothing is scanned. */
import type { PoolId, TenantId } from './binding.js'
import type { ShardState } from './state.js'

export interface PoolCounts {
  readonly pool: PoolId
  readonly numbers: number
  readonly freeNumbers: number
  readonly inUseNumbers: number
  readonly coolingNumbers: number
  readonly outOfServiceNumbers: number
  readonly liveBindings: number
  readonly coolingBindings: number
  /** Bindings that the numbers in service can carry. */
  readonly capacity: number
}

export interface TenantCounts {
  readonly tenant: TenantId
  readonly liveBindings: number
  readonly numbersHeld: number
}

export interface ShardCounts {
  readonly pools: readonly PoolCounts[]
  readonly tenants: readonly TenantCounts[]
}

export function countsOf(state: ShardState): ShardCounts {
  const pools = [...state.pools.values()].map((pool): PoolCounts => {
    const freeNumbers = pool.numbersIn('FREE')
    const inUseNumbers = pool.numbersIn('IN_USE')
    const coolingNumbers = pool.numbersIn('COOLING')
    const outOfServiceNumbers = pool.numbersIn('OUT_OF_SERVICE')
    const inService = freeNumbers + inUseNumbers + coolingNumbers
    return {
      pool: pool.policy.id,
      numbers: inService + outOfServiceNumbers,
      freeNumbers,
      inUseNumbers,
      coolingNumbers,
      outOfServiceNumbers,
      liveBindings: pool.liveBindings,
      coolingBindings: pool.coolingBindings,
      capacity: inService * pool.policy.maxBindingsPerNumber,
    }
  })
  const tenants = [...state.tenants.keys()].map(
    (tenant): TenantCounts => ({
      tenant,
      liveBindings: state.liveOf(tenant),
      numbersHeld: state.numbersHeldBy(tenant),
    }),
  )
  return { pools, tenants }
}
