/**
 * The directory's decisions on tenants and pools: pure, from what is there and
 * what is wanted to an answer and what happened. Numbers: decide-numbers.ts,
 * decide-states.ts and decide-removal.ts. Bans: decide-bans.ts.
 */
import type { Pool, Tenant } from '../core/directory.js'
import { limits } from '../core/limits.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import type { DirectoryCommand, PoolWanted } from './commands.js'
import { decideBan, decideUnban } from './decide-bans.js'
import { type AddFacts, decideAddNumbers } from './decide-numbers.js'
import { decideRemoval } from './decide-removal.js'
import { decideNumberState } from './decide-states.js'
import { type Decision, refused } from './decision.js'
import { changedPool, newPool } from './pool-options.js'
import { type DirectoryRefusal, isRefusal, refuse } from './refusal.js'
import type { DirectoryState } from './state.js'
import { changedTenant, newTenant } from './tenant-options.js'

/** @param facts what was looked up for an add-numbers command; the other commands need none */
export function decideDirectory(
  state: DirectoryState,
  command: DirectoryCommand,
  now: number,
  facts?: AddFacts,
): Decision {
  switch (command.type) {
    case 'create-tenant':
      return createTenant(state, command)
    case 'update-tenant':
      return updateTenant(state, command)
    case 'create-pool':
      return createPool(state, command)
    case 'update-pool':
      return updatePool(state, command)
    case 'add-numbers':
      if (facts === undefined) throw new Error('add-numbers is decided on prepared numbers')
      return decideAddNumbers(state, command, facts, now)
    case 'set-number-state':
      return decideNumberState(state, command)
    case 'remove-numbers':
      return decideRemoval(state, command)
    case 'ban':
      return decideBan(state, command, now)
    case 'unban':
      return decideUnban(state, command, now)
  }
}

function createTenant(state: DirectoryState, command: Extract<DirectoryCommand, { type: 'create-tenant' }>): Decision {
  const { name } = command
  const tenant = newTenant(state.tenantCount + 1, name, command.wanted)
  if (isRefusal(tenant)) return refused(tenant)
  if (state.tenantByName(name) !== undefined) {
    return refused(refuse('TENANT_EXISTS', `tenant ${name} exists`, 'tenant.name'))
  }
  if (state.tenantCount >= limits.tenants) {
    return refused(refuse('TOO_MANY', `there are ${limits.tenants} tenants, the most there can be`))
  }
  return { answer: { ok: true, tenant }, pages: [[{ type: 'tenant', tenant }]] }
}

function updateTenant(state: DirectoryState, command: Extract<DirectoryCommand, { type: 'update-tenant' }>): Decision {
  const present = state.tenantByName(command.name)
  if (present === undefined) {
    return refused(refuse('TENANT_NOT_FOUND', `there is no tenant ${command.name}`, 'tenant.name'))
  }
  const tenant = changedTenant(present, command.wanted)
  if (isRefusal(tenant)) return refused(tenant)
  return { answer: { ok: true, tenant }, pages: [[{ type: 'tenant', tenant }]] }
}

function createPool(state: DirectoryState, command: Extract<DirectoryCommand, { type: 'create-pool' }>): Decision {
  const { name, wanted } = command
  const blank = newPool(state.poolCount + 1, name, wanted, state.rules)
  if (isRefusal(blank)) return refused(blank)
  if (state.poolByName(name) !== undefined) {
    return refused(refuse('POOL_EXISTS', `pool ${name} exists`, 'pool.name'))
  }
  if (state.poolCount >= limits.pools) {
    return refused(refuse('TOO_MANY', `there are ${limits.pools} pools, the most there can be`))
  }
  const tenants = wantedTenants(state, wanted.tenants ?? [])
  if (isRefusal(tenants)) return refused(tenants)
  const home = commonHome(tenants, undefined)
  if (isRefusal(home)) return refused(home)
  return poolDecision(state, { ...blank, shard: home ?? emptiestShard(state) }, tenants)
}

