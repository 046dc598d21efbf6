/**
 * The checks that fields of requests pass. A Check is made for one request; it
 * keeps the first fault and goes on, so that reading a request is a plain list
 * of its fields. What a check returns after a fault means nothing: look at
 * `fault` before using any of it.
 */
import { canonicalNumber, type NumberRule } from '../core/canonical-number.js'
import { limits } from '../core/limits.js'
import { Failure, type Reason } from './failure.js'
import type { Words } from './wire-words.js'

const none = new Uint8Array(0)

export class Check {
  fault: Failure | undefined
  readonly #rules: readonly NumberRule[]

  constructor(rules: readonly NumberRule[]) {
    this.#rules = rules
  }

  refuse(reason: Reason, field: string, message: string): void {
    this.fault ??= new Failure(reason, message, { field })
  }

  /** Text of at most `maxBytes` bytes in UTF-8. */
  text(field: string, value: string, maxBytes: number = limits.textBytes): string {
    if (tooLong(value, maxBytes)) this.refuse('FIELD_TOO_LONG', field, `${field} holds at most ${maxBytes} bytes`)
    return value
  }

  /** A name of a tenant or pool that must be given; whether it exists is another question. */
  name(field: string, value: string): string {
    if (value === '') this.refuse('FIELD_REQUIRED', field, `${field} is required`)
    return this.text(field, value, limits.nameChars)
  }

  /** A number that must be given, in its canonical form. */
  number(field: string, raw: string): string {
    const digits = canonicalNumber(raw, this.#rules)
    if (digits !== undefined) return digits
    const { numberDigitsMin: min, numberDigitsMax: max } = limits
    this.refuse('INVALID_NUMBER', field, `${field} must be a number of ${min} to ${max} digits`)
    return ''
  }

  /** As number; empty when it is not given. */
  numberIfGiven(field: string, raw: string): string {
    return raw === '' ? '' : this.number(field, raw)
  }

  /** A whole number of the range; NaN is what the decoder makes of one beyond 2^53. */
  integer(field: string, value: number, min: number, max: number, reason: Reason = 'INVALID_OPTION'): number {
    const fits = Number.isSafeInteger(value) && value >= min && value <= max
    if (!fits) this.refuse(reason, field, `${field} must be a whole number from ${min} to ${max}`)
    return value
  }

  integerIfGiven(
    field: string,
    value: number | undefined,
    min: number,
    max: number,
    reason: Reason = 'INVALID_OPTION',
  ): number | undefined {
    return value === undefined ? undefined : this.integer(field, value, min, max, reason)
  }

  /** A moment, unix ms. */
  time(field: string, value: number | undefined): number | undefined {
    return this.integerIfGiven(field, value, 1, limits.timeMs - 1, 'INVALID_WINDOW')
  }

  /** The word of an enum's number; undefined for UNSPECIFIED and for what is not given. */
  word<W extends string>(
    field: string,
    words: Words<W>,
    value: number | undefined,
    reason: Reason = 'INVALID_OPTION',
  ): W | undefined {
    if (value === undefined || value === 0) return undefined
    const word = words[value]
    if (word === undefined) this.refuse(reason, field, `${field} is no value of its enum`)
    return word
  }

  /** The distinct words of a list, in the order given; UNSPECIFIED has no place in it. */
  words<W extends string>(field: string, words: Words<W>, values: readonly number[]): W[] {
    const distinct = new Set<W>()
    for (const [i, value] of values.entries()) {
      const word = words[value]
      if (word === undefined) this.refuse('INVALID_OPTION', `${field}[${i}]`, `${field}[${i}] is no value of its enum`)
      else distinct.add(word)
    }
    return [...distinct]
  }

  /** A copy of the client's bytes: a view would carry its whole message along to other threads. */
  bytes(field: string, value: Uint8Array, maxBytes: number): Uint8Array {
    if (value.length === 0) return none
    if (value.length > maxBytes) {
      this.refuse('FIELD_TOO_LONG', field, `${field} holds at most ${maxBytes} bytes`)
      return none
    }
    return new Uint8Array(value)
  }
}

/** Three bytes are the most that one UTF-16 unit takes, so that most texts need no counting. */
function tooLong(value: string, maxBytes: number): boolean {
  if (value.length > maxBytes) return true
  return value.length * 3 > maxBytes && Buffer.byteLength(value) > maxBytes
}
