/**
 * Resolve from bytes to bytes: the path of every ordinary question. The steps
 * are those of core/resolve-steps.ts; the snapshot is renewed first and the clock
 * read after it (I6, I9), once for each question or batch.
 *
 *   question bytes --(where its parts are)--> number --> row, in place --> steps --> answer bytes
 *
 * What it declines goes the long way (resolver.ts), with the same answers.
 */
import type { NumberRule } from '../core/canonical-number.js'
import { settle, type Verdict } from '../core/resolve-steps.js'
import type { DirectoryView } from '../directory/view.js'
import { Outcome, Reason } from '../generated/xpool/v1/resolution.js'
import type { ShardReader } from '../store/shard-reader.js'
import type { RowStanding } from '../store/standing-reader.js'
import { AnswerBytes } from './answer-bytes.js'
import type { Failure } from './failure.js'
import { type OutcomeCells, wireOutcomes, wireReasons } from './outcome-cells.js'
import { Questions } from './question-bytes.js'
import { RowInquiry } from './row-inquiry.js'

export interface ByteResolverParts {
  readonly directory: DirectoryView
  readonly shards: readonly ShardReader[]
  readonly clock: { now(): number }
  readonly rules: readonly NumberRule[]
  readonly outcomes: OutcomeCells
  /** Makes a failure of what a look-up threw, and tells the operator. */
  readonly faulted: (error: unknown) => Failure
}

export class ByteResolver {
  readonly #parts: ByteResolverParts
  readonly #questions: Questions
  readonly #inquiry: RowInquiry
  readonly #answers = new AnswerBytes()

  constructor(parts: ByteResolverParts) {
    this.#parts = parts
    this.#questions = new Questions(parts.rules, parts.shards.length)
    this.#inquiry = new RowInquiry(parts.directory, parts.shards)
  }

  /** The answer to a ResolveRequest; undefined: declined, and nothing was done. */
  one(request: Uint8Array): Buffer | Failure | undefined {
    const { directory, shards, clock, faulted } = this.#parts
    if (!this.#questions.readOne(request)) return undefined
    try {
      directory.refresh()
      this.#inquiry.ask(request, this.#questions, 0)
      const number = this.#inquiry.number()
      // Of the shards only the number's own is asked.
      if (number !== undefined) shards[number.shard]!.refresh()
      this.#answers.begin()
      this.#answer(clock.now())
      return this.#answers.finish()
    } catch (error) {
      return faulted(error)
    }
  }

  /** How many questions a ResolveStreamRequest asks, which `batch` answers next; 0: declined. */
  read(batch: Uint8Array): number {
    return this.#questions.readBatch(batch) ? this.#questions.count : 0
  }

  /**
   * The answers to the batch that was read.
   * @param errorItem counts a fault, which stays that of its question; its answer, encoded
   */
  batch(batch: Uint8Array, errorItem: (failure: Failure) => Uint8Array): Buffer {
    const { directory, shards, clock, faulted } = this.#parts
    directory.refresh()
    for (const shard of shards) shard.refresh()
    const nowMs = clock.now()
    const answers = this.#answers
    answers.begin()
    answers.batchId(this.#questions.batchId)
    for (let item = 0; item < this.#questions.count; item += 1) {
      answers.beginItem()
      try {
        this.#inquiry.ask(batch, this.#questions, item)
        this.#answer(nowMs)
      } catch (error) {
        answers.dropItem()
        answers.raw(errorItem(faulted(error)))
      }
      answers.endItem()
    }
    return answers.finish()
  }

  /** An answer counts once it is written whole. */
  #answer(nowMs: number): void {
    const verdict = settle(this.#inquiry, nowMs)
    const outcome = wireOutcomes[verdict.outcome]
    const reason = verdict.reason === undefined ? Reason.REASON_UNSPECIFIED : wireReasons[verdict.reason]
    const answers = this.#answers
    answers.outcome(outcome)
    if (outcome === Outcome.OUTCOME_CONNECT) {
      this.#connect(verdict)
    } else if (outcome === Outcome.OUTCOME_REJECT) {
      answers.reason(reason)
      this.#name(verdict)
    } else if (outcome === Outcome.OUTCOME_FALLBACK) {
      answers.calleeText(verdict.pool!.fallbackNumber)
      answers.maxCallMs(verdict.pool!.maxCallMs)
    } else {
      answers.extensionDigits(verdict.pool!.extensionDigits)
    }
    this.#parts.outcomes.count(outcome, reason)
  }

  #connect({ number, standing, tenant, called, grace }: Verdict<RowStanding>): void {
    const answers = this.#answers
    const { callee, display, seq, maxCallMs, record, hasUserData } = standing!
    if (called === undefined) answers.callee(callee)
    else answers.calleeText(called)
    answers.display(display)
    answers.bindingId(number!.shard, seq)
    answers.tenant(tenant!.name)
    answers.maxCallMs(maxCallMs)
    answers.record(record)
    answers.grace(grace)
    if (hasUserData) answers.userData(this.#parts.shards[number!.shard]!.userData(seq))
  }

  /** The binding that rejected, where one did. */
  #name({ number, standing }: Verdict<RowStanding>): void {
    if (number === undefined || standing === undefined) return
    this.#answers.bindingId(number.shard, standing.seq)
    this.#answers.tenant(this.#parts.directory.tenant(standing.tenant)?.name ?? '')
  }
}
