/**
 * Questions of call control to answers, the long way, over messages and text: for
 * Explain, and for what byte-resolver.ts declines. Read here and now: no other
 * thread is asked and nothing is awaited. The snapshot is renewed first and the clock read
 * after it (I6, I9), once for each question or batch.
 */
import type { Digits } from '../core/binding.js'
import { formatBindingId } from '../core/binding-id.js'
import { canonicalNumber, type NumberRule } from '../core/canonical-number.js'
import { limits } from '../core/limits.js'
import { type Answer, resolve, type Source } from '../core/resolve.js'
import type { DirectoryView } from '../directory/view.js'
import { Outcome, Reason, type ResolveRequest, type ResolveResponse } from '../generated/xpool/v1/resolution.js'
import type { ShardReader } from '../store/shard-reader.js'
import { ByteResolver } from './byte-resolver.js'
import { Failure } from './failure.js'
import type { GatewayMetrics } from './gateway-metrics.js'
import { LookUps } from './look-ups.js'
import { OutcomeCells, wireReasons } from './outcome-cells.js'
import { decodePosition } from './position.js'
import { mediumWords } from './wire-words.js'

interface ResolverParts {
  readonly directory: DirectoryView
  readonly shards: readonly ShardReader[]
  readonly clock: { now(): number }
  readonly rules: readonly NumberRule[]
  readonly metrics: GatewayMetrics
  /** Makes a failure of what a look-up threw, and tells the operator. */
  readonly faulted: (error: unknown) => Failure
}

/** An answer with the response that it makes. */
export interface Resolved {
  readonly answer: Answer
  readonly response: ResolveResponse
  readonly nowMs: number
}

const noBytes = Buffer.alloc(0)
const extensionPattern = /^[0-9]{0,20}$/

/** Answers questions for one gateway thread. */
export class Resolver {
  readonly #parts: ResolverParts
  /** The way of every ordinary question. */
  readonly bytes: ByteResolver
  readonly #facts: LookUps
  readonly #outcomes: OutcomeCells

