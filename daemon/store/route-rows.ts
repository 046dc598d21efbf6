/** What the projection does to the row of a route. */
import { isSpent, type PlacedReservation, type Reservation } from '../core/reservation.js'
import { encodeRoute } from './route-codec.js'
import { routeKey } from './route-key.js'
import type { Table } from './table.js'

/** The key of a reservation's row. */
export function keyOf({ route }: PlacedReservation): Uint8Array {
  return routeKey(route.on.ordinal, route.key)
}

/** Whether it is the binding's present ownership, not what remains of a removed party's. */
export function isCurrent(reservation: Reservation, seq: number): boolean {
  return reservation.seq === seq && !reservation.removed
}

/** In order of start; of the same start the later acknowledged comes last: it is the one that took over. */
export function insert(byStart: readonly Reservation[], added: Reservation): readonly Reservation[] {
  const behind = byStart.findIndex(({ startMs }) => startMs > added.startMs)
  return byStart.toSpliced(behind < 0 ? byStart.length : behind, 0, added)
}

/** What may still speak at `nowMs`. */
export function withoutSpent(byStart: readonly Reservation[], nowMs: number): readonly Reservation[] {
  return byStart.filter((_, i) => !isSpent(byStart, i, nowMs))
}

/** Writes a row, or removes one of which nothing is left. */
export function putRoute(route: Table, key: Uint8Array, existed: boolean, byStart: readonly Reservation[]): void {
  if (byStart.length > 0) route.put(key, encodeRoute(byStart))
  else if (existed) route.remove(key)
}
