/**
 * Who is this caller, on this number, right now, to be put through to? The
 * order of domain.md ("Resolve, in this order"), each step a function:
 *
 *   1 number -> 2 its state -> 3 route -> 4 none: unmatched
 *                                \-> (2) shown number's state -> 5 time -> 6 tenant -> 7 the call -> 8 CONNECT
 *
 * Pure, and lazy: a fact is asked for only when its step is reached, so that
 * the commonest answer costs one look-up of the number and one of the route.
 * Bans and risk rules belong to step 6, counts of calls and the last caller to
 * step 7: each is one more fact and one more line in its step.
 */
import type { Digits, Medium, PoolId, TenantId } from './binding.js'
import { type NumberRecord, type Pool, rejectsCalls, type Tenant } from './directory.js'
import { type Reservation, speaking } from './reservation.js'

export interface Question {
  /** The dialled number, canonical. */
  readonly number: Digits
  /** undefined: withheld. */
  readonly caller: Digits | undefined
  /** Empty: none was dialled. */
  readonly extension: string
  readonly medium: Medium
}

/** What the answer stands on, looked up when asked for. Reservations come in order of start. */
export interface ResolveFacts {
  number(digits: Digits): NumberRecord | undefined
  pool(id: PoolId): Pool | undefined
  tenant(id: TenantId): Tenant | undefined
  exact(number: NumberRecord, caller: Digits): readonly Reservation[]
  extension(number: NumberRecord, extension: string): readonly Reservation[]
  any(number: NumberRecord): readonly Reservation[]
  /** Whether an extension route of this number is owned at `nowMs`, cooldown included. */
  hasExtensions(number: NumberRecord, nowMs: number): boolean
}

export type RejectReason =
  | 'UNKNOWN_NUMBER'
  | 'NUMBER_FROZEN'
  | 'ANONYMOUS_CALLER'
  | 'NO_BINDING'
  | 'NOT_STARTED'
  | 'ENDED'
  | 'TENANT_SUSPENDED'
  | 'DIRECTION_NOT_ALLOWED'
  | 'MEDIA_NOT_ALLOWED'
  | 'NO_CALLBACK'

/** Where an answer comes from: the number's record and the reservation that decided. */
export interface Source {
  readonly number: NumberRecord
  readonly reservation: Reservation
}

export type Answer =
  | { readonly outcome: 'REJECT'; readonly reason: RejectReason; readonly source: Source | undefined }
  | { readonly outcome: 'COLLECT_EXTENSION'; readonly digits: number }
  | { readonly outcome: 'FALLBACK'; readonly callee: Digits; readonly maxCallMs: number }
  | {
      readonly outcome: 'CONNECT'
      readonly source: Source
      readonly tenant: Tenant
      /** The binding has ended, and this is a permitted call-back. */
      readonly grace: boolean
    }

/** @param nowMs process clock, read after the facts' snapshot was renewed (I9) */
export function resolve(question: Question, facts: ResolveFacts, nowMs: number): Answer {
  const number = facts.number(question.number)
  if (number === undefined) return reject('UNKNOWN_NUMBER')
  if (rejectsCalls(number.state)) return reject('NUMBER_FROZEN')
  const reservation = routeOf(question, number, facts, nowMs)
  if (reservation === undefined) return unmatched(question, number, facts, nowMs)
  return decided(question, { number, reservation }, facts, nowMs)
}

function reject(reason: RejectReason, source?: Source): Answer {
  return { outcome: 'REJECT', reason, source }
}

/** Step 3. */
function routeOf(
  { caller, extension }: Question,
  number: NumberRecord,
  facts: ResolveFacts,
  nowMs: number,
): Reservation | undefined {
  if (extension !== '' && facts.hasExtensions(number, nowMs)) {
    return speaking(facts.extension(number, extension), nowMs)
  }
  const exact = caller === undefined ? undefined : speaking(facts.exact(number, caller), nowMs)
  return exact ?? speaking(facts.any(number), nowMs)
}

/** Step 4. */
function unmatched(question: Question, number: NumberRecord, facts: ResolveFacts, nowMs: number): Answer {
  const pool = facts.pool(number.pool)
  if (question.extension === '' && facts.hasExtensions(number, nowMs)) {
    if (pool !== undefined) return { outcome: 'COLLECT_EXTENSION', digits: pool.extensionDigits }
  }
  if (question.caller === undefined) return reject('ANONYMOUS_CALLER')
  if (pool?.unmatched !== 'FALLBACK' || pool.fallbackNumber === '') return reject('NO_BINDING')
  return { outcome: 'FALLBACK', callee: pool.fallbackNumber, maxCallMs: pool.maxCallMs }
}

/** Steps 5 to 8, and the part of step 2 that needs the route. */
function decided(question: Question, source: Source, facts: ResolveFacts, nowMs: number): Answer {
  const { number, reservation } = source
  if (showsFrozen(number, reservation, facts)) return reject('NUMBER_FROZEN', source)
  const phase = phaseOf(reservation, nowMs)
  if (phase === 'NOT_STARTED' || phase === 'ENDED') return reject(phase, source)
  const tenant = facts.tenant(reservation.tenant)
  if (tenant === undefined || isStopped(tenant)) return reject('TENANT_SUSPENDED', source)
  const grace = phase === 'GRACE'
  const refused = callRefused(question, reservation, grace)
  if (refused !== undefined) return reject(refused, source)
  return { outcome: 'CONNECT', source, tenant, grace }
}

/** Step 2 for the number that the callee would see. One that the directory no longer knows is not shown either. */
function showsFrozen(number: NumberRecord, reservation: Reservation, facts: ResolveFacts): boolean {
  if (reservation.display === number.digits) return false
  const shown = facts.number(reservation.display)
  return shown === undefined || rejectsCalls(shown.state)
}

/** Step 5: where a reservation stands in time, in grace only where grace permits its direction; a removed party has none. */
function phaseOf(reservation: Reservation, nowMs: number): 'NOT_STARTED' | 'LIVE' | 'GRACE' | 'ENDED' {
  if (nowMs < reservation.startMs) return 'NOT_STARTED'
  if (nowMs < reservation.endMs) return 'LIVE'
  const { graceDirection, routeDirection, removed } = reservation
  const permitted = graceDirection === 'BOTH' || graceDirection === routeDirection
  return permitted && !removed && nowMs < reservation.endMs + reservation.graceMs ? 'GRACE' : 'ENDED'
}

/** Step 6: pending or expired admission stops Allocate alone. */
function isStopped(tenant: Tenant): boolean {
  return tenant.qualification === 'SUSPENDED' || tenant.qualification === 'REVOKED'
}

/** Step 7; in grace the direction was decided by step 5. */
function callRefused(question: Question, reservation: Reservation, grace: boolean): RejectReason | undefined {
  const { direction, routeDirection, media } = reservation
  if (!grace && direction !== 'BOTH' && direction !== routeDirection) return 'DIRECTION_NOT_ALLOWED'
  if (!media.includes(question.medium)) return 'MEDIA_NOT_ALLOWED'
  if (reservation.callee === '') return 'NO_CALLBACK'
  return undefined
}
