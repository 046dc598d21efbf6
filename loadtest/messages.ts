/** Requests of a run, and what its answers are held to. */
import type { AllocateRequest, AllocateStreamItem, ReleaseRequest } from '../daemon/generated/xpool/v1/allocation.js'
import { AllocateRequest as AllocateRequestCodec } from '../daemon/generated/xpool/v1/allocation.js'
import {
  Outcome,
  Reason,
  type ReportCallRequest,
  type ResolveRequest,
  type ResolveResponse,
} from '../daemon/generated/xpool/v1/resolution.js'
import { type Binding, CallPhase, Media, Mode } from '../daemon/generated/xpool/v1/types.js'
import type { LiveBinding } from './ledger.js'
import type { Parties } from './population.js'
import { WrongAnswer } from './wrong-answer.js'

/** Names that a run gave its tenant and pool. */
export interface Place {
  readonly tenant: string
  readonly pool: string
}

/** Every field absent, as the wire would have it. */
const blank: AllocateRequest = AllocateRequestCodec.decode(new Uint8Array())

export function allocateRequest(place: Place, parties: Parties, requestId: string, ttlMs: number): AllocateRequest {
  return {
    ...blank,
    requestId,
    tenant: place.tenant,
    pool: place.pool,
    mode: Mode.MODE_AXB,
    a: { number: parties.a, verificationRef: '' },
    b: { number: parties.b, verificationRef: '' },
    expiry: { $case: 'ttlMs', value: ttlMs },
  }
}

export function releaseRequest(place: Place, id: string): ReleaseRequest {
  return { bindingId: id, reason: '', tenant: place.tenant }
}

export function allocateItem(request: AllocateRequest): AllocateStreamItem {
  return { command: { $case: 'allocate', value: request } }
}

export function releaseItem(request: ReleaseRequest): AllocateStreamItem {
  return { command: { $case: 'release', value: request } }
}

/** @param fromA whether A calls B; else B calls A */
export function resolveRequest(binding: LiveBinding, fromA: boolean, callId: string): ResolveRequest {
  return {
    number: binding.x,
    caller: fromA ? binding.a : binding.b,
    extension: '',
    media: Media.MEDIA_VOICE,
    callId,
    after: nothing,
  }
}

const nothing = Buffer.alloc(0)

/** @throws WrongAnswer unless the caller reaches the other party, and that party sees the proxy number */
export function checkResolved(response: ResolveResponse | undefined, binding: LiveBinding, fromA: boolean): void {
  if (response === undefined) throw new WrongAnswer('an answer is missing')
  const callee = fromA ? binding.b : binding.a
  const right =
    response.outcome === Outcome.OUTCOME_CONNECT &&
    response.callee === callee &&
    response.display === binding.x &&
    response.bindingId === binding.id
  if (right) return
  throw new WrongAnswer(
    `on a live binding CONNECT was due, and came outcome ${response.outcome}, reason ${response.reason}` +
      `${response.callee === callee || response.callee === '' ? '' : ', with somebody else as callee'}` +
      `${response.error === undefined ? '' : `, error ${response.error.reason}: ${response.error.message}`}`,
  )
}

/** @throws WrongAnswer when a stranger is put through to anybody (I2) */
export function checkStranger(response: ResolveResponse | undefined): void {
  if (response?.outcome === Outcome.OUTCOME_REJECT && response.reason === Reason.REASON_NO_BINDING) return
  throw new WrongAnswer(
    `to a stranger REJECT NO_BINDING was due, and came outcome ${response?.outcome}, reason ${response?.reason}`,
  )
}

/** The start of a call, or its end. */
export function reportRequest(binding: LiveBinding, callId: string, ended: boolean): ReportCallRequest {
  return {
    callId,
    bindingId: binding.id,
    phase: ended ? CallPhase.CALL_PHASE_ENDED : CallPhase.CALL_PHASE_STARTED,
    atMs: undefined,
    caller: binding.a,
    number: binding.x,
    answered: ended,
    cause: '',
  }
}

/** The binding as the ledger keeps it. @throws WrongAnswer unless it is of these parties */
export function checkAllocated(binding: Binding | undefined, parties: Parties): LiveBinding {
  if (binding === undefined || binding.bindingId === '' || binding.number === '') {
    throw new WrongAnswer('an allocation was acknowledged without a binding')
  }
  if (binding.a?.number !== parties.a || binding.b?.number !== parties.b) {
    throw new WrongAnswer('an allocation was acknowledged with other parties than asked for')
  }
  return { id: binding.bindingId, x: binding.number, a: parties.a, b: parties.b }
}

/** @throws WrongAnswer unless it is this binding */
export function checkReleased(binding: Binding | undefined, id: string): void {
  if (binding?.bindingId !== id) throw new WrongAnswer('a release was acknowledged with another binding')
}
