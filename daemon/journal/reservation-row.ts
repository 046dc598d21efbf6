/** A reservation with its place, as an `updated` event holds those of removed parties. */
import { callerKeyBytes, readCallerKey, writeCallerKey } from '../core/caller-key.js'
import type { CallerKey } from '../core/modes.js'
import type { PlacedReservation, Reservation } from '../core/reservation.js'
import type { ReservationRow } from '../generated/xpool/internal/v1/journal.js'
import { required, unpackDigits } from './binding-row.js'
import {
  callbackCodes,
  directionCodes,
  familyCodes,
  mediaBits,
  mediaOf,
  roleCodes,
  routeDirectionCodes,
} from './codes.js'
import { packDigits } from './digit-bytes.js'

/** A reservation repeats what its route says; the row holds it once. */
export function toReservationRow({ route, reservation }: PlacedReservation): ReservationRow {
  return {
    ordinal: route.on.ordinal,
    digits: packDigits(route.on.digits),
    callerKey: toCallerKeyBytes(route.key),
    seq: reservation.seq,
    tenant: reservation.tenant,
    role: roleCodes.code(reservation.role),
    family: familyCodes.code(reservation.family),
    startMs: reservation.startMs,
    endMs: reservation.endMs,
    heldUntilMs: reservation.heldUntilMs,
    graceMs: reservation.graceMs,
    freeAtMs: reservation.freeAtMs,
    released: reservation.released,
    callee: packDigits(reservation.callee),
    owner: packDigits(reservation.owner),
    display: packDigits(reservation.display),
    routeDirection: routeDirectionCodes.code(reservation.routeDirection),
    callerIsParty: reservation.callerIsParty,
    direction: directionCodes.code(reservation.direction),
    graceDirection: directionCodes.code(reservation.graceDirection),
    media: mediaBits(reservation.media),
    callback: callbackCodes.code(reservation.callback),
    maxCallMs: reservation.maxCallMs,
    maxCalls: reservation.maxCalls,
    record: reservation.record,
    hasUserData: reservation.hasUserData,
    removed: reservation.removed,
    sinceMs: route.sinceMs,
  }
}

/** Throws UnreadableBytes. */
export function fromReservationRow(row: ReservationRow): PlacedReservation {
  const reservation = reservationOf(row)
  return {
    route: {
      on: { ordinal: row.ordinal, digits: unpackDigits(row.digits) },
      key: fromCallerKeyBytes(row.callerKey),
      role: reservation.role,
      callee: reservation.callee,
      owner: reservation.owner,
      display: reservation.display,
      direction: reservation.routeDirection,
      sinceMs: row.sinceMs,
      callerIsParty: reservation.callerIsParty,
    },
    reservation,
  }
}

/** The bytes of a caller key as events hold it. */
export function toCallerKeyBytes(key: CallerKey): Buffer {
  const bytes = Buffer.alloc(callerKeyBytes)
  writeCallerKey(key, bytes, 0)
  return bytes
}

/** Throws UnreadableBytes. */
export function fromCallerKeyBytes(bytes: Uint8Array): CallerKey {
  return required(bytes.length === callerKeyBytes ? readCallerKey(bytes, 0) : undefined, 'caller key')
}

function reservationOf(row: ReservationRow): Reservation {
  return {
    seq: row.seq,
    tenant: row.tenant,
    role: roleCodes.word(row.role),
    family: familyCodes.word(row.family),
    startMs: row.startMs,
    endMs: row.endMs,
    heldUntilMs: row.heldUntilMs,
    graceMs: row.graceMs,
    freeAtMs: row.freeAtMs,
    released: row.released,
    callee: unpackDigits(row.callee),
    owner: unpackDigits(row.owner),
    display: unpackDigits(row.display),
    routeDirection: routeDirectionCodes.word(row.routeDirection),
    callerIsParty: row.callerIsParty,
    direction: directionCodes.word(row.direction),
    graceDirection: directionCodes.word(row.graceDirection),
    media: mediaOf(row.media),
    callback: callbackCodes.word(row.callback),
    maxCallMs: row.maxCallMs,
    maxCalls: row.maxCalls,
    record: row.record,
    hasUserData: row.hasUserData,
    removed: row.removed,
  }
}
