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
import { type NumberRecord, type NumberState, type Pool, rejectsCalls, type Tenant } from './directory.js'
import type { Reservation } from './reservation.js'

export type Outcome = 'CONNECT' | 'REJECT' | 'FALLBACK' | 'COLLECT_EXTENSION'

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

/**
 * What the steps ask of the reservation that speaks: a Reservation answers it, and so does a row of the store that is
 * read in place.
 */
export type Standing = Pick<
  Reservation,
  | 'seq'
  | 'tenant'
  | 'role'
  | 'callback'
  | 'startMs'
  | 'endMs'
  | 'graceMs'
  | 'removed'
  | 'routeDirection'
  | 'direction'
  | 'graceDirection'
  | 'media'
  | 'maxCalls'
>

/**
 * One question with the facts that it stands on, in whatever form its owner holds them: the steps compare no digits, so
 * that the hot path makes no text of them.
 */
export interface Inquiry<S extends Standing> {
  readonly withheld: boolean
  /** An extension was dialled. */
  readonly extended: boolean
  readonly medium: Medium
  /** The dialled number. */
  number(): NumberRecord | undefined
  pool(id: PoolId): Pool | undefined
  tenant(id: TenantId): Tenant | undefined
  /** The reservation that speaks (reservation.ts) on the caller's own route; asked only where it is not withheld. */
  exact(number: NumberRecord, nowMs: number): S | undefined
  /** The same on the route of the extension that was dialled. */
  extension(number: NumberRecord, nowMs: number): S | undefined
  any(number: NumberRecord, nowMs: number): S | undefined
  hasExtensions(number: NumberRecord, nowMs: number): boolean
  /** Of the number that the callee would see; undefined for one that the directory does not know. */
  shownState(number: NumberRecord, standing: S): NumberState | undefined
  /** Whether the reservation names whom to call. */
  hasCallee(standing: S): boolean
  /** @param called the last caller where it is called back; undefined: the reservation's own callee */
  banned(standing: S, called: Digits | undefined, nowMs: number): boolean
  calls(number: NumberRecord, seq: Seq): Calls
  callbackWindowMs(number: NumberRecord, seq: Seq): number
}

/** What the steps came to; every field is there, so that all verdicts have one shape. */
export interface Verdict<S extends Standing> {
  readonly outcome: Outcome
  /** With REJECT. */
  readonly reason: RejectReason | undefined
  /** What decided, where a reservation did. */
  readonly number: NumberRecord | undefined
  readonly standing: S | undefined
  /** With CONNECT. */
  readonly tenant: Tenant | undefined
  /** With CONNECT: the last caller, who is called back; undefined: the reservation's own callee. */
  readonly called: Digits | undefined
  readonly grace: boolean
  /** With COLLECT_EXTENSION and FALLBACK. */
  readonly pool: Pool | undefined
}

/** @param nowMs process clock, read after the facts' snapshot was renewed (I9) */
export function settle<S extends Standing>(inquiry: Inquiry<S>, nowMs: number): Verdict<S> {
  const number = inquiry.number()
  if (number === undefined) return rejected('UNKNOWN_NUMBER')
  if (rejectsCalls(number.state)) return rejected('NUMBER_FROZEN')
  const standing = routeOf(inquiry, number, nowMs)
  if (standing === undefined) return unmatched(inquiry, number, nowMs)
  return decided(inquiry, number, standing, nowMs)
}

function rejected<S extends Standing>(reason: RejectReason, number?: NumberRecord, standing?: S): Verdict<S> {
  return verdict('REJECT', reason, number, standing)
}

function verdict<S extends Standing>(
  outcome: Outcome,
  reason?: RejectReason,
  number?: NumberRecord,
  standing?: S,
  pool?: Pool,
): Verdict<S> {
  return { outcome, reason, number, standing, tenant: undefined, called: undefined, grace: false, pool }
}

