/**
 * A string of digits as bytes, two to a byte, high half first; the last low
 * half of an odd string is 0xf. Whoever stores them sees opaque bytes, so that
 * parties can be sealed later without a second format around them.
 *
 *   "13800"  ->  | 13 | 80 | 0f |
 */
import { UnreadableBytes } from './unreadable-bytes.js'

const zero = 0x30
const filler = 0x0f

/** Bytes that `digits` takes. */
export function digitBytesLength(digits: string): number {
  return (digits.length + 1) >> 1
}

/** Writes at `at`; returns the place behind. */
export function writeDigits(digits: string, out: Uint8Array, at: number): number {
  const { length } = digits
  let to = at
  let i = 0
  for (; i + 1 < length; i += 2) {
    out[to] = ((digits.charCodeAt(i) - zero) << 4) | (digits.charCodeAt(i + 1) - zero)
    to += 1
  }
  if (i < length) {
    out[to] = ((digits.charCodeAt(i) - zero) << 4) | filler
    to += 1
  }
  return to
}

/** As writeDigits, into bytes of their own. */
export function packDigits(digits: string): Buffer {
  const out = Buffer.allocUnsafe(digitBytesLength(digits))
  writeDigits(digits, out, 0)
  return out
}

/** The two digits of each byte; '' where a half is no digit. */
const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const high = byte >> 4
  const low = byte & 0x0f
  return high > 9 || low > 9 ? '' : `${high}${low}`
})

/** The digits of `length` bytes at `at`. Throws UnreadableBytes. */
export function readDigits(bytes: Uint8Array, at: number, length: number): string {
  let digits = ''
  for (let i = at; i < at + length; i += 1) {
    const byte = bytes[i] ?? 0xff
    const pair = pairs[byte]!
    if (pair !== '') digits += pair
    else if (i === at + length - 1 && byte >> 4 <= 9 && (byte & 0x0f) === filler) digits += String(byte >> 4)
    else throw new UnreadableBytes('a byte does not hold two digits')
  }
  return digits
}