  constructor(parts: ResolverParts) {
    this.#parts = parts
    this.#facts = new LookUps(parts.directory, parts.shards)
    this.#outcomes = new OutcomeCells(parts.metrics)
    this.bytes = new ByteResolver({ ...parts, outcomes: this.#outcomes })
  }

  /** One question: of the shards only the number's own is renewed. */
  one(request: ResolveRequest): ResolveResponse | Failure {
    const { directory, clock, faulted } = this.#parts
    try {
      directory.refresh()
      const digits = canonicalNumber(request.number, this.#parts.rules)
      if (digits === undefined) return badNumber
      this.#facts.renewShardOf(digits)
      return this.#answer(request, digits, clock.now())
    } catch (error) {
      return faulted(error)
    }
  }

  /** Renews everything that the questions of a batch may touch; returns the batch's own `now`. */
  beginBatch(): number {
    this.#parts.directory.refresh()
    for (const shard of this.#parts.shards) shard.refresh()
    this.#facts.forget()
    return this.#parts.clock.now()
  }

  /** One question of a batch; a fault stays its own. */
  item(request: ResolveRequest, nowMs: number): ResolveResponse | Failure {
    try {
      const digits = canonicalNumber(request.number, this.#parts.rules)
      return digits === undefined ? badNumber : this.#answer(request, digits, nowMs)
    } catch (error) {
      return this.#parts.faulted(error)
    }
  }

  /** One question with what its answer stands on; it is no outcome of a call and is not counted as one. Throws what a look-up throws. */
  explain(request: ResolveRequest): Resolved | Failure {
    const { directory, clock, rules } = this.#parts
    directory.refresh()
    const digits = canonicalNumber(request.number, rules)
    if (digits === undefined) return badNumber
    this.#facts.renewShardOf(digits)
    const nowMs = clock.now()
    const answer = this.#decide(request, digits, nowMs)
    return answer instanceof Failure ? answer : { answer, response: this.#response(answer), nowMs }
  }

  #answer(request: ResolveRequest, number: Digits, nowMs: number): ResolveResponse | Failure {
    const answer = this.#decide(request, number, nowMs)
    if (answer instanceof Failure) return answer
    const response = this.#response(answer)
    this.#outcomes.count(response.outcome, response.reason)
    return response
  }

  #decide(request: ResolveRequest, number: Digits, nowMs: number): Answer | Failure {
    const fault = requestFault(request, this.#parts.shards.length)
    if (fault !== undefined) return fault
    const question = {
      number,
      caller: canonicalNumber(request.caller, this.#parts.rules),
      extension: request.extension,
      medium: mediumWords[request.media] ?? 'VOICE',
    }
    return resolve(question, this.#facts, nowMs)
  }

  #response(answer: Answer): ResolveResponse {
    const response = blank()
    switch (answer.outcome) {
      case 'CONNECT':
        this.#connect(response, answer)
        return response
      case 'REJECT':
        response.outcome = Outcome.OUTCOME_REJECT
        response.reason = wireReasons[answer.reason]
        if (answer.source !== undefined) this.#name(response, answer.source)
        return response
      case 'FALLBACK':
        response.outcome = Outcome.OUTCOME_FALLBACK
        response.callee = answer.callee
        response.maxCallMs = answer.maxCallMs
        return response
      case 'COLLECT_EXTENSION':
        response.outcome = Outcome.OUTCOME_COLLECT_EXTENSION
        response.extensionDigits = answer.digits
        return response
    }
  }

  #connect(
    response: ResolveResponse,
    { source, tenant, callee, grace }: Extract<Answer, { outcome: 'CONNECT' }>,
  ): void {
    const { number, reservation } = source
    response.outcome = Outcome.OUTCOME_CONNECT
    response.callee = callee
    response.display = reservation.display
    response.bindingId = formatBindingId({ shard: number.shard, seq: reservation.seq })
    response.tenant = tenant.name
    response.maxCallMs = reservation.maxCallMs
    response.record = reservation.record
    response.grace = grace
    if (reservation.hasUserData) {
      const bytes = this.#parts.shards[number.shard]!.userData(reservation.seq)
      response.userData = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
  }

  #name(response: ResolveResponse, { number, reservation }: Source): void {
    response.bindingId = formatBindingId({ shard: number.shard, seq: reservation.seq })
    response.tenant = this.#parts.directory.tenant(reservation.tenant)?.name ?? ''
  }
}

const badNumber = new Failure(
  'INVALID_NUMBER',
  `number must be a number of ${limits.numberDigitsMin} to ${limits.numberDigitsMax} digits`,
  { field: 'number' },
)
const badExtension = new Failure('INVALID_EXTENSION', 'extension must be digits, 20 at most', { field: 'extension' })
const badMedia = new Failure('INVALID_OPTION', 'media is no value of its enum', { field: 'media' })
const badAfter = new Failure('INVALID_POSITION', 'after is no position of this daemon', { field: 'after' })
const longCallId = new Failure('FIELD_TOO_LONG', `call_id holds at most ${limits.textBytes} bytes`, {
  field: 'call_id',
})

function requestFault(request: ResolveRequest, shards: number): Failure | undefined {
  const { extension, media, after, callId } = request
  if (extension !== '' && !extensionPattern.test(extension)) return badExtension
  if (media !== 0 && mediumWords[media] === undefined) return badMedia
  // This daemon is the only one, so it is at every position that it gave out.
  if (after.length > 0 && decodePosition(after, shards) === undefined) return badAfter
  if (callId.length * 3 > limits.textBytes && Buffer.byteLength(callId) > limits.textBytes) return longCallId
  return undefined
}

/** Every field present, so that all answers have one shape. */
export function blank(): ResolveResponse {
  return {
    outcome: Outcome.OUTCOME_UNSPECIFIED,
    reason: Reason.REASON_UNSPECIFIED,
    callee: '',
    display: '',
    bindingId: '',
    tenant: '',
    maxCallMs: 0,
    record: false,
    grace: false,
    extensionDigits: 0,
    userData: noBytes,
    error: undefined,
  }
}