/** Step 3. */
function routeOf<S extends Standing>(inquiry: Inquiry<S>, number: NumberRecord, nowMs: number): S | undefined {
  if (inquiry.extended && inquiry.hasExtensions(number, nowMs)) return inquiry.extension(number, nowMs)
  const exact = inquiry.withheld ? undefined : inquiry.exact(number, nowMs)
  return exact ?? inquiry.any(number, nowMs)
}

/** Step 4. */
function unmatched<S extends Standing>(inquiry: Inquiry<S>, number: NumberRecord, nowMs: number): Verdict<S> {
  const pool = inquiry.pool(number.pool)
  if (!inquiry.extended && inquiry.hasExtensions(number, nowMs)) {
    if (pool !== undefined) return verdict<S>('COLLECT_EXTENSION', undefined, undefined, undefined, pool)
  }
  if (inquiry.withheld) return rejected('ANONYMOUS_CALLER')
  if (pool?.unmatched !== 'FALLBACK' || pool.fallbackNumber === '') return rejected('NO_BINDING')
  return verdict<S>('FALLBACK', undefined, undefined, undefined, pool)
}

/** Steps 5 to 8, and the part of step 2 that needs the route. */
function decided<S extends Standing>(
  inquiry: Inquiry<S>,
  number: NumberRecord,
  standing: S,
  nowMs: number,
): Verdict<S> {
  const shown = inquiry.shownState(number, standing)
  // A number that the directory no longer knows is not shown either.
  if (shown === undefined || rejectsCalls(shown)) return rejected('NUMBER_FROZEN', number, standing)
  const phase = phaseOf(standing, nowMs)
  if (phase === 'NOT_STARTED' || phase === 'ENDED') return rejected(phase, number, standing)
  const tenant = inquiry.tenant(standing.tenant)
  if (tenant === undefined || isStopped(tenant)) return rejected('TENANT_SUSPENDED', number, standing)
  const grace = phase === 'GRACE'
  const called = calledBack(inquiry, number, standing, nowMs)
  if (!inquiry.withheld && inquiry.banned(standing, called, nowMs)) return rejected('BANNED', number, standing)
  const refused = callRefused(inquiry, number, standing, grace, nowMs)
  if (refused !== undefined) return rejected(refused, number, standing)
  const somebody = called === undefined ? inquiry.hasCallee(standing) : called !== ''
  if (!somebody) return rejected('NO_CALLBACK', number, standing)
  return { outcome: 'CONNECT', reason: undefined, number, standing, tenant, called, grace, pool: undefined }
}

/** Whom a call-back to the last caller reaches, '' where there is none; undefined for every other route. */
function calledBack<S extends Standing>(
  inquiry: Inquiry<S>,
  number: NumberRecord,
  { role, callback, seq }: S,
  nowMs: number,
): Digits | undefined {
  if (role !== 'CALLBACK' || callback !== 'LAST_CALLER') return undefined
  return lastCaller(inquiry.calls(number, seq), inquiry.callbackWindowMs(number, seq), nowMs) ?? ''
}

/** Step 5: where a reservation stands in time, in grace only where grace permits its direction; a removed party has none. */
function phaseOf(reservation: Standing, nowMs: number): 'NOT_STARTED' | 'LIVE' | 'GRACE' | 'ENDED' {
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

/** Step 7 but for whom there is to call; in grace the direction was decided by step 5. */
function callRefused<S extends Standing>(
  inquiry: Inquiry<S>,
  number: NumberRecord,
  { direction, routeDirection, media, maxCalls, seq }: S,
  grace: boolean,
  nowMs: number,
): RejectReason | undefined {
  const { medium } = inquiry
  if (!grace && direction !== 'BOTH' && direction !== routeDirection) return 'DIRECTION_NOT_ALLOWED'
  if (!media.includes(medium)) return 'MEDIA_NOT_ALLOWED'
  // Texts are no calls: max_calls counts voice in both directions.
  if (maxCalls === 0 || medium !== 'VOICE') return undefined
  return callsUsed(inquiry.calls(number, seq), nowMs) >= maxCalls ? 'CALL_LIMIT' : undefined
}
