/**
 * Builds a shard's state from the rows of its store at start: routes in order
 * of (number, key), each with its reservations in order of start. Rows that
 * time has spent are only counted, to be purged later.
 */
import { addReservation, countDay, countLive } from './apply.js'
import type { Binding, Ordinal, Seq, TenantId } from './binding.js'
import type { DueMark } from './events.js'
import type { CallerKey, Family } from './modes.js'
import { isSpent, type Reservation } from './reservation.js'
import type { Progress, ShardState } from './state.js'

export class Restorer {
  readonly #remnants: { ordinal: Ordinal; key: CallerKey; reservation: Reservation }[] = []

  /** The directory's facts must have been adopted. */
  constructor(
    private readonly state: ShardState,
    private readonly progress: Progress,
  ) {
    state.advance(progress)
  }

  /** One route's reservations, in order of start. */
  route(ordinal: Ordinal, key: CallerKey, byStart: readonly Reservation[]): void {
    byStart.forEach((reservation, index) => {
      if (this.#isGone(byStart, index)) this.state.numbers.stale.add(ordinal, 1)
      else if (reservation.removed) this.#remnants.push({ ordinal, key, reservation })
      else this.#add(ordinal, key, reservation, false)
    })
  }

  /** Where a tenant's rate limiter stood. */
  rate(tenant: TenantId, theoreticalMs: number): void {
    this.state.tenants.get(tenant)?.setTheoretical(theoreticalMs)
  }

  /** A binding made on its tenant's present day, for the quota per party and day. */
  madeToday(binding: Binding): void {
    countDay(this.state, binding)
  }

  /** From which time on bindings are wanted by `madeToday`; undefined when no tenant has such a quota. */
  daysFromMs(): number | undefined {
    const starts = [...this.state.tenants.values()]
      .filter((tenant) => tenant.facts.quotas.allocationsPerPartyPerDay !== undefined)
      .map((tenant) => tenant.dayStartMs(this.progress.nowMs))
    return starts.length === 0 ? undefined : Math.min(...starts)
  }

  /** Call once, after the last route. */
  finish(): void {
    for (const { ordinal, key, reservation } of this.#remnants) this.#add(ordinal, key, reservation, true)
  }

  #isGone(byStart: readonly Reservation[], index: number): boolean {
    const { seq, freeAtMs } = byStart[index]!
    return passed(this.progress.freedUpTo, freeAtMs, seq) || isSpent(byStart, index, this.progress.nowMs)
  }

  #add(ordinal: Ordinal, key: CallerKey, reservation: Reservation, remnant: boolean): void {
    const { state } = this
    const known = remnant ? 0 : state.bindings.find(reservation.seq)
    const slot = known === 0 ? this.#newBinding(ordinal, reservation, remnant) : known
    const route = { on: { ordinal, digits: state.numbers.digits(ordinal) }, key, ...routeParts(reservation) }
    const carried = state.bindings.isEnded(slot) ? undefined : this.#carries(slot, ordinal)
    addReservation(state, slot, { route, reservation }, familyOf(key, state, ordinal))
    // A binding known from another number is live on this one as well.
    if (known !== 0 && carried === false) state.numbers.live.add(ordinal, 1)
    if (known === 0 && carried !== undefined) this.#countNew(slot)
    state.numbers.file(ordinal)
  }

  #newBinding(ordinal: Ordinal, reservation: Reservation, remnant: boolean): number {
    const { state } = this
    const ended = remnant || reservation.released || passed(this.progress.endedUpTo, reservation.endMs, reservation.seq)
    const slot = state.bindings.add({ ...reservation, pool: state.numbers.poolOf(ordinal), ended, remnant })
    if (ended) state.frees.add(slot)
    else state.ends.add(slot)
    if (ended && !remnant) state.pools.get(state.numbers.poolOf(ordinal))!.countBindings(0, 1)
    return slot
  }

  #countNew(slot: number): void {
    countLive(this.state, slot, 1)
    this.state.pools.get(this.state.bindings.pool.get(slot))!.countBindings(1, 0)
  }

  #carries(slot: number, ordinal: Ordinal): boolean {
    const { bindings, reservations } = this.state
    for (let at = bindings.head.get(slot); at !== 0; at = reservations.nextOfBinding.get(at)) {
      if (reservations.ordinal.get(at) === ordinal) return true
    }
    return false
  }
}

/** Whether something due at (ms, seq) has been handled up to the mark. */
function passed(mark: DueMark, ms: number, seq: Seq): boolean {
  return ms < mark.ms || (ms === mark.ms && seq <= mark.seq)
}

function routeParts(reservation: Reservation) {
  return {
    role: reservation.role,
    callee: reservation.callee,
    owner: reservation.owner,
    display: reservation.display,
    direction: reservation.routeDirection,
    sinceMs: reservation.startMs,
    callerIsParty: reservation.callerIsParty,
  }
}

/**
 * The family shows in the keys: an any key makes a number exclusive, an
 * extension an extension number; an exact key alone stands on a pair number,
 * unless the number is known by another key already.
 */
function familyOf(key: CallerKey, state: ShardState, ordinal: Ordinal): Family {
  if (key.kind === 'ANY') return 'EXCLUSIVE'
  if (key.kind === 'EXTENSION') return 'EXTENSION'
  return state.numbers.family(ordinal) ?? 'PAIR'
}
