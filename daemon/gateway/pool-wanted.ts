/** What a Pool message asks of the directory. Ranges and canonical numbers are the directory's to check. */
import { limits } from '../core/limits.js'
import type { PoolWanted } from '../directory/commands.js'
import type { Pool as PoolMessage } from '../generated/xpool/v1/administration.js'
import type { Check } from './check.js'
import { readMask, unlessEmpty } from './update-mask.js'
import { selectionWords, unmatchedWords } from './wire-words.js'

const paths = [
  'tenants',
  'selection',
  'cooldown_ms',
  'min_cooldown_ms',
  'max_cooldown_ms',
  'max_bindings_per_number',
  'unmatched',
  'fallback_number',
  'default_ttl_ms',
  'max_call_ms',
  'extension_digits',
  'low_numbers',
  'spare_percent',
]

export function readPoolWanted(check: Check, pool: PoolMessage, mask: readonly string[] | undefined): PoolWanted {
  const asked = readMask(check, mask, paths)
  const whole = (name: string, value: number | undefined) =>
    asked(name, check.integerIfGiven(`pool.${name}`, value, 0, Number.MAX_SAFE_INTEGER))
  return {
    tenants: asked('tenants', unlessEmpty(readTenants(check, pool.tenants))),
    selection: asked('selection', check.word('pool.selection', selectionWords, pool.selection)),
    cooldownMs: whole('cooldown_ms', pool.cooldownMs),
    minCooldownMs: whole('min_cooldown_ms', pool.minCooldownMs),
    maxCooldownMs: whole('max_cooldown_ms', pool.maxCooldownMs),
    maxBindingsPerNumber: whole('max_bindings_per_number', pool.maxBindingsPerNumber),
    unmatched: asked('unmatched', check.word('pool.unmatched', unmatchedWords, pool.unmatched)),
    fallbackNumber: asked('fallback_number', readFallback(check, pool.fallbackNumber)),
    defaultTtlMs: whole('default_ttl_ms', pool.defaultTtlMs),
    maxCallMs: whole('max_call_ms', pool.maxCallMs),
    extensionDigits: whole('extension_digits', pool.extensionDigits),
    lowNumbers: whole('low_numbers', pool.lowNumbers),
    sparePercent: whole('spare_percent', pool.sparePercent),
  }
}

function readTenants(check: Check, tenants: readonly string[]): readonly string[] {
  if (tenants.length > limits.tenantsPerPool) {
    check.refuse('TOO_MANY', 'pool.tenants', `pool.tenants holds at most ${limits.tenantsPerPool}`)
    return []
  }
  return tenants.map((tenant, i) => check.text(`pool.tenants[${i}]`, tenant, limits.nameChars))
}

/** As it was sent: the directory makes every number canonical that it is given, and once is enough. */
function readFallback(check: Check, raw: string | undefined): string | undefined {
  return raw === undefined ? undefined : check.text('pool.fallback_number', raw)
}
