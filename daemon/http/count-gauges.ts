/** Gauges of pools and tenants, made anew from the counts of each scrape. */
import { Gauge, Registry } from 'prom-client'
import type { NamedCounts, NamedPool } from './named-counts.js'

/** Pools, and likewise tenants, with series of their own; the others, in order of name, are summed as `(other)`. */
export const namedSeriesMax = 1_000
/** No name of a pool or tenant has a bracket. */
const otherName = '(other)'

const numberStates = {
  free: 'freeNumbers',
  in_use: 'inUseNumbers',
  cooling: 'coolingNumbers',
  out_of_service: 'outOfServiceNumbers',
} as const satisfies Record<string, keyof NamedPool>

const quotaNames = {
  live_bindings: 'liveBindings',
  live_bindings_per_party: 'liveBindingsPerParty',
  numbers_held: 'numbersHeld',
  allocations_per_second: 'allocationsPerSecond',
  allocations_burst: 'allocationsBurst',
  allocations_per_party_per_day: 'allocationsPerPartyPerDay',
} as const

export function countGauges({ pools, tenants }: NamedCounts): Registry {
  const registry = new Registry()
  const poolNumbers = gauge(registry, 'xpool_pool_numbers', 'Numbers of a pool by what they are doing', [
    'pool',
    'state',
  ])
  const poolBindings = gauge(registry, 'xpool_pool_bindings', 'Bindings of a pool: live, or ended and still cooling', [
    'pool',
    'state',
  ])
  const capacity = gauge(registry, 'xpool_pool_capacity', 'Bindings that the numbers in service of a pool can carry', [
    'pool',
  ])
  const live = gauge(registry, 'xpool_tenant_live_bindings', 'Bindings of a tenant acknowledged and not ended', [
    'tenant',
  ])
  const held = gauge(
    registry,
    'xpool_tenant_numbers_held',
    'Distinct numbers with a reservation of a tenant, cooling included',
    ['tenant'],
  )
  const quota = gauge(registry, 'xpool_tenant_quota', 'Limits of a tenant; one without a limit has no series', [
    'tenant',
    'quota',
  ])

  for (const [i, counts] of pools.entries()) {
    const pool = i < namedSeriesMax ? counts.pool : otherName
    for (const [state, field] of Object.entries(numberStates)) poolNumbers.inc({ pool, state }, counts[field])
    poolBindings.inc({ pool, state: 'live' }, counts.liveBindings)
    poolBindings.inc({ pool, state: 'cooling' }, counts.coolingBindings)
    capacity.inc({ pool }, counts.capacity)
  }
  for (const [i, counts] of tenants.entries()) {
    const isNamed = i < namedSeriesMax
    const tenant = isNamed ? counts.tenant : otherName
    live.inc({ tenant }, counts.liveBindings)
    held.inc({ tenant }, counts.numbersHeld)
    // A sum of limits of many tenants limits nobody.
    if (!isNamed) continue
    for (const [name, field] of Object.entries(quotaNames)) {
      const limit = counts.quotas[field]
      if (limit !== undefined) quota.set({ tenant, quota: name }, limit)
    }
  }
  return registry
}

function gauge<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: Label[],
): Gauge<Label> {
  return new Gauge({ name, help, labelNames, registers: [registry] })
}
