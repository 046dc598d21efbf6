/** A pool from what was asked for: defaults filled in, ranges and relations checked. */
import type { PoolId } from '../core/binding.js'
import { canonicalNumber, type NumberRule } from '../core/canonical-number.js'
import type { Pool } from '../core/directory.js'
import { defaults, limits } from '../core/limits.js'
import type { PoolWanted } from './commands.js'
import { chosen, nameFault, rangeFault } from './fields.js'
import { directoryLimits } from './limits.js'
import { type DirectoryRefusal, isRefusal, refuse } from './refusal.js'

const sparePercentMax = 90
const extensionDigitsMax = 8

const blankPool: Omit<Pool, 'id' | 'name' | 'shard'> = {
  tenants: [],
  selection: 'PACK',
  cooldownMs: defaults.cooldownMs,
  minCooldownMs: defaults.minCooldownMs,
  maxCooldownMs: defaults.maxCooldownMs,
  maxBindingsPerNumber: defaults.bindingsPerNumber,
  unmatched: 'REJECT',
  fallbackNumber: '',
  defaultTtlMs: undefined,
  maxCallMs: defaults.maxCallMs,
  extensionDigits: defaults.extensionDigits,
  lowNumbers: 0,
  sparePercent: defaults.sparePercent,
}

/** A new pool; who may use it and where it lives are decided by the caller. */
export function newPool(
  id: PoolId,
  name: string,
  wanted: PoolWanted,
  rules: readonly NumberRule[],
): Pool | DirectoryRefusal {
  const badName = nameFault(name, 'pool.name')
  if (badName !== undefined) return badName
  // A default that nobody asked for gives way to the bounds that somebody did.
  const atLeast = wanted.minCooldownMs ?? blankPool.minCooldownMs
  const atMost = wanted.maxCooldownMs ?? blankPool.maxCooldownMs
  const cooldownMs = wanted.cooldownMs ?? Math.max(atLeast, Math.min(blankPool.cooldownMs, atMost))
  return changedPool({ ...blankPool, id, name, shard: 0 }, { ...wanted, cooldownMs }, rules)
}

/** The pool after an update; what is not asked for stays. Its tenants are left as they are. */
export function changedPool(pool: Pool, wanted: PoolWanted, rules: readonly NumberRule[]): Pool | DirectoryRefusal {
  const blank = blankPool
  const unmatched = chosen(wanted.unmatched, pool.unmatched, blank.unmatched)
  const fallback = fallbackNumber(pool, wanted, unmatched, rules)
  if (isRefusal(fallback)) return fallback
  const changed: Pool = {
    ...pool,
    selection: chosen(wanted.selection, pool.selection, blank.selection),
    cooldownMs: chosen(wanted.cooldownMs, pool.cooldownMs, blank.cooldownMs),
    minCooldownMs: chosen(wanted.minCooldownMs, pool.minCooldownMs, blank.minCooldownMs),
    maxCooldownMs: chosen(wanted.maxCooldownMs, pool.maxCooldownMs, blank.maxCooldownMs),
    maxBindingsPerNumber: chosen(wanted.maxBindingsPerNumber, pool.maxBindingsPerNumber, blank.maxBindingsPerNumber),
    unmatched,
    fallbackNumber: fallback,
    defaultTtlMs: chosen(wanted.defaultTtlMs, pool.defaultTtlMs, blank.defaultTtlMs),
    maxCallMs: chosen(wanted.maxCallMs, pool.maxCallMs, blank.maxCallMs),
    extensionDigits: chosen(wanted.extensionDigits, pool.extensionDigits, blank.extensionDigits),
    lowNumbers: chosen(wanted.lowNumbers, pool.lowNumbers, blank.lowNumbers),
    sparePercent: chosen(wanted.sparePercent, pool.sparePercent, blank.sparePercent),
  }
  return poolFault(changed) ?? changed
}

function fallbackNumber(
  pool: Pool,
  wanted: PoolWanted,
  unmatched: Pool['unmatched'],
  rules: readonly NumberRule[],
): string | DirectoryRefusal {
  const field = 'pool.fallback_number'
  const given = wanted.fallbackNumber ?? ''
  if (unmatched === 'REJECT') {
    if (given === '') return ''
    return refuse('INVALID_OPTION', `${field} needs pool.unmatched UNMATCHED_FALLBACK`, field)
  }
  if (wanted.fallbackNumber === undefined && pool.fallbackNumber !== '') return pool.fallbackNumber
  if (given === '') return refuse('INVALID_OPTION', `pool.unmatched UNMATCHED_FALLBACK needs ${field}`, field)
  return canonicalNumber(given, rules) ?? refuse('INVALID_NUMBER', `${field} is not 3 to 20 digits`, field)
}

function poolFault(pool: Pool): DirectoryRefusal | undefined {
  const option = (name: string, value: number | undefined, min: number, max: number) => ({
    field: `pool.${name}`,
    value,
    min,
    max,
  })
  const outOfRange = rangeFault([
    option('min_cooldown_ms', pool.minCooldownMs, 0, limits.cooldownMs),
    option('max_cooldown_ms', pool.maxCooldownMs, 0, limits.cooldownMs),
    option('cooldown_ms', pool.cooldownMs, 0, limits.cooldownMs),
    option('max_bindings_per_number', pool.maxBindingsPerNumber, 1, limits.bindingsPerNumberMax),
    option('default_ttl_ms', pool.defaultTtlMs, 1, limits.timeMs - 1),
    option('max_call_ms', pool.maxCallMs, limits.callMsMin, limits.callMsMax),
    option('extension_digits', pool.extensionDigits, 1, extensionDigitsMax),
    option('low_numbers', pool.lowNumbers, 0, directoryLimits.ordinalsPerShard),
    option('spare_percent', pool.sparePercent, 0, sparePercentMax),
  ])
  return outOfRange ?? cooldownFault(pool)
}

function cooldownFault(pool: Pool): DirectoryRefusal | undefined {
  const { minCooldownMs: min, cooldownMs: usual, maxCooldownMs: max } = pool
  if (min > max) {
    const field = 'pool.min_cooldown_ms'
    return refuse('INVALID_OPTION', `${field} ${min} lies above pool.max_cooldown_ms ${max}`, field)
  }
  if (usual >= min && usual <= max) return undefined
  const field = 'pool.cooldown_ms'
  return refuse('INVALID_OPTION', `${field} ${usual} lies outside ${min} to ${max}, the pool's own bounds`, field)
}
