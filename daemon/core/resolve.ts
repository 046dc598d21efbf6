/**
 * Resolve over text and lists: a question in digits, facts looked up by digits,
 * and an answer with what it stands on, as Explain and the tests want it. The
 * steps themselves are resolve-steps.ts; the hot path gives them its rows in place.
 */
import type { Digits, Medium, PoolId, Seq, TenantId } from './binding.js'
import type { Calls } from './calls.js'
import type { NumberRecord, NumberState, Pool, Tenant } from './directory.js'
import { type Reservation, speaking } from './reservation.js'
import { type Inquiry, type RejectReason, settle } from './resolve-steps.js'

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

/** As settle, for a question and facts in text and lists; what it stands on is told with the answer. */
export function resolve(question: Question, facts: ResolveFacts, nowMs: number): Answer {
  const { outcome, reason, number, standing, tenant, called, grace, pool } = settle(
    new TextInquiry(question, facts),
    nowMs,
  )
  const source = number !== undefined && standing !== undefined ? { number, reservation: standing } : undefined
  switch (outcome) {
    case 'CONNECT':
      return { outcome, source: source!, tenant: tenant!, callee: called ?? source!.reservation.callee, grace }
    case 'REJECT':
      return { outcome, reason: reason!, source }
    case 'FALLBACK':
      return { outcome, callee: pool!.fallbackNumber, maxCallMs: pool!.maxCallMs }
    case 'COLLECT_EXTENSION':
      return { outcome, digits: pool!.extensionDigits }
  }
}

class TextInquiry implements Inquiry<Reservation> {
  readonly #question: Question
  readonly #facts: ResolveFacts

  constructor(question: Question, facts: ResolveFacts) {
    this.#question = question
    this.#facts = facts
  }

  get withheld(): boolean {
    return this.#question.caller === undefined
  }

  get extended(): boolean {
    return this.#question.extension !== ''
  }

  get medium(): Medium {
    return this.#question.medium
  }

  number(): NumberRecord | undefined {
    return this.#facts.number(this.#question.number)
  }

  pool(id: PoolId): Pool | undefined {
    return this.#facts.pool(id)
  }

  tenant(id: TenantId): Tenant | undefined {
    return this.#facts.tenant(id)
  }

  exact(number: NumberRecord, nowMs: number): Reservation | undefined {
    const { caller } = this.#question
    return caller === undefined ? undefined : speaking(this.#facts.exact(number, caller), nowMs)
  }

  extension(number: NumberRecord, nowMs: number): Reservation | undefined {
    return speaking(this.#facts.extension(number, this.#question.extension), nowMs)
  }

  any(number: NumberRecord, nowMs: number): Reservation | undefined {
    return speaking(this.#facts.any(number), nowMs)
  }

  hasExtensions(number: NumberRecord, nowMs: number): boolean {
    return this.#facts.hasExtensions(number, nowMs)
  }

  shownState(number: NumberRecord, { display }: Reservation): NumberState | undefined {
    return display === number.digits ? number.state : this.#facts.number(display)?.state
  }

  hasCallee({ callee }: Reservation): boolean {
    return callee !== ''
  }

  banned({ callee, tenant }: Reservation, called: Digits | undefined, nowMs: number): boolean {
    const { caller } = this.#question
    return caller !== undefined && this.#facts.banned(caller, called ?? callee, tenant, nowMs)
  }

  calls(number: NumberRecord, seq: Seq): Calls {
    return this.#facts.calls(number, seq)
  }

  callbackWindowMs(number: NumberRecord, seq: Seq): number {
    return this.#facts.callbackWindowMs(number, seq)
  }
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
