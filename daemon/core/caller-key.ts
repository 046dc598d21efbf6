/**
 * The 16 bytes of a caller key, the same in memory and on disk.
 *
 *   byte 0        bytes 1 .. 10                      bytes 11 .. 15
 *   kind, length  digits, two to a byte, high first  zero
 *
 * The kind takes the upper three bits, the number of digits the lower five.
 * An injective code, so that equal bytes mean equal keys; a keyed hash of the
 * same size can take its place without a second format.
 */
import type { CallerKey } from './modes.js'

export const callerKeyBytes = 16

const kindBits = { EXACT: 1 << 5, EXTENSION: 2 << 5, ANY: 3 << 5 } as const
const zero = 0x30

/** Writes the key into `out` at `at`; all 16 bytes are set. */
export function writeCallerKey(key: CallerKey, out: Uint8Array, at: number): void {
  switch (key.kind) {
    case 'EXACT':
      writeDigitKey(kindBits.EXACT, key.party, out, at)
      break
    case 'EXTENSION':
      writeDigitKey(kindBits.EXTENSION, key.extension, out, at)
      break
    case 'ANY':
      writeDigitKey(kindBits.ANY, '', out, at)
      break
  }
}

/** As writeCallerKey for exact(party), without an object to hold it: Resolve's own way. */
export function writeExactKey(party: string, out: Uint8Array, at: number): void {
  writeDigitKey(kindBits.EXACT, party, out, at)
}

/**
 * As writeCallerKey, of digits that stand in `text` as ASCII, and without a string of them.
 * @param kind ANY takes no digits: `from` is `to`
 * @param to at most 20 behind `from`; all between are digits
 */
export function writeCallerKeyOf(
  kind: CallerKey['kind'],
  text: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): void {
  out[at] = kindBits[kind] | (to - from)
  let put = at + 1
  let i = from
  for (; i + 1 < to; i += 2) {
    out[put] = ((text[i]! - zero) << 4) | (text[i + 1]! - zero)
    put += 1
  }
  if (i < to) {
    out[put] = (text[i]! - zero) << 4
    put += 1
  }
  for (const end = at + callerKeyBytes; put < end; put += 1) out[put] = 0
}

function writeDigitKey(kind: number, digits: string, out: Uint8Array, at: number): void {
  const { length } = digits
  out[at] = kind | length
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
  out.fill(0, to, at + callerKeyBytes)
}

/** The key that 16 bytes stand for; undefined when no writer of ours made them. */
export function readCallerKey(bytes: Uint8Array, at: number): CallerKey | undefined {
  const head = bytes[at] ?? 0
  const length = head & 0x1f
  if (length > 20) return undefined
  let digits = ''
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[at + 1 + (i >> 1)] ?? 0
    const digit = i % 2 === 0 ? byte >> 4 : byte & 0x0f
    if (digit > 9) return undefined
    digits += String.fromCharCode(zero + digit)
  }
  switch (head & 0xe0) {
    case kindBits.EXACT:
      return { kind: 'EXACT', party: digits }
    case kindBits.EXTENSION:
      return { kind: 'EXTENSION', extension: digits }
    case kindBits.ANY:
      return { kind: 'ANY' }
    default:
      return undefined
  }
}
