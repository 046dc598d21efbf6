/**
 * The reservation of a route's row that speaks, read in place: one object that
 * each row overwrites, and no text. It is the row of route-codec.ts, by the rule
 * of `speaking` (core/reservation.ts); a test holds the three together.
 */
import type { Callback, Direction, Medium } from '../core/binding.js'
import { limits } from '../core/limits.js'
import type { RouteRole } from '../core/modes.js'
import type { Reservation } from '../core/reservation.js'
import type { Standing } from '../core/resolve-steps.js'
import { callbackCodes, directionCodes, mediaOf, roleCodes, routeDirectionCodes } from '../journal/codes.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { encodeRoute, heldBit, reservationFixedBytes, routeAt, sameDisplay } from './route-codec.js'
import { readUint48, uint48Bytes } from './uint48.js'

const zero = 0x30
const filler = 0x0f
/** Two digits to each of at most 254 bytes. */
const digitsMax = 512

/** Digits as ASCII, overwritten by the next row. */
export class DigitText {
  readonly bytes = new Uint8Array(digitsMax)
  length = 0

  /** Takes up packed digits (journal/digit-bytes.ts). Throws UnreadableBytes. */
  unpack(packed: Uint8Array, from: number, length: number): void {
    const { bytes } = this
    let to = 0
    for (let i = from; i < from + length; i += 1) {
      const byte = packed[i]!
      const low = byte & filler
      if (byte >> 4 > 9) throw new UnreadableBytes('a byte does not hold two digits')
      bytes[to] = zero + (byte >> 4)
      if (low <= 9) {
        bytes[to + 1] = zero + low
        to += 2
      } else {
        if (low !== filler || i !== from + length - 1) throw new UnreadableBytes('a byte does not hold two digits')
        to += 1
      }
    }
    this.length = to
  }

  get text(): string {
    return Buffer.from(this.bytes.buffer, 0, this.length).toString('latin1')
  }

  is(digits: string): boolean {
    const { bytes, length } = this
    if (digits.length !== length) return false
    for (let i = length - 1; i >= 0; i -= 1) if (digits.charCodeAt(i) !== bytes[i]) return false
    return true
  }
}

/** Valid until the next `read`, also when another row is got from LMDB meanwhile. */
export class RowStanding implements Standing {
  seq = 0
  tenant = 0
  role: RouteRole = 'PARTY'
  callback: Callback = 'NONE'
  startMs = 0
  endMs = 0
  graceMs = 0
  removed = false
  routeDirection: 'A_TO_B' | 'B_TO_A' = 'A_TO_B'
  direction: Direction = 'BOTH'
  graceDirection: Direction = 'BOTH'
  media: readonly Medium[] = []
  maxCallMs = 0
  maxCalls = 0
  record = false
  hasUserData = false
  readonly callee = new DigitText()
  readonly display = new DigitText()
  /** Where the reading stands, and the display that the last reservation told. */
  #at = 0
  #displayAt = 0
  #displayLength = 0

