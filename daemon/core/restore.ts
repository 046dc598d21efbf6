/**
 * Builds a shard's state from the rows of its store at start: routes in order
 * of (number, key), each with its reservations in order of start. Rows that
 * time has spent are only counted, to be purged later.
 */
import { announcedAtMs, toBeAnnounced } from './announce.js'
import { addReservation, countDay } from './apply.js'
import type { Binding, Ordinal, PoolId, Seq, TenantId } from './binding.js'
import type { DueMark } from './events.js'
import type { CallerKey } from './modes.js'
import type { Ownership } from './reservation.js'

import type { Progress, ShardState } from './state.js'

export class Restorer {
  readonly #touched = new Set<Ordinal>()
  readonly #remnants: { ordinal: Ordinal; key: CallerKey; reservation: Ownership }[] = []

  /** The directory's facts must have been adopted. */
  constructor(
    private readonly state: ShardState,
    private readonly progress: Progress,
  ) {
    state.advance(progress)
  }

  /** One route's reservations, in order of start. */
  route(ordinal: Ordinal, key: CallerKey, byStart: readonly Ownership[]): void {
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

  /** Where the cycle of a number's extensions goes on. */
  extension(ordinal: Ordinal, next: number): void {
    if (this.state.numbers.has(ordinal)) this.state.numbers.moveExtension(ordinal, next)
  }

  /** A pool that was told to be low. */
  low(pool: PoolId): void {
    this.state.pools.get(pool)?.setLow(true)
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

  /** Call once, after the last route: numbers are filed here, once each. */
  finish(): void {
    for (const { ordinal, key, reservation } of this.#remnants) this.#add(ordinal, key, reservation, true)
    for (const ordinal of this.#touched) this.state.numbers.file(ordinal)
  }

  /**
   * Freed before the start, or replaced by a later one that has begun. What time alone has ended or freed
   * meanwhile is taken up: that it did is still to be journaled.
   */
  #isGone(byStart: readonly Ownership[], index: number): boolean {
    const { seq, endMs, freeAtMs, released } = byStart[index]!
    // A release frees at once what has no cooldown; no event says so again.
    if (released && freeAtMs <= endMs) return true
    const next = byStart[index + 1]
    return passed(this.progress.freedUpTo, freeAtMs, seq) || (next !== undefined && next.startMs <= this.progress.nowMs)
  }

  #add(ordinal: Ordinal, key: CallerKey, reservation: Ownership, remnant: boolean): void {
    const { state } = this
    const known = remnant ? 0 : state.bindings.find(reservation.seq)
    const slot = known === 0 ? this.#newBinding(ordinal, reservation, remnant) : known
    const live = !state.bindings.isEnded(slot)
    // A binding is live once on each of its numbers, however many of its routes are there.
    if (live && !this.#carries(slot, ordinal)) state.numbers.live.add(ordinal, 1)
    const { owner, startMs, callerIsParty } = reservation
    addReservation(state, slot, { key, ordinal, owner, startMs, callerIsParty }, reservation.family)
    this.#touched.add(ordinal)
  }

  #newBinding(ordinal: Ordinal, reservation: Ownership, remnant: boolean): number {
    const { state } = this
    const { seq, tenant, startMs, endMs, heldUntilMs, freeAtMs } = reservation
    const ended = remnant || reservation.released || passed(this.progress.endedUpTo, endMs, seq)
    const pool = state.numbers.poolOf(ordinal)
    const slot = state.bindings.add({ seq, tenant, pool, startMs, endMs, heldUntilMs, freeAtMs, ended, remnant })
    if (ended) state.frees.add(slot, freeAtMs)
    else {
      state.ends.add(slot, endMs)
      state.countLive(tenant, 1)
      const atMs = announcedAtMs(state, slot)
      if (atMs !== undefined && !passed(this.progress.expiringUpTo, atMs, seq)) toBeAnnounced(state, slot)
    }
    if (!remnant) state.pools.get(pool)!.countBindings(ended ? 0 : 1, ended ? 1 : 0)
    return slot
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
