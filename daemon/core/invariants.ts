/**
 * Checks a whole state against itself, by brute force: for tests, simulation
 * and `xpool check`, never on a path that serves. Throws an AssertionError that
 * names what is wrong.
 */
import assert from 'node:assert'
import { exclusiveGaps } from './exclusive-gaps.js'
import type { ReservationSlot } from './reservation-table.js'
import type { ShardState } from './state.js'

interface Row {
  readonly ordinal: number
  readonly binding: number
  readonly key: number
}

export function checkInvariants(state: ShardState): void {
  const rows = [...slots(state)].map((slot) => rowOf(state, slot))
  checkOneOwner(state)
  checkNumbers(state, rows)
  checkTenants(state, rows)
}

function* slots(state: ShardState): Iterable<ReservationSlot> {
  const { bindings, reservations } = state
  const queued = [
    ...state.ends.due(Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER),
    ...state.frees.due(Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER),
  ]
  assert.equal(new Set(queued).size, queued.length, 'a binding is due once')
  for (const binding of queued) {
    for (let at = bindings.head.get(binding); at !== 0; at = reservations.nextOfBinding.get(at)) yield at
  }
}

function rowOf(state: ShardState, slot: ReservationSlot): Row {
  const { reservations } = state
  return {
    ordinal: reservations.ordinal.get(slot),
    binding: reservations.binding.get(slot),
    key: reservations.key.get(slot),
  }
}

/** I1: on one key of one number a window is never cut, and a cooldown by its own tenant alone. */
function checkOneOwner(state: ShardState): void {
  const { reservations, bindings } = state
  for (const slot of slots(state)) {
    const next = reservations.successor(slot)
    if (next === 0) continue
    const [binding, by] = [reservations.binding.get(slot), reservations.binding.get(next)]
    const startMs = reservations.startMs(next)
    // A booking acknowledged before wins at its start and cuts what a call holds (I11).
    const heldMs = bindings.heldUntilMs.get(binding) - bindings.endMs.get(binding)
    if (bindings.freeAtMs.get(binding) - heldMs <= startMs) continue
    const place = `${reservations.ordinal.get(slot)} ${reservations.key.get(slot)}`
    assert(reservations.endMs(slot) <= startMs, `I1: ${place} has two owners at ${startMs}`)
    assert.equal(bindings.tenant.get(binding), bindings.tenant.get(by), `I1: ${place} changes its tenant at ${startMs}`)
  }
}

/** The counters of every number say what its reservations say. */
function checkNumbers(state: ShardState, rows: readonly Row[]): void {
  const { numbers, bindings } = state
  const byOrdinal = Map.groupBy(rows, (row) => row.ordinal)
  for (let ordinal = 0; ordinal < numbers.end; ordinal += 1) {
    if (!numbers.has(ordinal)) continue
    const here = byOrdinal.get(ordinal) ?? []
    const live = new Set(here.map((row) => row.binding).filter((binding) => !bindings.isEnded(binding)))
    assert.equal(numbers.reservations.get(ordinal), here.length, `reservations on ${ordinal}`)
    assert.equal(numbers.live.get(ordinal), live.size, `live bindings on ${ordinal}`)
    assert.equal(numbers.family(ordinal) === undefined, here.length === 0, `I3: family of ${ordinal}`)
    const capacity = state.pools.get(numbers.poolOf(ordinal))!.policy.maxBindingsPerNumber
    assert(live.size <= capacity || capacity < numbers.live.get(ordinal), `capacity of ${ordinal}`)
    checkFiled(state, ordinal, capacity)
    checkOwnKeys(state, ordinal, here)
  }
}

/** Extensions are counted, and the gaps of an exclusive number are those that its any key leaves (I3). */
function checkOwnKeys(state: ShardState, ordinal: number, here: readonly Row[]): void {
  const { numbers, keys, reservations } = state
  const own = new Set(here.map((row) => row.key).filter((key) => keys.belongsToNumber(key)))
  const extensions = numbers.family(ordinal) === 'EXTENSION' ? own.size : 0
  assert.equal(numbers.ownedExtensions(ordinal), extensions, `extensions of ${ordinal}`)
  const roomy = numbers.areaOf(ordinal).withRoom.EXCLUSIVE.has(ordinal)
  const gaps = roomy ? exclusiveGaps(keys, reservations, ordinal) : []
  assert.deepEqual(numbers.gaps.gapsOf(ordinal), gaps, `gaps of ${ordinal}`)
}

function checkFiled(state: ShardState, ordinal: number, capacity: number): void {
  const { numbers } = state
  const area = numbers.areaOf(ordinal)
  const family = numbers.family(ordinal)
  const inService = numbers.isInService(ordinal)
  const extensions = 10 ** state.pools.get(numbers.poolOf(ordinal))!.policy.extensionDigits
  const roomy =
    numbers.live.get(ordinal) < capacity && (family !== 'EXTENSION' || numbers.ownedExtensions(ordinal) < extensions)
  assert.equal(area.idle.has(ordinal), inService && family === undefined, `idle ${ordinal}`)
  for (const [name, list] of Object.entries(area.withRoom)) {
    assert.equal(list.has(ordinal), inService && family === name && roomy, `${ordinal} with room as ${name}`)
  }
}

function checkTenants(state: ShardState, rows: readonly Row[]): void {
  const { bindings } = state
  for (const tenant of state.tenants.keys()) {
    const mine = rows.filter((row) => bindings.tenant.get(row.binding) === tenant)
    const live = new Set(mine.map((row) => row.binding).filter((binding) => !bindings.isEnded(binding)))
    assert.equal(state.liveOf(tenant), live.size, `live bindings of tenant ${tenant}`)
    assert.equal(
      state.numbersHeldBy(tenant),
      new Set(mine.map((row) => row.ordinal)).size,
      `numbers of tenant ${tenant}`,
    )
  }
}