  /**
   * Takes up the reservation that speaks at `nowMs`; false when none does.
   * @param length of the payload, at the front of `row`
   * @throws UnreadableBytes
   */
  read(row: Uint8Array, length: number, nowMs: number): boolean {
    const count = length === 0 ? 0 : row[0]!
    if (count === 0 || count > limits.reservationsPerKey) throw new UnreadableBytes(`a route of ${count} reservations`)
    this.#at = 1
    this.#displayLength = 0
    let begun = -1
    let begunDisplayAt = 0
    let begunDisplayLength = 0
    let ahead = -1
    let aheadDisplayAt = 0
    let aheadDisplayLength = 0
    for (let i = 0; i < count; i += 1) {
      const start = this.#at
      this.#pass(row, length)
      if (readUint48(row, start + routeAt.start) <= nowMs) {
        begun = start
        begunDisplayAt = this.#displayAt
        begunDisplayLength = this.#displayLength
      } else if (ahead < 0 && readUint48(row, start + routeAt.freeAt) > nowMs) {
        ahead = start
        aheadDisplayAt = this.#displayAt
        aheadDisplayLength = this.#displayLength
      }
    }
    if (this.#at !== length) throw new UnreadableBytes('bytes follow the last reservation')
    if (begun >= 0 && readUint48(row, begun + routeAt.freeAt) > nowMs) {
      this.#take(row, begun, begunDisplayAt, begunDisplayLength)
      return true
    }
    if (ahead < 0) return false
    this.#take(row, ahead, aheadDisplayAt, aheadDisplayLength)
    return true
  }

  /** Goes past one reservation, and remembers its display. */
  #pass(row: Uint8Array, length: number): void {
    const start = this.#at
    if (start + reservationFixedBytes > length) throw new UnreadableBytes('a route ends within a reservation')
    let at = start + reservationFixedBytes
    if ((row[start + routeAt.kind]! & heldBit) !== 0) at += uint48Bytes
    for (let numbers = 0; numbers < 3; numbers += 1) {
      const from = at
      while (at < length && row[at]! >= 0x80) at += 1
      at += 1
      if (at - from > 5) throw new UnreadableBytes('a number of more than 32 bits')
    }
    at += 1 + row[at]!
    if ((row[start + routeAt.flags]! & 1) === 0) at += 1 + row[at]!
    if (at >= length) throw new UnreadableBytes('a route ends within a party')
    if (row[at] === sameDisplay) {
      this.#at = at + 1
      return
    }
    this.#displayAt = at + 1
    this.#displayLength = row[at]!
    this.#at = at + 1 + row[at]!
    if (this.#at > length) throw new UnreadableBytes('a route ends within a party')
  }

  #take(row: Uint8Array, start: number, displayAt: number, displayLength: number): void {
    const flags = row[start + routeAt.flags]!
    const rules = row[start + routeAt.rules]!
    this.seq = readUint48(row, start + routeAt.seq)
    this.tenant = (row[start + routeAt.tenant]! << 8) | row[start + routeAt.tenant + 1]!
    this.role = roleCodes.word((flags >> 7) + 1)
    this.callback = callbackCodes.word(rules & 3)
    this.startMs = readUint48(row, start + routeAt.start)
    this.endMs = readUint48(row, start + routeAt.end)
    this.removed = (flags & (1 << 5)) !== 0
    this.routeDirection = routeDirectionCodes.word((flags & (1 << 4)) !== 0 ? 1 : 2)
    this.direction = directionCodes.word(rules >> 6)
    this.graceDirection = directionCodes.word((rules >> 4) & 3)
    this.media = mediaOf((rules >> 2) & 3)
    this.record = (flags & (1 << 2)) !== 0
    this.hasUserData = (flags & (1 << 1)) !== 0
    this.#at = start + reservationFixedBytes
    if ((row[start + routeAt.kind]! & heldBit) !== 0) this.#at += uint48Bytes
    this.graceMs = this.#varint(row)
    this.maxCallMs = this.#varint(row)
    this.maxCalls = this.#varint(row)
    this.callee.unpack(row, this.#at + 1, row[this.#at]!)
    this.display.unpack(row, displayAt, displayLength)
  }

  /** Its end was found before. */
  #varint(row: Uint8Array): number {
    let at = this.#at
    let byte = row[at]!
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      at += 1
      byte = row[at]!
      value |= (byte & 0x7f) << shift
    }
    this.#at = at + 1
    return value >>> 0
  }
}

/** The one that speaks among reservations in memory, in order of start: for a reader that keeps them so. */
export function standingAmong(byStart: readonly Reservation[], nowMs: number): RowStanding | undefined {
  if (byStart.length === 0) return undefined
  const row = encodeRoute(byStart)
  const standing = new RowStanding()
  return standing.read(row, row.length, nowMs) ? standing : undefined
}
