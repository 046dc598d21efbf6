/**
 * The envelope of every record in every database.
 *
 *   | payload, n bytes | CRC-32 of key and payload, 4 bytes BE |
 *
 * LMDB itself does not notice a flipped bit: it hands out wrong bytes without
 * an error. The key is part of the sum, so that a record that surfaces under
 * another key is noticed as well.
 */
import { crc32 } from 'node:zlib'
import { crcOn, crcStart } from './short-crc.js'

export const crcBytes = 4

/** Bytes on disk are not what was written, or not what any writer of ours would write. */
export class CorruptRecord extends Error {
  override readonly name = 'CorruptRecord'
  readonly database: string
  /** The key in hexadecimal. */
  readonly key: string

  constructor(database: string, key: Uint8Array, what: string) {
    const hex = Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')
    super(`corrupt record in database ${database}, key ${hex}: ${what}`)
    this.database = database
    this.key = hex
  }
}

function checksum(key: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(key))
}

/** The record that holds `payload` under `key`. */
export function sealRecord(key: Uint8Array, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(payload.length + crcBytes)
  record.set(payload)
  sealInPlace(key, record, record.length)
  return record
}

/** Writes the sum into the last four of the first `length` bytes of `record`; the payload stands before it. */
export function sealInPlace(key: Uint8Array, record: Uint8Array, length: number): void {
  const end = length - crcBytes
  const sum = checksum(key, record.subarray(0, end))
  record[end] = sum
  record[end + 1] = sum >>> 8
  record[end + 2] = sum >>> 16
  record[end + 3] = sum >>> 24
}

/**
 * The payload of a record, as a view on the same memory.
 * @param length of the record: a buffer that LMDB reuses says it by itself, not by its extent
 * @throws CorruptRecord
 */
export function openRecord(database: string, key: Uint8Array, record: Uint8Array, length = record.length): Uint8Array {
  const end = length - crcBytes
  if (end < 0) throw new CorruptRecord(database, key, `${length} bytes are too few for a record`)
  // Not a Buffer, whatever the record is: `slice` of a Buffer copies nothing, and callers mean a copy.
  const payload = new Uint8Array(record.buffer, record.byteOffset, end)
  const stored = ((record[end + 3]! << 24) | (record[end + 2]! << 16) | (record[end + 1]! << 8) | record[end]!) >>> 0
  if (checksum(key, payload) !== stored) throw new CorruptRecord(database, key, 'its checksum does not fit')
  return payload
}

/** The CRC-32 of any bytes with their own CRC-32 behind them, lowest byte first: a property of the code. */
const residue = 0x2144df1c

/**
 * Checks a record that fills its buffer, without making a view of it: for scans of millions.
 * @returns the length of the payload, which stands at the front
 * @throws CorruptRecord
 */
export function checkRecord(database: string, key: Uint8Array, record: Uint8Array): number {
  const end = record.length - crcBytes
  if (end < 0) throw new CorruptRecord(database, key, `${record.length} bytes are too few for a record`)
  if (crc32(record, crc32(key)) !== residue) throw new CorruptRecord(database, key, 'its checksum does not fit')
  return end
}

/** Longer records go to zlib, which is faster by then. */
const shortRecordBytes = 200
/** `residue` before the complement that ends a CRC-32. */
const shortResidue = ~residue

/**
 * Checks a record in a buffer that goes on behind it, without making a view of a short one: for one row after the other.
 * @param length of the record, at the front of the buffer
 * @returns the length of the payload, which stands at the front
 * @throws CorruptRecord
 */
export function checkShortRecord(database: string, key: Uint8Array, record: Uint8Array, length: number): number {
  if (length > shortRecordBytes) return openRecord(database, key, record, length).length
  const end = length - crcBytes
  if (end < 0) throw new CorruptRecord(database, key, `${length} bytes are too few for a record`)
  if (crcOn(crcOn(crcStart, key, key.length), record, length) !== shortResidue) {
    throw new CorruptRecord(database, key, 'its checksum does not fit')
  }
  return end
}
