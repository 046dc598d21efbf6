/**
 * The row of a route: its reservations in order of start, everything that
 * Resolve needs in one get. Eight usual ones of AXB take less than 400 bytes.
 *
 *   | count 1 | reservation | reservation ...
 *
 *   reservation
 *   | flags 1 | rules 1 | kind 1 | seq 6 | tenant 2 | start ms 6 | end ms 6 | free at ms 6 |
 *   | held until ms 6, if kind says so | grace ms v | longest call ms v | calls v | callee p | owner p | display p |
 *
 *   flags   7 callback role   6 released   5 removed   4 route A to B   3 caller is party
 *           2 record   1 user data   0 owner is the callee, and is left out
 *   rules   7-6 direction   5-4 grace direction   3-2 media   1-0 call-back
 *   kind    2 held by calls past its end   1-0 family
 *   v       LEB128, at most 32 bits
 *   p       | length 1 | that many opaque bytes |; a display of length 255 is the one before
 */
import { limits } from '../core/limits.js'
import type { Ownership, Reservation } from '../core/reservation.js'
import {
  callbackCodes,
  directionCodes,
  familyCodes,
  mediaBits,
  mediaOf,
  roleCodes,
  routeDirectionCodes,
} from '../journal/codes.js'
import { readDigits, writeDigits } from '../journal/digit-bytes.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { readUint48, uint48Bytes, writeUint48 } from './uint48.js'

/** Layout that a reader in place needs too (standing-reader.ts). */
export const sameDisplay = 255
export const heldBit = 1 << 2
export const familyBits = 3
/** Places within a reservation. */
export const routeAt = { flags: 0, rules: 1, kind: 2, seq: 3, tenant: 9, start: 11, end: 17, freeAt: 23 } as const
export const reservationFixedBytes = routeAt.freeAt + uint48Bytes
/** More than `limits.reservationsPerKey` of the longest reservations. */
const scratch = new Uint8Array(2_048)
const displayBefore = ''

/** The row's payload, a view that the next call overwrites. Throws RangeError past `limits.reservationsPerKey`. */
export function encodeRoute(byStart: readonly Reservation[]): Uint8Array {
  if (byStart.length > limits.reservationsPerKey)
    throw new RangeError(`${byStart.length} reservations on one route key`)
  scratch[0] = byStart.length
  let to = 1
  let display = displayBefore
  for (const reservation of byStart) {
    to = writeReservation(reservation, to, display)
    display = reservation.display
  }
  return scratch.subarray(0, to)
}

function writeReservation(reservation: Reservation, start: number, displayOfLast: string): number {
  const ownerIsCallee = reservation.owner === reservation.callee
  const held = reservation.heldUntilMs > reservation.endMs
  scratch[start + routeAt.flags] = flagsOf(reservation) | (ownerIsCallee ? 1 : 0)
  scratch[start + routeAt.rules] = rulesOf(reservation)
  scratch[start + routeAt.kind] = familyCodes.code(reservation.family) | (held ? heldBit : 0)
  writeUint48(reservation.seq, scratch, start + routeAt.seq)
  scratch[start + routeAt.tenant] = reservation.tenant >>> 8
  scratch[start + routeAt.tenant + 1] = reservation.tenant
  writeUint48(reservation.startMs, scratch, start + routeAt.start)
  writeUint48(reservation.endMs, scratch, start + routeAt.end)
  writeUint48(reservation.freeAtMs, scratch, start + routeAt.freeAt)
  let to = start + reservationFixedBytes
  if (held) {
    writeUint48(reservation.heldUntilMs, scratch, to)
    to += uint48Bytes
  }
  to = writeVarint(reservation.graceMs, to)
  to = writeVarint(reservation.maxCallMs, to)
  to = writeVarint(reservation.maxCalls, to)
  to = writeOpaque(reservation.callee, to)
  if (!ownerIsCallee) to = writeOpaque(reservation.owner, to)
  if (reservation.display !== displayOfLast || displayOfLast === displayBefore)
    return writeOpaque(reservation.display, to)
  scratch[to] = sameDisplay
  return to + 1
}

function flagsOf(reservation: Reservation): number {
  return (
    ((roleCodes.code(reservation.role) - 1) << 7) |
    (reservation.released ? 1 << 6 : 0) |
    (reservation.removed ? 1 << 5 : 0) |
    (reservation.routeDirection === 'A_TO_B' ? 1 << 4 : 0) |
    (reservation.callerIsParty ? 1 << 3 : 0) |
    (reservation.record ? 1 << 2 : 0) |
    (reservation.hasUserData ? 1 << 1 : 0)
  )
}

function rulesOf(reservation: Reservation): number {
  return (
    (directionCodes.code(reservation.direction) << 6) |
    (directionCodes.code(reservation.graceDirection) << 4) |
    (mediaBits(reservation.media) << 2) |
    callbackCodes.code(reservation.callback)
  )
}

function writeVarint(value: number, start: number): number {
  let rest = value >>> 0
  let to = start
  while (rest > 0x7f) {
    scratch[to] = (rest & 0x7f) | 0x80
    to += 1
    rest >>>= 7
  }
  scratch[to] = rest
  return to + 1
}

function writeOpaque(digits: string, to: number): number {
  const end = writeDigits(digits, scratch, to + 1)
  scratch[to] = end - to - 1
  return end
}

