/** The directory's decisions on bans. Pure. */
import { canonicalNumber } from '../core/canonical-number.js'
import type { Ban } from '../core/directory.js'
import { limits } from '../core/limits.js'
import { banKeyOf, isInForce } from '../store/directory-ban-row.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import type { DirectoryCommand } from './commands.js'
import { type Decision, refused } from './decision.js'
import { textFault } from './fields.js'
import { directoryLimits } from './limits.js'
import { type DirectoryRefusal, isRefusal, refuse } from './refusal.js'
import type { DirectoryState } from './state.js'

type BanCommand = Extract<DirectoryCommand, { type: 'ban' }>
type UnbanCommand = Extract<DirectoryCommand, { type: 'unban' }>
/** Whom a ban keeps from whom. */
type Target = Pick<Ban, 'caller' | 'callee' | 'tenant'>

/** The same again changes nothing; another end or reason makes it anew. */
export function decideBan(state: DirectoryState, command: BanCommand, now: number): Decision {
  const target = targetOf(state, command)
  if (isRefusal(target)) return refused(target)
  const { untilMs, reason } = command
  const fault = untilFault(untilMs, now) ?? textFault(reason, limits.textBytes, 'reason')
  if (fault !== undefined) return refused(fault)
  const present = state.ban(banKeyOf(target))
  if (present !== undefined && isInForce(present, now) && present.untilMs === untilMs && present.reason === reason) {
    return { answer: { ok: true }, pages: [] }
  }
  const replaces = present !== undefined
  if (!replaces && state.banCount >= limits.bans) {
    return refused(refuse('TOO_MANY', `there are ${limits.bans} bans, the most there can be`))
  }
  const ban: Ban = { ...target, untilMs, reason, sinceMs: now }
  return { answer: { ok: true }, pages: [[{ type: 'ban', ban, replaces }]] }
}

/** Lifts that very ban and no other; one that has run out was none. */
export function decideUnban(state: DirectoryState, command: UnbanCommand, now: number): Decision {
  const target = targetOf(state, command)
  if (isRefusal(target)) return refused(target)
  const key = banKeyOf(target)
  const present = state.ban(key)
  if (present === undefined) return { answer: { ok: true, lifted: false }, pages: [] }
  return { answer: { ok: true, lifted: isInForce(present, now) }, pages: [[{ type: 'bans-dropped', keys: key }]] }
}

/** Drops what has run out of the bans that were looked at. */
export function decideBanSweep(
  looked: readonly { readonly key: Uint8Array; readonly ban: Ban }[],
  now: number,
): DirectoryEvent[] {
  const over = looked.filter(({ ban }) => !isInForce(ban, now)).slice(0, directoryLimits.bansPerPage)
  if (over.length === 0) return []
  return [{ type: 'bans-dropped', keys: Buffer.concat(over.map(({ key }) => key)) }]
}

function targetOf(state: DirectoryState, asked: BanCommand | UnbanCommand): Target | DirectoryRefusal {
  const caller = canonicalNumber(asked.caller, state.rules)
  if (caller === undefined) return refuse('INVALID_NUMBER', 'caller is not 3 to 20 digits', 'caller')
  const callee = asked.callee === '' ? undefined : canonicalNumber(asked.callee, state.rules)
  if (asked.callee !== '' && callee === undefined) {
    return refuse('INVALID_NUMBER', 'callee is not 3 to 20 digits', 'callee')
  }
  if (asked.tenant === '') return { caller, callee, tenant: undefined }
  const tenant = state.tenantByName(asked.tenant)
  if (tenant === undefined) return refuse('TENANT_NOT_FOUND', `there is no tenant ${asked.tenant}`, 'tenant')
  return { caller, callee, tenant: tenant.id }
}

function untilFault(untilMs: number | undefined, now: number): DirectoryRefusal | undefined {
  if (untilMs === undefined) return undefined
  if (Number.isSafeInteger(untilMs) && untilMs > now && untilMs < limits.timeMs) return undefined
  return refuse('INVALID_OPTION', `until_ms must lie ahead of now, and below ${limits.timeMs}`, 'until_ms')
}
