/**
 * Questions of call control, read where their bytes lie: no message objects, no
 * strings. It reads what clients ordinarily send and declines all else, whatever
 * it is (a field that it does not know, text beyond ASCII, anything at fault):
 * that goes the long way through the generated code, which alone says what is
 * wrong. So what is read here is never refused.
 *
 *   ResolveStreamRequest   | 08 batch id | 12 length question | 12 length question ...
 *   ResolveRequest         | 0a l number | 12 l caller | 1a l extension | 20 media | 2a l call id | 32 l after |
 */
import { canonicalFrom, type NumberRule } from '../core/canonical-number.js'
import { limits } from '../core/limits.js'
import { bounds } from './bounds.js'
import { decodePosition } from './position.js'
import { mediumWords } from './wire-words.js'

const tags = { number: 0x0a, caller: 0x12, extension: 0x1a, media: 0x20, callId: 0x2a, after: 0x32 } as const
const batchIdTag = 0x08
const itemTag = 0x12
const zero = 0x30
/** Bytes of a batch id below 2^49: what lies above is a rarity, and the long way knows its limit. */
const batchIdBytes = 7

/** What is kept of a question: where its parts begin and end, and its medium. */
const column = {
  numberFrom: 0,
  numberTo: 1,
  callerFrom: 2,
  callerTo: 3,
  extensionFrom: 4,
  extensionTo: 5,
  media: 6,
} as const
const columns = 7

/** The questions of one message; the next message overwrites them. */
export class Questions {
  batchId = 0
  count = 0
  readonly #rules: readonly NumberRule[]
  readonly #shards: number
  readonly #cells = new Int32Array(columns * bounds.batchItems)
  /** Where the reading stands. */
  #at = 0

  /** @param shards of this daemon: a position names one of them */
  constructor(rules: readonly NumberRule[], shards: number) {
    this.#rules = rules
    this.#shards = shards
  }

  /** One ResolveRequest; false: not read. */
  readOne(bytes: Uint8Array): boolean {
    this.count = 1
    return this.#read(bytes, 0, bytes.length, 0)
  }

  /** A ResolveStreamRequest; false: not read. */
  readBatch(bytes: Uint8Array): boolean {
    this.count = 0
    this.#at = 0
    if (!this.#readBatchId(bytes)) return false
    const end = bytes.length
    while (this.#at < end) {
      if (bytes[this.#at] !== itemTag || this.count === bounds.batchItems) return false
      this.#at += 1
      const length = this.#length(bytes, end)
      const from = this.#at
      if (length < 0 || from + length > end || !this.#read(bytes, from, from + length, this.count)) return false
      this.#at = from + length
      this.count += 1
    }
    return this.count > 0
  }

  numberFrom(item: number): number {
    return this.#cells[item * columns + column.numberFrom]!
  }

  numberTo(item: number): number {
    return this.#cells[item * columns + column.numberTo]!
  }

  /** Where it is callerTo the caller is withheld. */
  callerFrom(item: number): number {
    return this.#cells[item * columns + column.callerFrom]!
  }

  callerTo(item: number): number {
    return this.#cells[item * columns + column.callerTo]!
  }

  /** Where it is extensionTo none was dialled. */
  extensionFrom(item: number): number {
    return this.#cells[item * columns + column.extensionFrom]!
  }

  extensionTo(item: number): number {
    return this.#cells[item * columns + column.extensionTo]!
  }

  /** The wire's number of the medium, 0 where it is not told. */
  media(item: number): number {
    return this.#cells[item * columns + column.media]!
  }

  #readBatchId(bytes: Uint8Array): boolean {
    this.batchId = 0
    if (bytes[0] !== batchIdTag) return true
    let scale = 1
    for (let at = 1; at <= batchIdBytes; at += 1) {
      const byte = bytes[at] ?? 0x80
      this.batchId += (byte & 0x7f) * scale
      if (byte < 0x80) {
        this.#at = at + 1
        return true
      }
      scale *= 128
    }
    return false
  }

  /** A length of at most 14 bits at `#at`, which moves behind it; -1: longer, or cut off. */
  #length(bytes: Uint8Array, end: number): number {
    const at = this.#at
    const low = at < end ? bytes[at]! : 0x80
    if (low < 0x80) {
      this.#at = at + 1
      return low
    }
    const high = at + 1 < end ? bytes[at + 1]! : 0x80
    if (high >= 0x80) return -1
    this.#at = at + 2
    return (low & 0x7f) | (high << 7)
  }

  /** One question between two places. Of a field that is told twice the last holds, as everywhere. */
  #read(bytes: Uint8Array, from: number, end: number, item: number): boolean {
    const cells = this.#cells
    const base = item * columns
    // Not `fill`: for seven cells the call costs more than they do.
    for (let i = base; i < base + columns; i += 1) cells[i] = 0
    let number = -1
    this.#at = from
    while (this.#at < end) {
      const tag = bytes[this.#at]!
      this.#at += 1
      if (tag === tags.media) {
        const media = this.#at < end ? bytes[this.#at]! : mediumWords.length
        if (media >= mediumWords.length) return false
        cells[base + column.media] = media
        this.#at += 1
        continue
      }
      const length = this.#length(bytes, end)
      const start = this.#at
      const to = start + length
      if (length < 0 || to > end) return false
      this.#at = to
      switch (tag) {
        case tags.number:
          number = canonicalFrom(bytes, start, to, this.#rules)
          if (number < 0) return false
          cells[base + column.numberFrom] = number
          cells[base + column.numberTo] = to
          break
        case tags.caller:
          if (!this.#takeCaller(bytes, start, to, base)) return false
          break
        case tags.extension:
          if (!isDigits(bytes, start, to)) return false
          cells[base + column.extensionFrom] = start
          cells[base + column.extensionTo] = to
          break
        case tags.callId:
          if (length > limits.textBytes || !isAscii(bytes, start, to)) return false
          break
        case tags.after:
          if (length > 0 && decodePosition(bytes.subarray(start, to), this.#shards) === undefined) return false
          break
        default:
          return false
      }
    }
    return number >= 0
  }

  /** A caller that is no number is withheld. */
  #takeCaller(bytes: Uint8Array, start: number, to: number, base: number): boolean {
    const caller = canonicalFrom(bytes, start, to, this.#rules)
    if (caller < 0 && !isAscii(bytes, start, to)) return false
    this.#cells[base + column.callerFrom] = caller < 0 ? to : caller
    this.#cells[base + column.callerTo] = to
    return true
  }
}

function isDigits(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > limits.numberDigitsMax) return false
  for (let i = from; i < to; i += 1) {
    const digit = bytes[i]! - zero
    if (digit < 0 || digit > 9) return false
  }
  return true
}

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  let all = 0
  for (let i = from; i < to; i += 1) all |= bytes[i]!
  return all < 0x80
}