/** The reservations of a row, in order of start. Throws UnreadableBytes. */
export function decodeRoute(payload: Uint8Array): Reservation[] {
  const count = payload[0] ?? 0
  if (count === 0 || count > limits.reservationsPerKey) throw new UnreadableBytes(`a route of ${count} reservations`)
  const cursor = new Cursor(payload)
  const byStart: Reservation[] = []
  for (let i = 0; i < count; i += 1) byStart.push(cursor.reservation())
  cursor.end()
  return byStart
}

/**
 * As decodeRoute, without what only Resolve asks for. Throws UnreadableBytes.
 * @param length of the payload, where the buffer goes on behind it
 */
export function decodeOwnerships(payload: Uint8Array, length = payload.length): Ownership[] {
  const count = length === 0 ? 0 : (payload[0] ?? 0)
  if (count === 0 || count > limits.reservationsPerKey) throw new UnreadableBytes(`a route of ${count} reservations`)
  const cursor = new Cursor(payload, length)
  const byStart: Ownership[] = []
  for (let i = 0; i < count; i += 1) byStart.push(cursor.ownership())
  cursor.end()
  return byStart
}

class Cursor {
  readonly #payload: Uint8Array
  readonly #length: number
  #at = 1
  #display = displayBefore

  constructor(payload: Uint8Array, length = payload.length) {
    this.#payload = payload
    this.#length = length
  }

  reservation(): Reservation {
    const payload = this.#payload
    const start = this.#at
    if (start + reservationFixedBytes > this.#length) throw new UnreadableBytes('a route ends within a reservation')
    const flags = payload[start + routeAt.flags]!
    const rules = payload[start + routeAt.rules]!
    const kind = payload[start + routeAt.kind]!
    this.#at = start + reservationFixedBytes
    const endMs = readUint48(payload, start + routeAt.end)
    const heldUntilMs = (kind & heldBit) === 0 ? endMs : this.#uint48()
    const graceMs = this.#varint()
    const maxCallMs = this.#varint()
    const maxCalls = this.#varint()
    const callee = this.#opaque()
    return {
      seq: readUint48(payload, start + routeAt.seq),
      tenant: (payload[start + routeAt.tenant]! << 8) | payload[start + routeAt.tenant + 1]!,
      role: roleCodes.word((flags >> 7) + 1),
      family: familyCodes.word(kind & familyBits),
      startMs: readUint48(payload, start + routeAt.start),
      endMs,
      heldUntilMs,
      graceMs,
      freeAtMs: readUint48(payload, start + routeAt.freeAt),
      released: (flags & (1 << 6)) !== 0,
      removed: (flags & (1 << 5)) !== 0,
      callee,
      owner: (flags & 1) !== 0 ? callee : this.#opaque(),
      display: this.#displayed(),
      routeDirection: routeDirectionCodes.word((flags & (1 << 4)) !== 0 ? 1 : 2),
      callerIsParty: (flags & (1 << 3)) !== 0,
      direction: directionCodes.word(rules >> 6),
      graceDirection: directionCodes.word((rules >> 4) & 3),
      media: mediaOf((rules >> 2) & 3),
      callback: callbackCodes.word(rules & 3),
      maxCallMs,
      maxCalls,
      record: (flags & (1 << 2)) !== 0,
      hasUserData: (flags & (1 << 1)) !== 0,
    }
  }

  ownership(): Ownership {
    const payload = this.#payload
    const start = this.#at
    if (start + reservationFixedBytes > this.#length) throw new UnreadableBytes('a route ends within a reservation')
    const flags = payload[start + routeAt.flags]!
    const kind = payload[start + routeAt.kind]!
    this.#at = start + reservationFixedBytes
    const endMs = readUint48(payload, start + routeAt.end)
    const heldUntilMs = (kind & heldBit) === 0 ? endMs : this.#uint48()
    for (let varints = 0; varints < 3; varints += 1) this.#varint()
    if ((flags & 1) === 0) this.#skipOpaque()
    const owner = this.#opaque()
    if (payload[this.#at] === sameDisplay) this.#at += 1
    else this.#skipOpaque()
    return {
      seq: readUint48(payload, start + routeAt.seq),
      tenant: (payload[start + routeAt.tenant]! << 8) | payload[start + routeAt.tenant + 1]!,
      family: familyCodes.word(kind & familyBits),
      startMs: readUint48(payload, start + routeAt.start),
      endMs,
      heldUntilMs,
      freeAtMs: readUint48(payload, start + routeAt.freeAt),
      released: (flags & (1 << 6)) !== 0,
      removed: (flags & (1 << 5)) !== 0,
      owner,
      callerIsParty: (flags & (1 << 3)) !== 0,
    }
  }

  #skipOpaque(): void {
    this.#at += 1 + (this.#payload[this.#at] ?? 0)
  }

  end(): void {
    if (this.#at !== this.#length) throw new UnreadableBytes('bytes follow the last reservation')
  }

  #uint48(): number {
    const from = this.#at
    if (from + uint48Bytes > this.#length) throw new UnreadableBytes('a route ends within a time')
    this.#at = from + uint48Bytes
    return readUint48(this.#payload, from)
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#payload[this.#at]
      if (byte === undefined) throw new UnreadableBytes('a route ends within a number')
      this.#at += 1
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new UnreadableBytes('a number of more than 32 bits')
  }

  #opaque(): string {
    const length = this.#payload[this.#at] ?? 0
    const from = this.#at + 1
    if (from + length > this.#length) throw new UnreadableBytes('a route ends within a party')
    this.#at = from + length
    return readDigits(this.#payload, from, length)
  }

  #displayed(): string {
    if (this.#payload[this.#at] === sameDisplay) this.#at += 1
    else this.#display = this.#opaque()
    return this.#display
  }
}
