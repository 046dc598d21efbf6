/**
 * A tenant's quotas, exact because one shard decides all of its allocations
 * (I4). Nothing is counted twice: bindings of a party are counted along the
 * chain of its key, the rest stands in the state's counters.
 */
import type { Digits, PoolId, TenantId } from './binding.js'
import type { Refusal } from './commands.js'
import { refuse } from './refusal.js'
import type { ShardState } from './state.js'
import type { TenantState } from './tenant-state.js'

/** Quota live_bindings: acknowledged and not ended, over all pools. */
export function checkLiveBindings(state: ShardState, tenant: TenantState): Refusal | undefined {
  const limit = tenant.facts.quotas.liveBindings
  const { id, name } = tenant.facts
  if (limit === undefined || state.liveOf(id) < limit) return undefined
  const nextMs = state.ends.nextMs()
  return refuse(
    'QUOTA_LIVE_BINDINGS',
    `tenant ${name} has ${state.liveOf(id)} live bindings, its limit is ${limit}`,
    Number.isFinite(nextMs) && limit > 0 ? { retryAtMs: nextMs } : {},
  )
}

/**
 * Quota live_bindings_per_party: per tenant and pool.
 * @param field the proto field of the party, for the error
 */
export function checkPerParty(
  state: ShardState,
  tenant: TenantState,
  pool: PoolId,
  party: Digits,
  field: string,
): Refusal | undefined {
  const limit = tenant.facts.quotas.liveBindingsPerParty
  if (limit === undefined) return undefined
  const { live, nextEndMs } = liveOfParty(state, tenant.facts.id, pool, party)
  if (live < limit) return undefined
  return refuse('QUOTA_PER_PARTY', `the party has ${live} live bindings in this pool, the tenant's limit is ${limit}`, {
    field,
    ...(Number.isFinite(nextEndMs) && limit > 0 ? { retryAtMs: nextEndMs } : {}),
  })
}

/** Quota allocations_per_party_per_day, by the tenant's own calendar. */
export function checkPerDay(tenant: TenantState, party: Digits, field: string, now: number): Refusal | undefined {
  const limit = tenant.facts.quotas.allocationsPerPartyPerDay
  if (limit === undefined) return undefined
  const today = tenant.allocationsToday(party, now)
  if (today < limit) return undefined
  return refuse(
    'QUOTA_PER_PARTY_PER_DAY',
    `the party has had ${today} allocations today, the tenant's limit is ${limit}`,
    {
      field,
      ...(limit > 0 ? { retryAtMs: tenant.dayStartMs(now) + 24 * 3_600_000 } : {}),
    },
  )
}

/** How many more numbers the tenant may hold; Infinity without a quota. */
export function mayHold(state: ShardState, tenant: TenantState): number {
  const limit = tenant.facts.quotas.numbersHeld
  return limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - state.numbersHeldBy(tenant.facts.id))
}

/** Live bindings in which the number is a party (a, b, member), of one tenant in one pool: O(k). */
function liveOfParty(
  state: ShardState,
  tenant: TenantId,
  pool: PoolId,
  party: Digits,
): { live: number; nextEndMs: number } {
  const { keys, reservations, bindings } = state
  const seen = new Set<number>()
  let nextEndMs = Number.POSITIVE_INFINITY
  const key = keys.findParty(party)
  if (key === 0) return { live: 0, nextEndMs }
  for (let slot = keys.head.get(key); slot !== 0; slot = reservations.nextOfKey.get(slot)) {
    const binding = reservations.binding.get(slot)
    if (!reservations.callerIsParty(slot) || bindings.isEnded(binding)) continue
    if (bindings.tenant.get(binding) !== tenant || bindings.pool(binding) !== pool) continue
    seen.add(binding)
    nextEndMs = Math.min(nextEndMs, bindings.endMs.get(binding))
  }
  return { live: seen.size, nextEndMs }
}
