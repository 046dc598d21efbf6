/**
 * A proxy number as the directory packs it, in requests, in its journal and as
 * the key of its row.
 *
 *   byte 0    bytes 1 .. 10
 *   length    digits, two to a byte, high first; zero behind the last
 *
 * Records of a list stand `numberKeyBytes` apart; the key of a row is the record
 * without its trailing zero bytes. Bytes in order are numbers in order of
 * (length, digits), and leading zeros count.
 */
import type { Digits } from '../core/binding.js'
import { limits } from '../core/limits.js'

/** Bytes of one number in a list. */
export const numberKeyBytes = 1 + Math.ceil(limits.numberDigitsMax / 2)

const zero = 0x30
const text = Buffer.alloc(limits.numberDigitsMax)

/** Writes the record of a canonical number at `at`; all its bytes are set. */
export function writeNumberKey(digits: Digits, out: Uint8Array, at: number): void {
  const { length } = digits
  out[at] = length
  let to = at + 1
  let i = 0
  for (; i + 1 < length; i += 2) {
    out[to] = ((digits.charCodeAt(i) - zero) << 4) | (digits.charCodeAt(i + 1) - zero)
    to += 1
  }
  if (i < length) {
    out[to] = (digits.charCodeAt(i) - zero) << 4
    to += 1
  }
  out.fill(0, to, at + numberKeyBytes)
}

/** The digits of the record at `at`. */
export function readDigits(bytes: Uint8Array, at: number): Digits {
  const length = Math.min(bytes[at] ?? 0, limits.numberDigitsMax)
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[at + 1 + (i >> 1)] ?? 0
    text[i] = zero + ((i & 1) === 0 ? byte >> 4 : byte & 0x0f)
  }
  return text.toString('latin1', 0, length)
}

/** The row key of the record at `at`: a view of the same bytes. */
export function rowKeyAt(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at, at + rowKeyBytes(bytes[at] ?? 0))
}

/** The row key of a number, in bytes of its own. */
export function rowKeyOf(digits: Digits): Uint8Array {
  const record = new Uint8Array(numberKeyBytes)
  writeNumberKey(digits, record, 0)
  return rowKeyAt(record, 0)
}

export function rowKeyBytes(digitCount: number): number {
  return 1 + ((digitCount + 1) >> 1)
}

/** How many numbers a list holds. */
export function numbersIn(keys: Uint8Array): number {
  return keys.byteLength / numberKeyBytes
}

/** Numbers in a list from `from` on, before `to`: a view of the same bytes. */
export function numbersBetween(keys: Uint8Array, from: number, to: number): Uint8Array {
  return keys.subarray(from * numberKeyBytes, to * numberKeyBytes)
}

/** All numbers of a list, in its order. */
export function digitsOf(keys: Uint8Array): Digits[] {
  return Array.from({ length: numbersIn(keys) }, (_, i) => readDigits(keys, i * numberKeyBytes))
}

/** Whether a list in ascending order holds a number; O(log n). */
export function holdsNumber(sorted: Uint8Array, digits: Digits): boolean {
  const wanted = new Uint8Array(numberKeyBytes)
  writeNumberKey(digits, wanted, 0)
  let low = 0
  let high = numbersIn(sorted)
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = Buffer.compare(numbersBetween(sorted, middle, middle + 1), wanted)
    if (order === 0) return true
    if (order < 0) low = middle + 1
    else high = middle
  }
  return false
}

/** A list of canonical numbers, in the order given. */
export function packNumbers(numbers: readonly Digits[]): Uint8Array {
  const keys = new Uint8Array(numbers.length * numberKeyBytes)
  for (let i = 0; i < numbers.length; i += 1) writeNumberKey(numbers[i]!, keys, i * numberKeyBytes)
  return keys
}
