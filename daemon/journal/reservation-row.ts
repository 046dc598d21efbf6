/** A reservation with its place, as an `updated` event holds those of removed parties. */
import { callerKeyBytes, readCallerKey } from '../core/caller-key.js'
import type { CallerKey } from '../core/modes.js'
import type { PlacedReservation, Reservation } from '../core/reservation.js'
import type { ReservationRow } from '../generated/xpool/internal/v1/journal.js'
import { required, unpackDigits } from './binding-row.js'
import { callbackCodes, directionCodes, familyCodes, mediaOf, roleCodes, routeDirectionCodes } from './codes.js'

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
