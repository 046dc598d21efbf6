/** GetStats: what the shards count, by pool and tenant, under their names. */
import type { PoolId, TenantId } from '../core/binding.js'
import { limits } from '../core/limits.js'
import type { GetStatsRequest, GetStatsResponse, PoolStats, TenantStats } from '../generated/xpool/v1/administration.js'
import type { ShardClient } from '../shard/shard-client.js'
import type { AdministrationParts } from './administration-parts.js'
import { Check } from './check.js'
import { quotasMessage } from './directory-messages.js'
import type { Failure } from './failure.js'
import { poolNotFound } from './place-command.js'

type ShardCounts = Awaited<ReturnType<ShardClient['counts']>>
type PoolCounts = ShardCounts['pools'][number]
type TenantCounts = ShardCounts['tenants'][number]

export async function getStats(
  request: GetStatsRequest,
  parts: AdministrationParts,
): Promise<GetStatsResponse | Failure> {
  const { directory, shards, shardClient, clock } = parts
  const check = new Check(parts.rules)
  check.text('pool', request.pool, limits.nameChars)
  if (check.fault !== undefined) return check.fault
  directory.refresh()
  const only = request.pool === '' ? undefined : directory.poolByName(request.pool)
  if (only === undefined && request.pool !== '') return poolNotFound
  const asked = only === undefined ? shards.map((_, shard) => shard) : [only.shard]
  const counts = await Promise.all(asked.map((shard) => shardClient.counts(shard)))
  directory.refresh()
  const ofPool = (pool: PoolId) => only === undefined || pool === only.id
  const ofTenant = (tenant: TenantId) => only === undefined || only.tenants.includes(tenant)
  return {
    pools: counts
      .flatMap(({ pools }) => pools.filter(({ pool }) => ofPool(pool)))
      .map((one) => poolStats(one, parts))
      .sort((one, other) => order(one.pool, other.pool)),
    tenants: counts
      .flatMap(({ tenants }) => tenants.filter(({ tenant }) => ofTenant(tenant)))
      .map((one) => tenantStats(one, parts))
      .sort((one, other) => order(one.tenant, other.tenant)),
    nowMs: clock.now(),
  }
}

function order(one: string, other: string): number {
  return one < other ? -1 : 1
}

function poolStats(counts: PoolCounts, { directory }: AdministrationParts): PoolStats {
  return { ...counts, pool: directory.pool(counts.pool)?.name ?? '' }
}

function tenantStats(counts: TenantCounts, { directory }: AdministrationParts): TenantStats {
  const tenant = directory.tenant(counts.tenant)
  return { ...counts, tenant: tenant?.name ?? '', quotas: tenant && quotasMessage(tenant.quotas) }
}