function updatePool(state: DirectoryState, command: Extract<DirectoryCommand, { type: 'update-pool' }>): Decision {
  const { name, wanted } = command
  const present = state.poolByName(name)
  if (present === undefined) return refused(refuse('POOL_NOT_FOUND', `there is no pool ${name}`, 'pool.name'))
  const changed = changedPool(present, wanted, state.rules)
  if (isRefusal(changed)) return refused(changed)
  const tenants = wantedTenants(state, tenantNames(state, present, wanted))
  if (isRefusal(tenants)) return refused(tenants)
  const home = commonHome(tenants, present.shard)
  if (isRefusal(home)) return refused(home)
  return poolDecision(state, changed, tenants)
}

/** The pool with its tenants, each of which now has its shard for a home. */
function poolDecision(state: DirectoryState, blank: Pool, tenants: readonly Tenant[]): Decision {
  const inPool = fallbackFault(state, blank)
  if (inPool !== undefined) return refused(inPool)
  const pool = { ...blank, tenants: tenants.map((tenant) => tenant.id) }
  const settled = tenants
    .filter((tenant) => tenant.home === undefined)
    .map((tenant): DirectoryEvent => ({ type: 'tenant', tenant: { ...tenant, home: pool.shard } }))
  return { answer: { ok: true, pool }, pages: [[...settled, { type: 'pool', pool }]] }
}

function tenantNames(state: DirectoryState, pool: Pool, wanted: PoolWanted): readonly string[] {
  if (wanted.tenants === null) return []
  return wanted.tenants ?? pool.tenants.flatMap((id) => state.tenant(id)?.name ?? [])
}

function wantedTenants(state: DirectoryState, names: readonly string[]): Tenant[] | DirectoryRefusal {
  const field = 'pool.tenants'
  if (names.length > limits.tenantsPerPool) {
    return refuse('TOO_MANY', `${field} has ${names.length} names; at most ${limits.tenantsPerPool}`, field)
  }
  const found = new Map<string, Tenant>()
  for (let i = 0; i < names.length; i += 1) {
    const tenant = state.tenantByName(names[i]!)
    if (tenant === undefined) {
      return refuse('TENANT_NOT_FOUND', `${field}[${i}] names no tenant that exists`, `${field}[${i}]`)
    }
    found.set(tenant.name, tenant)
  }
  return [...found.values()]
}

/**
 * The one shard that tenants may share a pool on; undefined while none has a home.
 * @param shard that of the pool, where it has one already
 */
function commonHome(tenants: readonly Tenant[], shard: number | undefined): number | undefined | DirectoryRefusal {
  let home = shard
  for (const tenant of tenants) {
    if (tenant.home === undefined || tenant.home === home) continue
    if (home !== undefined) {
      const message = `tenant ${tenant.name} has its pools on shard ${tenant.home}, this pool would be on shard ${home}`
      return refuse('TENANTS_ON_DIFFERENT_SHARDS', message, 'pool.tenants', { tenant: tenant.name })
    }
    home = tenant.home
  }
  return home
}

/** Fewest pools, for their numbers come later; then fewest numbers, then the first. */
function emptiestShard(state: DirectoryState): number {
  let best = 0
  for (let shard = 1; shard < state.shards; shard += 1) {
    const there = state.load(shard)
    const least = state.load(best)
    if (there.pools < least.pools || (there.pools === least.pools && there.numbers < least.numbers)) best = shard
  }
  return best
}

/** A fallback number that is itself lent out would reach a stranger. */
function fallbackFault(state: DirectoryState, pool: Pool): DirectoryRefusal | undefined {
  if (pool.fallbackNumber === '' || state.number(pool.fallbackNumber) === undefined) return undefined
  return refuse('INVALID_NUMBER', 'pool.fallback_number is itself in a pool', 'pool.fallback_number')
}
