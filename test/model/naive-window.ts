/** Windows and call options of a request with their defaults, or what is wrong with them. */
import type { Terms } from '../../daemon/core/binding.js'
import type { AllocateCommand, RefusalReason, WantedTerms } from '../../daemon/core/commands.js'
import type { Pool, Tenant } from '../../daemon/core/directory.js'

/** Refusals that fit a fault of a window or an option. */
export const windowReasons: readonly RefusalReason[] = ['INVALID_WINDOW', 'INVALID_OPTION']

export interface Window {
  readonly start: number
  readonly end: number
}

const endOfTimes = 4_102_444_800_000
const inPastMs = 60_000

export function windowOf(command: AllocateCommand, pool: Pool, tenant: Tenant, now: number): Window | undefined {
  if (command.startMs !== undefined && command.startMs < now - inPastMs) return undefined
  const start = Math.max(now, command.startMs ?? now)
  const ttl = command.ttlMs ?? (command.endMs === undefined ? pool.defaultTtlMs : undefined)
  if (command.ttlMs !== undefined && command.ttlMs < 1) return undefined
  const end = command.endMs ?? (ttl === undefined ? undefined : start + ttl)
  if (end === undefined || end <= start || end >= endOfTimes) return undefined
  if (end - start > tenant.policies.maxWindowMs) return undefined
  if (start - now > tenant.policies.maxBookingAheadMs) return undefined
  return { start, end }
}

/** `old` is undefined for an Allocate: then what is absent takes its default, else it stays. */
export function termsOf(wanted: WantedTerms, pool: Pool, old: Terms | undefined): Terms | undefined {
  const graceMs = wanted.graceMs ?? old?.graceMs ?? 0
  const usualCooldown = old?.cooldownMs ?? pool.cooldownMs
  const cooldownMs = wanted.cooldownMs ?? Math.max(usualCooldown, graceMs)
  const callback = wanted.callback ?? old?.callback ?? 'NONE'
  const maxCallMs = wanted.maxCallMs ?? old?.maxCallMs ?? pool.maxCallMs
  if (graceMs < 0 || graceMs > cooldownMs) return undefined
  const touched = old === undefined || wanted.cooldownMs !== undefined || wanted.graceMs !== undefined
  if (touched && (cooldownMs < pool.minCooldownMs || cooldownMs > pool.maxCooldownMs)) return undefined
  return {
    graceMs,
    cooldownMs,
    maxCallMs,
    graceDirection: wanted.graceDirection ?? old?.graceDirection ?? 'BOTH',
    direction: wanted.direction ?? old?.direction ?? 'BOTH',
    media: wanted.media.length > 0 ? wanted.media : (old?.media ?? ['VOICE', 'SMS']),
    maxCalls: wanted.maxCalls ?? old?.maxCalls ?? 0,
    releaseOnHangup: wanted.releaseOnHangup ?? old?.releaseOnHangup ?? false,
    record: wanted.record ?? old?.record ?? false,
    callback,
    callbackNumber: callback === 'FIXED' ? (wanted.callbackNumber ?? old?.callbackNumber ?? '') : '',
    callbackWindowMs: wanted.callbackWindowMs ?? old?.callbackWindowMs ?? 86_400_000,
  }
}

/** FIXED needs a number, and not A's own. */
export function callbackFaults({ callback, callbackNumber }: Terms, a: string): RefusalReason[] {
  if (callback !== 'FIXED' || (callbackNumber !== '' && callbackNumber !== a)) return []
  return ['INVALID_NUMBER', 'INVALID_OPTION', 'SAME_PARTY']
}

/** Calendar day of a tenant, days since the epoch. */
export function dayOf(tenant: Tenant, atMs: number): number {
  return Math.floor((atMs + tenant.utcOffsetMinutes * 60_000) / 86_400_000)
}
