/** A reservation with its place, as an `updated` event holds those of removed parties. */
import { callerKeyBytes, readCallerKey, writeCallerKey } from '../core/caller-key.js'
import type { PlacedReservation, Reservation } from '../core/reservation.js'
import type { ReservationRow } from '../generated/xpool/internal/v1/journal.js'
import { required, unpackDigits } from './binding-row.js'
import { callbackCodes, directionCodes, mediaBits, mediaOf, roleCodes, routeDirectionCodes } from './codes.js'
import { packDigits } from './digit-bytes.js'

/** A reservation repeats what its route says; the row holds it once. */
export function toReservationRow({ route, reservation }: PlacedReservation): ReservationRow {
  const callerKey = Buffer.alloc(callerKeyBytes)
  writeCallerKey(route.key, callerKey, 0)
  return {
    ordinal: route.on.ordinal,
    digits: packDigits(route.on.digits),
    callerKey,
    seq: reservation.seq,
    tenant: reservation.tenant,
    role: roleCodes.code(reservation.role),
    startMs: reservation.startMs,
    endMs: reservation.endMs,
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
      key: required(
        row.callerKey.length === callerKeyBytes ? readCallerKey(row.callerKey, 0) : undefined,
        'caller key',
      ),
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

function reservationOf(row: ReservationRow): Reservation {
  return {
    seq: row.seq,
    tenant: row.tenant,
    role: roleCodes.word(row.role),
    startMs: row.startMs,
    endMs: row.endMs,
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
