/**
 * Answers of Resolve, written once, straight into the bytes that leave: the same
 * bytes as the generated code makes of the same answer (a test says so).
 *
 *   ResolveStreamResponse  | 08 batch id | 12 length answer | 12 length answer ...
 *   ResolveResponse        | 08 outcome | 10 reason | 1a l callee | 22 l display | 2a l binding id | 32 l tenant |
 *                          | 38 longest call ms | 40 record | 48 grace | 50 extension digits | 5a l user data |
 */
import { bindingIdBytes, writeBindingId } from '../core/binding-id.js'
import { Outcome, type Reason } from '../generated/xpool/v1/resolution.js'

const tags = {
  outcome: 0x08,
  reason: 0x10,
  callee: 0x1a,
  display: 0x22,
  bindingId: 0x2a,
  tenant: 0x32,
  maxCallMs: 0x38,
  record: 0x40,
  grace: 0x48,
  extensionDigits: 0x50,
  userData: 0x5a,
} as const
const batchIdTag = 0x08
const itemTag = 0x12
/** A buffer that had to grow beyond this is not kept for the next message. */
const keptBytes = 262_144
const firstBytes = 16_384
/** More than an answer without its tenant, user data and error takes: two numbers of 255 digits at the very most. */
const answerBytes = 1_024
/** Of a varint. */
const varintBytes = 10
/** Tenants whose names are kept as bytes; their number is bounded by the directory, their renamings by nothing. */
const namesKept = 4_096

/** Digits as ASCII. */
export interface DigitBytes {
  readonly bytes: Uint8Array
  readonly length: number
}

/** One message at a time: begin, its parts in order of their fields, finish. */
export class AnswerBytes {
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #at = 0
  #itemAt = 0
  readonly #names = new Map<string, Uint8Array>()

  begin(): void {
    this.#at = 0
    this.#room(answerBytes)
  }

  batchId(id: number): void {
    if (id === 0) return
    this.#byte(batchIdTag)
    this.#varint(id)
  }

  /** Every answer of a batch stands between beginItem and endItem. */
  beginItem(): void {
    this.#room(answerBytes)
    this.#byte(itemTag)
    this.#itemAt = this.#at
    // Its length takes one byte but for answers with much user data.
    this.#at += 1
  }

  endItem(): void {
    const bodyAt = this.#itemAt + 1
    const length = this.#at - bodyAt
    if (length < 0x80) {
      this.#bytes[this.#itemAt] = length
      return
    }
    this.#room(varintBytes)
    const extra = varintLength(length) - 1
    this.#bytes.copyWithin(bodyAt + extra, bodyAt, this.#at)
    this.#at = this.#itemAt
    this.#varint(length)
    this.#at += length
  }

  /** What was written since beginItem is dropped: the answer turned out to be a failure. */
  dropItem(): void {
    this.#at = this.#itemAt + 1
  }

  outcome(outcome: Outcome): void {
    if (outcome === Outcome.OUTCOME_UNSPECIFIED) return
    this.#byte(tags.outcome)
    this.#byte(outcome)
  }

  reason(reason: Reason): void {
    this.#byte(tags.reason)
    this.#byte(reason)
  }

  callee(digits: DigitBytes): void {
    this.#digits(tags.callee, digits)
  }

  calleeText(digits: string): void {
    this.#latin1(tags.callee, digits)
  }

  display(digits: DigitBytes): void {
    this.#digits(tags.display, digits)
  }

  bindingId(shard: number, seq: number): void {
    this.#byte(tags.bindingId)
    this.#byte(bindingIdBytes)
    writeBindingId(shard, seq, this.#bytes, this.#at)
    this.#at += bindingIdBytes
  }

  tenant(name: string): void {
    if (name === '') return
    const bytes = this.#nameBytes(name)
    this.#room(bytes.length + answerBytes)
    this.#byte(tags.tenant)
    this.#varint(bytes.length)
    for (let i = 0; i < bytes.length; i += 1) this.#bytes[this.#at + i] = bytes[i]!
    this.#at += bytes.length
  }

  maxCallMs(ms: number): void {
    if (ms === 0) return
    this.#byte(tags.maxCallMs)
    this.#varint(ms)
  }

  record(record: boolean): void {
    this.#flag(tags.record, record)
  }

  grace(grace: boolean): void {
    this.#flag(tags.grace, grace)
  }

  extensionDigits(digits: number): void {
    if (digits === 0) return
    this.#byte(tags.extensionDigits)
    this.#varint(digits)
  }

  userData(data: Uint8Array): void {
    if (data.length === 0) return
    this.#room(data.length + answerBytes)
    this.#byte(tags.userData)
    this.#varint(data.length)
    this.raw(data)
  }

  /** Bytes that are encoded already. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** The message, in bytes of its own. */
  finish(): Buffer {
    const length = this.#at
    if (this.#bytes.length > keptBytes) {
      const message = this.#bytes.subarray(0, length)
      this.#bytes = Buffer.allocUnsafeSlow(firstBytes)
      return message
    }
    const message = Buffer.allocUnsafe(length)
    this.#bytes.copy(message, 0, 0, length)
    return message
  }

  /** Room for `more` bytes behind what is written. */
  #room(more: number): void {
    const wanted = this.#at + more
    if (wanted <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * wanted)
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }

  #byte(byte: number): void {
    this.#bytes[this.#at] = byte
    this.#at += 1
  }

  /** @param value whole, from 0 to 2^53 - 1 */
  #varint(value: number): void {
    let rest = value
    while (rest >= 0x8000_0000) {
      this.#byte((rest % 128) | 0x80)
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.#byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.#byte(rest)
  }

  #flag(tag: number, value: boolean): void {
    if (!value) return
    this.#byte(tag)
    this.#byte(1)
  }

  #digits(tag: number, { bytes: digits, length }: DigitBytes): void {
    if (length === 0) return
    this.#byte(tag)
    this.#varint(length)
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < length; i += 1) {
      bytes[at] = digits[i]!
      at += 1
    }
    this.#at = at
  }

  #latin1(tag: number, text: string): void {
    if (text === '') return
    this.#byte(tag)
    this.#varint(text.length)
    for (let i = 0; i < text.length; i += 1) this.#byte(text.charCodeAt(i))
  }

  #nameBytes(name: string): Uint8Array {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    if (this.#names.size >= namesKept) this.#names.clear()
    const bytes = Buffer.from(name)
    this.#names.set(name, bytes)
    return bytes
  }
}

function varintLength(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes += 1
  return bytes
}
