/** Makes a route's row tell what the board of releases knows, in the bytes of the row. */
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { heldBit, reservationFixedBytes, routeAt, sameDisplay } from './route-codec.js'
import { readUint48, uint48Bytes, writeUint48 } from './uint48.js'

const releasedBit = 1 << 6
const removedBit = 1 << 5

/** Where releases are looked up: the board, or the board and what a page has changed since. */
export interface ReleasesFound {
  /** Whether a binding is released and its rows do not tell; then endMs and freeAtMs are its times. */
  find(seq: number): boolean
  readonly endMs: number
  readonly freeAtMs: number
}

/**
 * Reservations of released bindings get their times and their mark; what remains of removed parties stays.
 * @param row whose first `length` bytes are a payload of route-codec.ts; changed in place
 * @returns how many were changed
 * @throws UnreadableBytes
 */
export function tellReleases(
  row: Uint8Array,
  length: number,
  releases: ReleasesFound,
  onTold?: (seq: number) => void,
): number {
  let told = 0
  let place = 1
  for (let left = length === 0 ? 0 : row[0]!; left > 0; left -= 1) {
    if (place + reservationFixedBytes > length) throw new UnreadableBytes('a route ends within a reservation')
    const flags = row[place + routeAt.flags]!
    if ((flags & (releasedBit | removedBit)) === 0) {
      const seq = readUint48(row, place + routeAt.seq)
      if (releases.find(seq)) {
        row[place + routeAt.flags] = flags | releasedBit
        writeUint48(releases.endMs, row, place + routeAt.end)
        writeUint48(releases.freeAtMs, row, place + routeAt.freeAt)
        told += 1
        onTold?.(seq)
      }
    }
    // The last one's end is nobody's beginning.
    if (left > 1) place = behind(row, place, length)
  }
  return told
}

function behind(row: Uint8Array, start: number, length: number): number {
  let place = start + reservationFixedBytes
  if ((row[start + routeAt.kind]! & heldBit) !== 0) place += uint48Bytes
  for (let numbers = 0; numbers < 3; numbers += 1) {
    while (place < length && row[place]! >= 0x80) place += 1
    place += 1
  }
  place += 1 + (row[place] ?? 0)
  if ((row[start + routeAt.flags]! & 1) === 0) place += 1 + (row[place] ?? 0)
  return place + 1 + (row[place] === sameDisplay ? 0 : (row[place] ?? 0))
}
