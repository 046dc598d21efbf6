/**
 * Applies an event to a shard's state. Events are facts: nothing here refuses,
 * and what cannot be is a fault of ours, found by an assertion (then the shard
 * reloads from its store). Every write goes through columns, so that a batch can be undone.
 */
import assert from 'node:assert'
import { announceAnew, announced, toBeAnnounced } from './announce.js'
import { acknowledgedParties, type Binding, type Digits, type Ordinal, type Seq } from './binding.js'
import { fileNumbers, firstNumber, noNumber, otherNumber } from './binding-numbers.js'
import type { BindingSlot } from './binding-table.js'
import type { ShardEvent } from './events.js'
import { countExtension } from './extensions.js'
import { type CallerKey, compileRoutes, type Family, modes, type Route } from './modes.js'
import { familyIndex } from './pool-state.js'
import type { PlacedReservation } from './reservation.js'
import type { ReservationSlot } from './reservation-table.js'
import type { ShardState } from './state.js'

type Of<T extends ShardEvent['type']> = Extract<ShardEvent, { type: T }>

/** Applies one event. Throws AssertionError for an event that cannot have happened in this state. */
export function apply(state: ShardState, event: ShardEvent): void {
  switch (event.type) {
    case 'allocated':
      return applyAllocated(state, event)
    case 'updated':
      return applyUpdated(state, event)
    case 'released':
      return applyReleased(state, event)
    case 'ended':
      for (const seq of event.seqs) applyEnded(state, seq)
      return state.advance({ endedUpTo: event.upTo })
    case 'freed':
      for (const seq of event.seqs) applyFreed(state, seq)
      return state.advance({ freedUpTo: event.upTo })
    case 'purged':
      for (const ordinal of event.ordinals) state.numbers.stale.set(ordinal, 0)
      return
    case 'expiring':
      for (const seq of event.seqs) announced(state, liveSlot(state, seq))
      return state.advance({ expiringUpTo: event.upTo })
    case 'called':
      return applyCalled(state, event)
    case 'pool-level':
      return state.pools.get(event.pool)?.setLow(event.low)
    case 'rate':
      return state.tenants.get(event.tenant)?.setTheoretical(event.theoreticalMs)
    case 'forgotten':
    case 'requests-dropped':
      return // rows of the store that the state does not hold
  }
}

function applyAllocated(state: ShardState, { binding, nextExtension }: Of<'allocated'>): void {
  assert.equal(binding.seq, state.nextSeq, 'bindings are numbered without gaps')
  const { seq, tenant, pool, startMs, endMs, freeAtMs } = binding
  const heldUntilMs = Math.max(endMs, binding.heldUntilMs)
  const slot = state.bindings.add({
    seq,
    tenant,
    pool,
    startMs,
    endMs,
    heldUntilMs,
    freeAtMs,
    ended: false,
    remnant: false,
  })
  const { family } = modes[binding.mode]
  for (const route of compileRoutes(binding)) addRoute(state, slot, route, startMs, family)
  state.ends.add(slot, binding.endMs)
  toBeAnnounced(state, slot)
  if (nextExtension !== undefined) state.numbers.moveExtension(binding.x.ordinal, nextExtension)
  countLive(state, slot, 1)
  state.pools.get(binding.pool)!.countBindings(1, 0)
  countDay(state, binding)
  state.numbers.areaOf(binding.x.ordinal).filling.set(familyIndex[family], binding.x.ordinal + 1)
  const x = firstNumber(state, slot)
  state.numbers.moveToYoungest(x)
  const y = otherNumber(state, slot, x)
  if (y !== noNumber) state.numbers.moveToYoungest(y)
  state.advance({ nextSeq: binding.seq + 1 })
}

/** Counts the allocation for its parties where the tenant has a quota per party and day. */
export function countDay(state: ShardState, binding: Binding): void {
  const tenant = state.tenants.get(binding.tenant)
  if (tenant?.facts.quotas.allocationsPerPartyPerDay === undefined) return
  for (const party of acknowledgedParties(binding)) tenant.countAllocation(party, binding.createdMs)
}

