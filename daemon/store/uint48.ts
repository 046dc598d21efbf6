/** Whole numbers of 48 bits, big-endian: sequence numbers, and times in milliseconds, sort as bytes. */

export const uint48Bytes = 6
/** The highest sequence number that a key can hold. */
export const lastSeq = 2 ** 48 - 1

const low32 = 2 ** 32

/** @param value whole, from 0 to 2^48 - 1 */
export function writeUint48(value: number, out: Uint8Array, at: number): void {
  const high = Math.floor(value / low32)
  const low = value >>> 0
  out[at] = high >>> 8
  out[at + 1] = high
  out[at + 2] = low >>> 24
  out[at + 3] = low >>> 16
  out[at + 4] = low >>> 8
  out[at + 5] = low
}

export function readUint48(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! << 8) | bytes[at + 1]!
  const low = (bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!
  return high * low32 + (low >>> 0)
}

/** The key of a row that is found by a sequence number. */
export function seqKey(seq: number): Uint8Array {
  const key = new Uint8Array(uint48Bytes)
  writeUint48(seq, key, 0)
  return key
}
