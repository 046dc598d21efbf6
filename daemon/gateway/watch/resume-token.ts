/**
 * A cursor as clients keep it: base64url of
 *
 *   byte 0     then                      for each journal             last 4 bytes
 *   version    number of journals, u16   page, u48  |  item, u32      CRC-32 of the bytes before
 *
 * The sum is there for tokens cut short or mixed up on their way, not against
 * forgery: a token opens nothing that its bearer could not watch without it.
 */
import { crc32 } from 'node:zlib'
import { bounds } from '../bounds.js'
import { Cursor, type Place } from './cursor.js'

const version = 1
const headBytes = 3
const placeBytes = 10
const crcBytes = 4

/** The token of a cursor. */
export function writeResumeToken({ places }: Cursor): string {
  const end = headBytes + places.length * placeBytes
  const bytes = Buffer.allocUnsafe(end + crcBytes)
  bytes.writeUInt8(version, 0)
  bytes.writeUInt16BE(places.length, 1)
  for (const [i, { page, item }] of places.entries()) {
    bytes.writeUIntBE(page, headBytes + i * placeBytes, 6)
    bytes.writeUInt32BE(item, headBytes + i * placeBytes + 6)
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end)
  return bytes.toString('base64url')
}

/**
 * undefined for anything that no daemon with at most `journals` journals gave
 * out. Journals that the token does not know begin at their first page: the
 * shards were added since.
 */
export function readResumeToken(token: string, journals: number): Cursor | undefined {
  if (token.length > bounds.resumeTokenChars) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const end = bytes.length - crcBytes
  // The decoder skips what is no base64url: only the one spelling of these bytes is a token.
  if (end < headBytes || bytes.toString('base64url') !== token) return undefined
  if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end)) || bytes[0] !== version) return undefined
  const count = bytes.readUInt16BE(1)
  if (count > journals || end !== headBytes + count * placeBytes) return undefined
  return new Cursor(
    Array.from({ length: journals }, (_, i): Place => {
      if (i >= count) return { page: 0, item: 0 }
      const at = headBytes + i * placeBytes
      return { page: bytes.readUIntBE(at, 6), item: bytes.readUInt32BE(at + 6) }
    }),
  )
}