function applyUpdated(state: ShardState, { binding, removed }: Of<'updated'>): void {
  const slot = liveSlot(state, binding.seq)
  const { family } = modes[binding.mode]
  const before = reservationsOfSlot(state, slot)
  state.bindings.endMs.set(slot, binding.endMs)
  state.bindings.heldUntilMs.set(slot, Math.max(binding.endMs, binding.heldUntilMs))
  state.bindings.freeAtMs.set(slot, binding.freeAtMs)
  state.ends.move(slot, binding.endMs)
  announceAnew(state, slot)
  // New ones first, so that no number is without its family in between.
  for (const route of compileRoutes(binding)) addRoute(state, slot, route, binding.startMs, family)
  for (const placed of removed) addRemnant(state, slot, placed, family)
  const x = firstNumber(state, slot)
  const y = otherNumber(state, slot, x)
  for (const reservation of before) removeReservation(state, reservation, false)
  fileNumbers(state, x, y)
}

function addRemnant(state: ShardState, of: BindingSlot, placed: PlacedReservation, family: Family): void {
  const { bindings } = state
  const remnant = bindings.add({
    seq: bindings.seq.get(of),
    tenant: bindings.tenant.get(of),
    pool: bindings.pool(of),
    startMs: placed.reservation.startMs,
    endMs: placed.reservation.endMs,
    heldUntilMs: placed.reservation.heldUntilMs,
    freeAtMs: placed.reservation.freeAtMs,
    ended: true,
    remnant: true,
  })
  addRoute(state, remnant, placed.route, placed.reservation.startMs, family)
  state.numbers.file(placed.route.on.ordinal)
  state.frees.add(remnant, placed.reservation.freeAtMs)
}

function applyReleased(state: ShardState, event: Of<'released'>): void {
  const slot = liveSlot(state, event.seq)
  state.ends.remove(slot)
  const { bindings } = state
  const cooldownMs = bindings.freeAtMs.get(slot) - bindings.heldUntilMs.get(slot)
  bindings.endMs.set(slot, event.endMs)
  // The cooldown follows what calls hold, so that free_at tells until when they do.
  bindings.heldUntilMs.set(slot, Math.max(event.endMs, event.freeAtMs - cooldownMs))
  bindings.freeAtMs.set(slot, event.freeAtMs)
  endBinding(state, slot)
  if (event.freeAtMs > event.endMs) state.frees.add(slot, event.freeAtMs)
  else freeBinding(state, slot)
}

function applyEnded(state: ShardState, seq: Seq): void {
  const slot = liveSlot(state, seq)
  state.ends.remove(slot)
  state.frees.add(slot, state.bindings.freeAtMs.get(slot))
  endBinding(state, slot)
}

function endBinding(state: ShardState, slot: BindingSlot): void {
  announced(state, slot)
  state.bindings.markEnded(slot)
  countLive(state, slot, -1)
  state.pools.get(state.bindings.pool(slot))!.countBindings(-1, 1)
}

function applyCalled(state: ShardState, event: Of<'called'>): void {
  const { bindings, reservations, keys } = state
  const slot = bindings.find(event.seq)
  // A start leaves out a binding that later ones have replaced on all its keys: nothing of it holds any more.
  if (slot === 0) return
  moveHold(state, slot, event)
  for (const remnant of bindings.remnantsOf(slot)) {
    const at = bindings.head.get(remnant)
    const moved = event.remnants.find(
      ({ ordinal, key, endMs }) =>
        at !== 0 &&
        endMs === bindings.endMs.get(remnant) &&
        ordinal === reservations.ordinal.get(at) &&
        keys.find(key, ordinal) === reservations.key.get(at),
    )
    if (moved !== undefined) moveHold(state, remnant, moved)
  }
}

/** What calls hold moves free_at; a number's free gaps move with it. */
function moveHold(state: ShardState, slot: BindingSlot, to: { heldUntilMs: number; freeAtMs: number }): void {
  const { bindings } = state
  bindings.heldUntilMs.set(slot, Math.max(bindings.endMs.get(slot), to.heldUntilMs))
  if (bindings.freeAtMs.get(slot) === to.freeAtMs) return
  bindings.freeAtMs.set(slot, to.freeAtMs)
  if (bindings.isEnded(slot)) state.frees.move(slot, to.freeAtMs)
  const x = firstNumber(state, slot)
  fileNumbers(state, x, otherNumber(state, slot, x))
}

/** Frees come in the queue's order, so the next in line is the one that is meant, remnants included. */
function applyFreed(state: ShardState, seq: Seq): void {
  const slot = state.frees.first()
  assert.equal(slot === 0 ? 0 : state.bindings.seq.get(slot), seq, 'frees are applied in their order')
  state.frees.remove(slot)
  freeBinding(state, slot)
}

