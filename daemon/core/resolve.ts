/**
 * Who is this caller, on this number, right now, to be put through to? The
 * order of domain.md ("Resolve, in this order"), each step a function:
 *
 *   1 number -> 2 its state -> 3 route -> 4 none: unmatched
 *                                \-> (2) shown number's state -> 5 time -> 6 tenant -> 7 the call -> 8 CONNECT
 *
 * Pure, and lazy: a fact is asked for only when its step is reached, so that
 * the commonest answer costs one look-up of the number and one of the route.
 * Risk rules belong to step 6: one more fact and one more line in that step.
 */
import type { Digits, Medium, PoolId, Seq, TenantId } from './binding.js'
import { type Calls, callsUsed, lastCaller } from './calls.js'
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
  /** Whether the caller is banned altogether, or from this callee where there is one; for this tenant or for all. */
  banned(caller: Digits, callee: string, tenant: TenantId, nowMs: number): boolean
  calls(number: NumberRecord, seq: Seq): Calls
  /** How long a binding's last caller may be called back, ms. */
  callbackWindowMs(number: NumberRecord, seq: Seq): number
}

export type RejectReason =
  | 'UNKNOWN_NUMBER'
  | 'NUMBER_FROZEN'
  | 'ANONYMOUS_CALLER'
  | 'NO_BINDING'
  | 'NOT_STARTED'
  | 'ENDED'
  | 'TENANT_SUSPENDED'
  | 'BANNED'
  | 'DIRECTION_NOT_ALLOWED'
  | 'MEDIA_NOT_ALLOWED'
  | 'CALL_LIMIT'
  | 'NO_CALLBACK'

/** Where an answer comes from: the number's record and the reservation that decided. */
export interface Source {
  readonly number: NumberRecord
  readonly reservation: Reservation
}

/** The step of the order that settled an answer. */
export type Step = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

export type Answer =
  | { readonly outcome: 'REJECT'; readonly reason: RejectReason; readonly source: Source | undefined }
  | { readonly outcome: 'COLLECT_EXTENSION'; readonly digits: number }
  | { readonly outcome: 'FALLBACK'; readonly callee: Digits; readonly maxCallMs: number }
  | {
      readonly outcome: 'CONNECT'
      readonly source: Source
      readonly tenant: Tenant
      readonly callee: Digits
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
  const callee = calleeOf(source, facts, nowMs)
  const { caller } = question
  if (caller !== undefined && facts.banned(caller, callee, reservation.tenant, nowMs)) return reject('BANNED', source)
  const refused = callRefused(question, source, callee, grace, facts, nowMs)
  if (refused !== undefined) return reject(refused, source)
  return { outcome: 'CONNECT', source, tenant, callee, grace }
}

/** Which step of the order an answer comes from; to explain it, not to make it. */
export function stepOf(answer: Answer): Step {
  if (answer.outcome === 'CONNECT') return 8
  return answer.outcome === 'REJECT' ? stepOfReason[answer.reason] : 4
}

const stepOfReason: Readonly<Record<RejectReason, Step>> = {
  UNKNOWN_NUMBER: 1,
  NUMBER_FROZEN: 2,
  ANONYMOUS_CALLER: 4,
  NO_BINDING: 4,
  NOT_STARTED: 5,
  ENDED: 5,
  TENANT_SUSPENDED: 6,
  BANNED: 6,
  DIRECTION_NOT_ALLOWED: 7,
  MEDIA_NOT_ALLOWED: 7,
  CALL_LIMIT: 7,
  NO_CALLBACK: 7,
}

/** Empty: nobody to call back. */
function calleeOf({ number, reservation }: Source, facts: ResolveFacts, nowMs: number): string {
  const { role, callback, seq } = reservation
  if (role !== 'CALLBACK' || callback !== 'LAST_CALLER') return reservation.callee
  return lastCaller(facts.calls(number, seq), facts.callbackWindowMs(number, seq), nowMs) ?? ''
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
function callRefused(
  { medium }: Question,
  { number, reservation }: Source,
  callee: string,
  grace: boolean,
  facts: ResolveFacts,
  nowMs: number,
): RejectReason | undefined {
  const { direction, routeDirection, media, maxCalls, seq } = reservation
  if (!grace && direction !== 'BOTH' && direction !== routeDirection) return 'DIRECTION_NOT_ALLOWED'
  if (!media.includes(medium)) return 'MEDIA_NOT_ALLOWED'
  // Texts are no calls: max_calls counts voice in both directions.
  if (maxCalls > 0 && medium === 'VOICE' && callsUsed(facts.calls(number, seq), nowMs) >= maxCalls) return 'CALL_LIMIT'
  return callee === '' ? 'NO_CALLBACK' : undefined
}
