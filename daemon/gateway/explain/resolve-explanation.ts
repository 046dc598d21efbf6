/** Why a Resolve is answered as it is: the step that settled it, the route that was found, and a sentence or two. */
import { formatBindingId } from '../../core/binding-id.js'
import type { Reservation } from '../../core/reservation.js'
import { type Answer, type Source, type Step, stepOf } from '../../core/resolve.js'
import type { RejectReason } from '../../core/resolve-steps.js'
import type { DirectoryView } from '../../directory/view.js'
import type { ExplainedRoute, ResolveExplanation } from '../../generated/xpool/v1/types.js'
import type { Resolved } from '../resolver.js'
import { directionWords, mediumWords, wireNumber } from '../wire-words.js'
import { moment } from './moment.js'

const stepNames: Readonly<Record<Step, string>> = {
  1: 'is the number in a pool',
  2: 'is the number, and the one shown, not frozen',
  3: 'which route has this caller',
  4: 'there is no route: what becomes of unmatched callers',
  5: 'is the binding live, or in grace',
  6: 'may this tenant serve this caller',
  7: 'do direction, media and calls permit it',
  8: 'connect',
}

/** Names the tenant of the route by the directory as it is now. */
export function resolveExplanation({ answer, nowMs }: Resolved, directory: DirectoryView): ResolveExplanation {
  const step = stepOf(answer)
  const source = sourceOf(answer)
  return {
    step,
    stepName: stepNames[step],
    route: source && routeMessage(source, directory),
    summary: summaryOf(answer, directory, nowMs),
  }
}

/** The number and the reservation that decided, where one did. */
export function sourceOf(answer: Answer): Source | undefined {
  return 'source' in answer ? answer.source : undefined
}

function routeMessage({ number, reservation }: Source, directory: DirectoryView): ExplainedRoute {
  const { startMs, endMs, freeAtMs, direction, routeDirection, media } = reservation
  return {
    bindingId: formatBindingId({ shard: number.shard, seq: reservation.seq }),
    tenant: tenantName(reservation, directory),
    callerKey: callerKeyOf(reservation),
    role: reservation.role.toLowerCase(),
    startMs,
    endMs,
    graceUntilMs: reservation.removed ? endMs : endMs + reservation.graceMs,
    freeAtMs,
    direction: wireNumber(directionWords, direction),
    routeDirection: wireNumber(directionWords, routeDirection),
    media: media.map((medium) => wireNumber(mediumWords, medium)),
  }
}

/** A row does not repeat its key's kind: call-back routes and those of pairs belong to one caller. */
function callerKeyOf({ family, role }: Reservation): string {
  if (role === 'CALLBACK' || family === 'PAIR') return 'exact'
  return family === 'EXTENSION' ? 'extension' : 'any'
}

function tenantName({ tenant }: Reservation, directory: DirectoryView): string {
  return directory.tenant(tenant)?.name ?? ''
}

function summaryOf(answer: Answer, directory: DirectoryView, nowMs: number): string {
  switch (answer.outcome) {
    case 'CONNECT':
      return connected(answer, nowMs)
    case 'COLLECT_EXTENSION':
      return `Asked for an extension of ${answer.digits} digits: bindings with extensions live on this number, and none was dialled.`
    case 'FALLBACK':
      return "Put through to the pool's fallback number: no route of this number knows the caller."
    case 'REJECT':
      return `Rejected: ${rejectWords[answer.reason](answer.source, directory, nowMs)}.`
  }
}

function connected({ source, grace, tenant }: Extract<Answer, { outcome: 'CONNECT' }>, nowMs: number): string {
  const { reservation } = source
  const { role, display, endMs, graceMs } = reservation
  const whom = role === 'CALLBACK' ? 'the call-back party' : 'the other party'
  const through = `Connected to ${whom} of ${bindingWords(source)} of tenant ${tenant.name}, who sees ${display}.`
  if (!grace) return `${through} The binding ends ${moment(endMs, nowMs)}.`
  const until = moment(endMs + graceMs, nowMs)
  return `${through} The binding ended ${moment(endMs, nowMs)}, and its grace permits this call until it ends ${until}.`
}

type Because = (source: Source | undefined, directory: DirectoryView, nowMs: number) => string

const rejectWords: Readonly<Record<RejectReason, Because>> = {
  UNKNOWN_NUMBER: () => 'the dialled number is in no pool',
  NUMBER_FROZEN: (source) =>
    source === undefined || source.reservation.display === source.number.digits
      ? 'the dialled number is frozen or quarantined'
      : `number ${source.reservation.display}, which the callee would see, is frozen, quarantined or gone`,
  ANONYMOUS_CALLER: () => 'the caller withholds the number, and no route of this number takes such a caller',
  NO_BINDING: () => 'no route of this number knows this caller or extension, and the pool rejects unmatched callers',
  NOT_STARTED: (source, _directory, nowMs) =>
    `${bindingWords(source)} is a booking that starts ${momentOf(source, 'startMs', nowMs)}`,
  ENDED: (source, _directory, nowMs) =>
    `${bindingWords(source)} ended ${momentOf(source, 'endMs', nowMs)}; its routes cool down until they are free ${momentOf(source, 'freeAtMs', nowMs)}`,
  TENANT_SUSPENDED: (source, directory) => `tenant ${nameOf(source, directory)} is suspended or revoked`,
  BANNED: (source, directory) =>
    `a ban keeps the caller from this party, from tenant ${nameOf(source, directory)} or from everybody`,
  DIRECTION_NOT_ALLOWED: (source) =>
    `this call runs ${source?.reservation.routeDirection ?? ''}, and ${bindingWords(source)} permits ${source?.reservation.direction ?? ''} alone`,
  MEDIA_NOT_ALLOWED: (source) =>
    `${bindingWords(source)} carries ${source?.reservation.media.join(' and ') ?? ''} alone`,
  CALL_LIMIT: (source) =>
    `the ${source?.reservation.maxCalls ?? 0} calls of ${bindingWords(source)} are used up, those in progress included`,
  NO_CALLBACK: (source) => `the caller is party a of ${bindingWords(source)}, and there is nobody to call back`,
}

function bindingWords(source: Source | undefined): string {
  if (source === undefined) return 'the binding'
  return `binding ${formatBindingId({ shard: source.number.shard, seq: source.reservation.seq })}`
}

function momentOf(source: Source | undefined, which: 'startMs' | 'endMs' | 'freeAtMs', nowMs: number): string {
  return source === undefined ? '' : moment(source.reservation[which], nowMs)
}

function nameOf(source: Source | undefined, directory: DirectoryView): string {
  return source === undefined ? '' : tenantName(source.reservation, directory)
}
