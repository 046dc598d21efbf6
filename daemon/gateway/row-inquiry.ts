/** A question in its bytes with the facts that it stands on, read in place: what the steps of Resolve ask on the hot path. */
import type { Digits, Medium, PoolId, Seq, TenantId } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { NumberRecord, NumberState, Pool, Tenant } from '../core/directory.js'
import type { Inquiry } from '../core/resolve-steps.js'
import type { DirectoryView } from '../directory/view.js'
import type { ShardReader } from '../store/shard-reader.js'
import type { RowStanding } from '../store/standing-reader.js'
import type { Questions } from './question-bytes.js'
import { mediumWords } from './wire-words.js'

const noText = new Uint8Array()

/** One object for all questions of a thread: `ask`, then `settle`. */
export class RowInquiry implements Inquiry<RowStanding> {
  withheld = false
  extended = false
  medium: Medium = 'VOICE'
  readonly #directory: DirectoryView
  readonly #shards: readonly ShardReader[]
  #text: Uint8Array = noText
  #callerFrom = 0
  #callerTo = 0
  #extensionFrom = 0
  #extensionTo = 0
  #number: NumberRecord | undefined

  constructor(directory: DirectoryView, shards: readonly ShardReader[]) {
    this.#directory = directory
    this.#shards = shards
  }

  /**
   * Takes up a question and looks its number up.
   * @param text the message that `questions` was read from
   */
  ask(text: Uint8Array, questions: Questions, item: number): void {
    this.#text = text
    this.#callerFrom = questions.callerFrom(item)
    this.#callerTo = questions.callerTo(item)
    this.#extensionFrom = questions.extensionFrom(item)
    this.#extensionTo = questions.extensionTo(item)
    this.withheld = this.#callerFrom === this.#callerTo
    this.extended = this.#extensionFrom !== this.#extensionTo
    this.medium = mediumWords[questions.media(item)] ?? 'VOICE'
    this.#number = this.#directory.numberAt(text, questions.numberFrom(item), questions.numberTo(item))
  }

  number(): NumberRecord | undefined {
    return this.#number
  }

  pool(id: PoolId): Pool | undefined {
    return this.#directory.pool(id)
  }

  tenant(id: TenantId): Tenant | undefined {
    return this.#directory.tenant(id)
  }

  exact({ shard, ordinal }: NumberRecord, nowMs: number): RowStanding | undefined {
    return this.#shards[shard]!.speaking(ordinal, 'EXACT', this.#text, this.#callerFrom, this.#callerTo, nowMs)
  }

  extension({ shard, ordinal }: NumberRecord, nowMs: number): RowStanding | undefined {
    const [from, to] = [this.#extensionFrom, this.#extensionTo]
    return this.#shards[shard]!.speaking(ordinal, 'EXTENSION', this.#text, from, to, nowMs)
  }

  any({ shard, ordinal }: NumberRecord, nowMs: number): RowStanding | undefined {
    return this.#shards[shard]!.speaking(ordinal, 'ANY', noText, 0, 0, nowMs)
  }

  hasExtensions({ shard, ordinal }: NumberRecord, nowMs: number): boolean {
    return this.#shards[shard]!.hasExtensions(ordinal, nowMs)
  }

  shownState(number: NumberRecord, { display }: RowStanding): NumberState | undefined {
    if (display.is(number.digits)) return number.state
    return this.#directory.numberAt(display.bytes, 0, display.length)?.state
  }

  hasCallee({ callee }: RowStanding): boolean {
    return callee.length > 0
  }

  banned({ callee, tenant }: RowStanding, called: Digits | undefined, nowMs: number): boolean {
    if (!this.#directory.mayBeBanned(this.#text, this.#callerFrom, this.#callerTo)) return false
    const caller = Buffer.from(this.#text.subarray(this.#callerFrom, this.#callerTo)).toString('latin1')
    return this.#directory.banned(caller, called ?? callee.text, tenant, nowMs)
  }

  calls({ shard }: NumberRecord, seq: Seq): Calls {
    return this.#shards[shard]!.calls(seq)
  }

  /** It stands in the binding's own row: only a call-back to the last caller asks. */
  callbackWindowMs({ shard }: NumberRecord, seq: Seq): number {
    return this.#shards[shard]!.binding(seq)?.terms.callbackWindowMs ?? 0
  }
}
