/**
 * A reservation: one binding's ownership of one route key, with everything
 * that Resolve needs to decide a call on it. It is what the store keeps per
 * (number, caller key), in order of start, at most `limits.reservationsPerKey`.
 *
 *      start          end      grace end          free_at
 *        |-- live ------|-- grace --|                 |
 *        |              |------- cooldown ------------|
 */
import type { Binding, Callback, Direction, Medium, Seq, TenantId } from './binding.js'
import { compileRoutes, type Family, modes, type Route, type RouteRole } from './modes.js'

export interface Reservation {
  readonly seq: Seq
  readonly tenant: TenantId
  readonly role: RouteRole
  /** What it makes of its number. */
  readonly family: Family
  readonly startMs: number
  readonly endMs: number
  /** Until when the window or a call in progress keeps the route from everybody, its own pair included; at least endMs (I11). */
  readonly heldUntilMs: number
  readonly graceMs: number
  readonly freeAtMs: number
  /** The binding was ended by a release. */
  readonly released: boolean
  /** Its party was removed by an update: it cools down by itself, apart from what the binding does later. */
  readonly removed: boolean
  readonly callee: string
  readonly owner: string
  readonly display: string
  readonly routeDirection: 'A_TO_B' | 'B_TO_A'
  readonly callerIsParty: boolean
  readonly direction: Direction
  readonly graceDirection: Direction
  readonly media: readonly Medium[]
  readonly callback: Callback
  readonly maxCallMs: number
  readonly maxCalls: number
  readonly record: boolean
  /** The binding has user data, in the binding's own row. */
  readonly hasUserData: boolean
}

/** What a start needs of a reservation: whose the key is, and from when to when. */
export type Ownership = Pick<
  Reservation,
  | 'seq'
  | 'tenant'
  | 'family'
  | 'startMs'
  | 'endMs'
  | 'heldUntilMs'
  | 'freeAtMs'
  | 'released'
  | 'removed'
  | 'owner'
  | 'callerIsParty'
>

/** A reservation with its place: what the events of the core write to the store. */
export interface PlacedReservation {
  readonly route: Route
  readonly reservation: Reservation
}

/** The reservations that a binding owns as it stands. */
export function reservationsOf(binding: Binding): PlacedReservation[] {
  return compileRoutes(binding).map((route) => ({ route, reservation: reservationOn(route, binding) }))
}

function reservationOn(route: Route, binding: Binding): Reservation {
  const { terms } = binding
  return {
    seq: binding.seq,
    tenant: binding.tenant,
    role: route.role,
    family: modes[binding.mode].family,
    startMs: Math.max(binding.startMs, route.sinceMs),
    endMs: binding.endMs,
    heldUntilMs: Math.max(binding.endMs, binding.heldUntilMs),
    graceMs: terms.graceMs,
    freeAtMs: binding.freeAtMs,
    released: binding.released,
    removed: false,
    callee: route.callee,
    owner: route.owner,
    display: route.display,
    routeDirection: route.direction,
    callerIsParty: route.callerIsParty,
    direction: terms.direction,
    graceDirection: terms.graceDirection,
    media: terms.media,
    callback: terms.callback,
    maxCallMs: terms.maxCallMs,
    maxCalls: terms.maxCalls,
    record: terms.record,
    hasUserData: binding.userData.length > 0,
  }
}

/**
 * Which reservation of a key speaks at `now`: the latest that has begun and is
 * not yet free (a later one replaced it from its own start), else the earliest
 * still to begin. From free_at on a reservation counts as absent.
 */
export function speaking<R extends Pick<Reservation, 'startMs' | 'freeAtMs'>>(
  byStart: readonly R[],
  now: number,
): R | undefined {
  for (let i = byStart.length - 1; i >= 0; i -= 1) {
    const reservation = byStart[i]!
    if (reservation.startMs > now) continue
    if (reservation.freeAtMs > now) return reservation
    break
  }
  return byStart.find((reservation) => reservation.startMs > now && reservation.freeAtMs > now)
}

/**
 * Whether a reservation will never speak again: it is free, or a later one on
 * its key has begun. Such a one may be dropped whenever its row is written.
 */
export function isSpent(
  byStart: readonly Pick<Reservation, 'startMs' | 'freeAtMs'>[],
  index: number,
  now: number,
): boolean {
  if (byStart[index]!.freeAtMs <= now) return true
  const next = byStart[index + 1]
  return next !== undefined && next.startMs <= now
}

/** Whether the key is owned at `now`, or booked: any of its reservations may still speak. */
export function isOwned(byStart: readonly Pick<Reservation, 'startMs' | 'freeAtMs'>[], now: number): boolean {
  return byStart.some((_, i) => !isSpent(byStart, i, now))
}
