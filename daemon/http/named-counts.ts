/** What the shards count, by the names that operators know. */
import type { Quotas } from '../core/directory.js'
import type { DirectoryView } from '../directory/view.js'
import type { ShardClient } from '../shard/shard-client.js'

export type ShardCounts = Awaited<ReturnType<ShardClient['counts']>>
type PoolCounts = ShardCounts['pools'][number]

export interface NamedPool extends Omit<PoolCounts, 'pool'> {
  readonly pool: string
}

interface NamedTenant {
  readonly tenant: string
  readonly liveBindings: number
  readonly numbersHeld: number
  readonly quotas: Quotas
}

export interface NamedCounts {
  readonly pools: readonly NamedPool[]
  readonly tenants: readonly NamedTenant[]
}

/** In order of name. A pool or tenant is whole on one shard, so nothing is summed. */
export function namedCounts(
  shards: readonly ShardCounts[],
  directory: Pick<DirectoryView, 'pool' | 'tenant'>,
): NamedCounts {
  const pools = shards
    .flatMap((shard) => shard.pools)
    .flatMap((counts): NamedPool[] => {
      const pool = directory.pool(counts.pool)
      return pool === undefined ? [] : [{ ...counts, pool: pool.name }]
    })
  const tenants = shards
    .flatMap((shard) => shard.tenants)
    .flatMap(({ tenant: id, liveBindings, numbersHeld }): NamedTenant[] => {
      const tenant = directory.tenant(id)
      return tenant === undefined ? [] : [{ tenant: tenant.name, liveBindings, numbersHeld, quotas: tenant.quotas }]
    })
  return {
    pools: pools.sort((one, other) => byName(one.pool, other.pool)),
    tenants: tenants.sort((one, other) => byName(one.tenant, other.tenant)),
  }
}

function byName(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