function freeBinding(state: ShardState, slot: BindingSlot): void {
  const { bindings } = state
  const x = firstNumber(state, slot)
  const y = otherNumber(state, slot, x)
  for (let next = bindings.head.get(slot); next !== 0; next = bindings.head.get(slot)) {
    removeReplaced(state, next)
    removeReservation(state, next, true)
  }
  fileNumbers(state, x, y)
  if (!bindings.isRemnant(slot)) state.pools.get(bindings.pool(slot))!.countBindings(0, -1)
  bindings.remove(slot)
}

/**
 * Earlier reservations that this one replaced from its start must not come back
 * when it is gone (I1). A booking released before its start replaced nothing.
 */
function removeReplaced(state: ShardState, by: ReservationSlot): void {
  const { keys, reservations } = state
  if (reservations.startMs(by) > reservations.endMs(by)) return
  const ordinal = reservations.ordinal.get(by)
  let at = keys.head.get(reservations.key.get(by))
  while (at !== by) {
    const next = reservations.nextOfKey.get(at)
    if (reservations.ordinal.get(at) === ordinal) removeReservation(state, at, true)
    at = next
  }
}

/** Where a reservation stands, and whose it is. */
interface NewReservation {
  readonly key: CallerKey
  readonly ordinal: Ordinal
  readonly owner: Digits
  readonly startMs: number
  readonly callerIsParty: boolean
}

/** The caller files the number afterwards, once for all that changes on it. */
export function addReservation(state: ShardState, slot: BindingSlot, added: NewReservation, family: Family): void {
  const { ordinal, startMs, callerIsParty } = added
  // Two parties that call each other: the key of one route is the owner of the other.
  const other = state.bindings.head.get(slot)
  const key = state.keys.use(added.key, ordinal, state.reservations.owner.get(other))
  const owner = state.keys.useParty(added.owner, state.reservations.key.get(other))
  const reservation = state.reservations.add({ key, owner, ordinal, binding: slot, startMs, callerIsParty })
  state.numbers.countReservation(ordinal, 1, family)
  countExtension(state, reservation, 1)
  state.countHeld(state.bindings.tenant.get(slot), ordinal, 1)
}

/** @param startMs of the binding: a party who came by an update owns its route from then on */
function addRoute(state: ShardState, slot: BindingSlot, route: Route, startMs: number, family: Family): void {
  const { key, on, owner, sinceMs, callerIsParty } = route
  const since = Math.max(startMs, sinceMs)
  addReservation(state, slot, { key, ordinal: on.ordinal, owner, startMs: since, callerIsParty }, family)
}

/**
 * The caller files the number afterwards, once for all that changes on it.
 * @param leavesRow whether the store's row still shows the reservation until it is purged
 */
function removeReservation(state: ShardState, slot: ReservationSlot, leavesRow: boolean): void {
  const { reservations, numbers } = state
  const ordinal = reservations.ordinal.get(slot)
  const tenant = state.bindings.tenant.get(reservations.binding.get(slot))
  countExtension(state, slot, -1)
  reservations.remove(slot)
  numbers.countReservation(ordinal, -1, numbers.family(ordinal)!)
  state.countHeld(tenant, ordinal, -1)
  if (leavesRow) numbers.stale.add(ordinal, 1)
}

/** Counts a binding that goes live or ends, for its tenant and on each of its numbers. */
function countLive(state: ShardState, slot: BindingSlot, delta: 1 | -1): void {
  state.countLive(state.bindings.tenant.get(slot), delta)
  const x = firstNumber(state, slot)
  if (x === noNumber) return
  state.numbers.live.add(x, delta)
  const y = otherNumber(state, slot, x)
  if (y !== noNumber) state.numbers.live.add(y, delta)
  fileNumbers(state, x, y)
}

function reservationsOfSlot(state: ShardState, slot: BindingSlot): ReservationSlot[] {
  const slots: ReservationSlot[] = []
  for (let at = state.bindings.head.get(slot); at !== 0; at = state.reservations.nextOfBinding.get(at)) slots.push(at)
  return slots
}

function liveSlot(state: ShardState, seq: Seq): BindingSlot {
  const slot = state.bindings.find(seq)
  assert(slot !== 0 && !state.bindings.isEnded(slot), `binding ${seq} is live`)
  return slot
}
