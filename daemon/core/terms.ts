/** Windows and call options: what was asked for, the defaults of pool and tenant, and the bounds of both. */
import type { Digits, Medium, Mode, Terms } from './binding.js'
import type { AllocateCommand, Refusal, WantedTerms } from './commands.js'
import type { Pool, Tenant } from './directory.js'
import { defaults, limits } from './limits.js'
import { modes } from './modes.js'
import { refuse } from './refusal.js'

export interface Window {
  readonly startMs: number
  readonly endMs: number
}

type Checked<T> = { readonly value: T } | { readonly refusal: Refusal }

const badWindow = (field: string, message: string): { refusal: Refusal } => ({
  refusal: refuse('INVALID_WINDOW', message, { field }),
})

const badOption = (field: string, message: string): { refusal: Refusal } => ({
  refusal: refuse('INVALID_OPTION', message, { field }),
})

/** The window of an Allocate at `now`. */
export function windowOf(command: AllocateCommand, pool: Pool, tenant: Tenant, now: number): Checked<Window> {
  const asked = command.startMs ?? now
  if (asked < now - limits.startInPastMs) {
    return badWindow(
      'start_ms',
      `start_ms lies ${now - asked} ms in the past, at most ${limits.startInPastMs} ms is taken for now`,
    )
  }
  const startMs = Math.max(asked, now)
  const end = endOf(command, pool, startMs)
  if (end === undefined) return badWindow('expiry', 'the pool has no default_ttl_ms: give end_ms or ttl_ms')
  const { endMs, field } = end
  if (endMs <= startMs) return badWindow(field, `the window would end at ${endMs}, not after its start at ${startMs}`)
  if (endMs >= limits.timeMs) return badWindow(field, `times lie below ${limits.timeMs}`)
  const { maxWindowMs, maxBookingAheadMs } = tenant.policies
  if (endMs - startMs > maxWindowMs) return badWindow(field, `the window is longer than the tenant's ${maxWindowMs} ms`)
  if (startMs - now > maxBookingAheadMs) {
    return badWindow('start_ms', `the start lies further ahead than the tenant's ${maxBookingAheadMs} ms`)
  }
  return { value: { startMs, endMs } }
}

function endOf(command: AllocateCommand, pool: Pool, startMs: number): { endMs: number; field: string } | undefined {
  if (command.endMs !== undefined) return { endMs: command.endMs, field: 'end_ms' }
  const ttlMs = command.ttlMs ?? pool.defaultTtlMs
  return ttlMs === undefined ? undefined : { endMs: startMs + ttlMs, field: 'ttl_ms' }
}

const allMedia: readonly Medium[] = ['VOICE', 'SMS']

/** The options of a new binding. */
export function newTerms(wanted: WantedTerms, pool: Pool, tenant: Tenant): Checked<Terms> {
  // A grace without a cooldown of its own raises the cooldown; the keys must stay owned while calls still pass.
  const base: Terms = {
    graceMs: 0,
    graceDirection: 'BOTH',
    cooldownMs: Math.max(pool.cooldownMs, wanted.graceMs ?? 0),
    direction: 'BOTH',
    media: allMedia,
    maxCallMs: pool.maxCallMs,
    maxCalls: 0,
    releaseOnHangup: false,
    record: false,
    callback: 'NONE',
    callbackNumber: '',
    callbackWindowMs: defaults.callbackWindowMs,
  }
  return checkTerms(merge(base, wanted), wanted, pool, tenant)
}

/** The options of a binding after an update; only what changes is judged. */
export function changedTerms(before: Terms, wanted: WantedTerms, pool: Pool, tenant: Tenant): Checked<Terms> {
  return checkTerms(merge(before, wanted), wanted, pool, tenant)
}

function merge(base: Terms, wanted: WantedTerms): Terms {
  const callback = wanted.callback ?? base.callback
  return {
    graceMs: wanted.graceMs ?? base.graceMs,
    graceDirection: wanted.graceDirection ?? base.graceDirection,
    cooldownMs: wanted.cooldownMs ?? base.cooldownMs,
    direction: wanted.direction ?? base.direction,
    media: wanted.media.length > 0 ? wanted.media : base.media,
    maxCallMs: wanted.maxCallMs ?? base.maxCallMs,
    maxCalls: wanted.maxCalls ?? base.maxCalls,
    releaseOnHangup: wanted.releaseOnHangup ?? base.releaseOnHangup,
    record: wanted.record ?? base.record,
    callback,
    callbackNumber: callback === 'FIXED' ? (wanted.callbackNumber ?? base.callbackNumber) : '',
    callbackWindowMs: wanted.callbackWindowMs ?? base.callbackWindowMs,
  }
}

function checkTerms(terms: Terms, wanted: WantedTerms, pool: Pool, tenant: Tenant): Checked<Terms> {
  if (terms.graceMs > terms.cooldownMs) {
    return badWindow('grace_ms', `a grace of ${terms.graceMs} ms outlasts the cooldown of ${terms.cooldownMs} ms`)
  }
  const { minCooldownMs, maxCooldownMs } = pool
  const judged = wanted.cooldownMs !== undefined || wanted.graceMs !== undefined
  if (judged && terms.cooldownMs > maxCooldownMs) {
    const field = wanted.cooldownMs === undefined ? 'grace_ms' : 'cooldown_ms'
    return badWindow(field, `the pool's longest cooldown is ${maxCooldownMs} ms`)
  }
  if (wanted.cooldownMs !== undefined && terms.cooldownMs < minCooldownMs) {
    return badWindow('cooldown_ms', `the pool's shortest cooldown is ${minCooldownMs} ms`)
  }
  if (terms.callback === 'FIXED' && terms.callbackNumber === '') {
    return badOption('callback_number', 'CALLBACK_FIXED needs a callback_number')
  }
  const permitted = tenant.policies.media
  const forbidden = permitted.length === 0 ? undefined : terms.media.find((medium) => !permitted.includes(medium))
  if (forbidden !== undefined) {
    const message = `the tenant is not permitted ${forbidden}; name the permitted media in the request`
    return { refusal: refuse('MEDIA_NOT_PERMITTED', message, { field: 'media' }) }
  }
  return { value: terms }
}

/** What only the mode and the parties tell of a call-back: whether there is one, and that A does not call itself. */
export function checkCallback(mode: Mode, a: Digits, { callback, callbackNumber }: Terms): Refusal | undefined {
  if (callback === 'NONE') return undefined
  if (!modes[mode].hasCallback) {
    return refuse('INVALID_OPTION', `mode ${mode} has no call-back`, { field: 'callback' })
  }
  if (callback !== 'FIXED' || callbackNumber !== a) return undefined
  return refuse('SAME_PARTY', 'callback_number repeats a', { field: 'callback_number' })
}
