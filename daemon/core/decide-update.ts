/**
 * Update: changes a binding in place, all or nothing. It passes the gates and
 * quotas of Allocate for what it changes; a removed party loses its route at
 * once, and its key cools down by itself.
 */
import { acknowledgedParties, type Binding, type BoundParty, type Party, partiesOf } from './binding.js'
import type { CommandFacts, Refusal, UpdateCommand } from './commands.js'
import { Blockers, findBlockers } from './conflict.js'
import type { Decision } from './decision.js'
import { checkBanned, checkQualification, checkVerification } from './gates.js'
import { limits } from './limits.js'
import { compileRoutes, modes, type Route } from './modes.js'
import type { PoolState } from './pool-state.js'
import { checkPerParty } from './quotas.js'
import { refuse, refused } from './refusal.js'
import { replayOf } from './replay.js'
import { type PlacedReservation, reservationsOf } from './reservation.js'
import type { ShardState } from './state.js'
import type { TenantState } from './tenant-state.js'
import { changedTerms, checkCallback } from './terms.js'

interface Subject {
  readonly binding: Binding
  readonly tenant: TenantState
  readonly pool: PoolState
}

export function decideUpdate(state: ShardState, command: UpdateCommand, facts: CommandFacts, now: number): Decision {
  const subject = subjectOf(state, command, facts)
  if ('refusal' in subject) return no(subject.refusal)
  const replay = replayOf(command.request, facts.known)
  if (replay !== undefined) return { outcome: replay, events: [] }
  const refusal = checkChange(command, subject, now) ?? checkParties(state, command, subject)
  if (refusal !== undefined) return no(refusal)
  const changed = changedBinding(command, subject, now)
  if ('refusal' in changed) return no(changed.refusal)
  const conflict = checkKeys(state, subject.binding, changed, now)
  if (conflict !== undefined) return no(conflict)
  const removed = removedReservations(subject.binding, changed, now)
  return {
    outcome: { ok: true, seq: changed.seq, replayed: false },
    events: [{ type: 'updated', binding: changed, removed, request: command.request }],
  }
}

function no(refusal: Refusal): Decision {
  return { outcome: refused(refusal), events: [] }
}

function subjectOf(
  state: ShardState,
  command: UpdateCommand,
  { binding }: CommandFacts,
): Subject | { refusal: Refusal } {
  if (binding === undefined || (command.tenant !== undefined && binding.tenant !== command.tenant)) {
    return { refusal: refuse('BINDING_NOT_FOUND', 'no such binding', { field: 'binding_id' }) }
  }
  const tenant = state.tenants.get(binding.tenant)
  const pool = state.pools.get(binding.pool)
  if (tenant === undefined) return { refusal: refuse('TENANT_NOT_FOUND', 'no such tenant', { field: 'tenant' }) }
  if (pool === undefined) return { refusal: refuse('POOL_NOT_FOUND', 'no such pool') }
  return { binding, tenant, pool }
}

function checkChange(command: UpdateCommand, { binding, tenant }: Subject, now: number): Refusal | undefined {
  const unqualified = checkQualification(tenant.facts, now)
  if (unqualified !== undefined) return unqualified
  if (binding.released || binding.endMs <= now) {
    return refuse('BINDING_ENDED', `the binding ended at ${binding.endMs}`, { field: 'binding_id' })
  }
  const { expectedRevision } = command
  if (expectedRevision !== undefined && expectedRevision !== binding.revision) {
    const message = `the binding is at revision ${binding.revision}, not ${expectedRevision}`
    return refuse('REVISION_MISMATCH', message, {
      field: 'expected_revision',
      metadata: { revision: String(binding.revision) },
    })
  }
  const mode = modes[binding.mode]
  if (command.a !== undefined && command.b !== undefined) {
    return refuse('INVALID_OPTION', 'a and b cannot both change at once', { field: 'b' })
  }
  if (command.b !== undefined && !mode.needsB) return refuse('INVALID_OPTION', 'this mode has no b', { field: 'b' })
  if (command.members.length > 0 && !mode.needsMembers) {
    return refuse('INVALID_OPTION', 'this mode has no members', { field: 'members' })
  }
  return checkEnd(command, binding, tenant, now)
}

function checkEnd(command: UpdateCommand, binding: Binding, tenant: TenantState, now: number): Refusal | undefined {
  const { endMs } = command
  if (endMs === undefined) return undefined
  const bad = (message: string) => refuse('INVALID_WINDOW', message, { field: 'end_ms' })
  if (endMs <= now) return bad('end_ms must lie ahead; Release ends a binding')
  if (endMs <= binding.startMs) return bad('end_ms must lie after start_ms')
  if (endMs >= limits.timeMs) return bad(`times lie below ${limits.timeMs}`)
  const { maxWindowMs } = tenant.facts.policies
  return endMs - binding.startMs > maxWindowMs
    ? bad(`the window is longer than the tenant's ${maxWindowMs} ms`)
    : undefined
}

function checkParties(
  state: ShardState,
  command: UpdateCommand,
  { binding, tenant, pool }: Subject,
): Refusal | undefined {
  const wanted = wantedParties(command)
  for (const [party, field] of wanted) {
    const unverified = checkVerification(tenant.facts, party, field)
    if (unverified !== undefined) return unverified
  }
  const banned = checkBanned(command.banned)
  if (banned !== undefined) return banned
  const present = new Set(partiesOf(binding).map((party) => party.number))
  for (const [party, field] of wanted) {
    if (present.has(party.number)) continue
    const over = checkPerParty(state, tenant, pool.policy.id, party.number, field)
    if (over !== undefined) return over
  }
  return undefined
}

function wantedParties(command: UpdateCommand): [Party, string][] {
  const parties: [Party, string][] = []
  if (command.a !== undefined) parties.push([command.a, 'a'])
  if (command.b !== undefined) parties.push([command.b, 'b'])
  command.members.forEach((member, i) => {
    parties.push([member, `members[${i}]`])
  })
  return parties
}

function changedBinding(
  command: UpdateCommand,
  { binding, tenant, pool }: Subject,
  now: number,
): Binding | { refusal: Refusal } {
  const terms = changedTerms(binding.terms, command.wanted, pool.policy, tenant.facts)
  if ('refusal' in terms) return terms
  const joined = (party: Party, before: readonly BoundParty[]): BoundParty => {
    const same = before.find((known) => known.number === party.number)
    return { ...party, sinceMs: same?.sinceMs ?? Math.max(now, binding.startMs) }
  }
  const endMs = command.endMs ?? binding.endMs
  const changed: Binding = {
    ...binding,
    revision: binding.revision + 1,
    a: command.a === undefined ? binding.a : joined(command.a, [binding.a]),
    b: command.b === undefined ? binding.b : joined(command.b, binding.b === undefined ? [] : [binding.b]),
    members: command.members.length === 0 ? binding.members : command.members.map((m) => joined(m, binding.members)),
    endMs,
    freeAtMs: Math.max(endMs, binding.heldUntilMs) + terms.value.cooldownMs,
    terms: terms.value,
    orderId: command.orderId ?? binding.orderId,
    userData: command.userData ?? binding.userData,
  }
  const refusal = checkCallback(changed.mode, changed.a.number, changed.terms)
  if (refusal !== undefined) return { refusal }
  const numbers = partiesOf(changed).map((party) => party.number)
  if (new Set(numbers).size === numbers.length) return { ...changed, firstParties: firstParties(binding, numbers) }
  const field = command.a !== undefined ? 'a' : command.b !== undefined ? 'b' : 'members'
  return { refusal: refuse('SAME_PARTY', 'a party repeats another one', { field }) }
}

/** Remembered from the first change of parties on: the quota per party and day counts who was acknowledged (I4). */
function firstParties(before: Binding, after: readonly string[]): readonly string[] {
  const first = acknowledgedParties(before)
  const same = first.length === after.length && first.every((party) => after.includes(party))
  return same ? [] : first
}

/** Every key of the changed binding must be free until its new free_at. */
function checkKeys(state: ShardState, before: Binding, after: Binding, now: number): Refusal | undefined {
  const kept = new Set(compileRoutes(before).map(placeOf))
  for (const route of compileRoutes(after)) {
    const blockers = new Blockers()
    const wanted = {
      key: route.key,
      owner: route.owner,
      tenant: after.tenant,
      startMs: Math.max(now, after.startMs),
      endMs: after.endMs,
      // What a call holds beyond this gives way to a booking, which was acknowledged before.
      freeAtMs: after.endMs + after.terms.cooldownMs,
      cause: 'in_use_by_a',
      exceptSeq: after.seq,
      adds: !kept.has(placeOf(route)),
    } as const
    findBlockers(state, wanted, route.on.ordinal, blockers)
    const obstacle = blockers.byOrdinal.get(route.on.ordinal)
    if (obstacle === undefined) continue
    return refuse('ROUTE_CONFLICT', `a route is taken from ${obstacle.fromMs} until ${obstacle.untilMs}`, {
      retryAtMs: obstacle.untilMs,
      metadata: { from_ms: String(obstacle.fromMs), until_ms: String(obstacle.untilMs) },
    })
  }
  return undefined
}

/**
 * What stays of the routes that the change drops: nothing before the start,
 * else the cooldown they were granted with, for which their keys are known to be free; it
 * begins with the hang-up where a call is in progress.
 */
function removedReservations(before: Binding, after: Binding, now: number): PlacedReservation[] {
  if (before.startMs > now) return []
  const kept = new Set(compileRoutes(after).map(placeOf))
  const heldUntilMs = Math.max(now, before.heldUntilMs)
  const times = { endMs: now, heldUntilMs, freeAtMs: heldUntilMs + before.terms.cooldownMs }
  return reservationsOf(before)
    .filter(({ route }) => !kept.has(placeOf(route)))
    .map(({ route, reservation }) => ({ route, reservation: { ...reservation, ...times, graceMs: 0, removed: true } }))
    .filter(({ reservation }) => reservation.freeAtMs > now)
}

function placeOf(route: Route): string {
  const { key } = route
  const value = key.kind === 'EXACT' ? key.party : key.kind === 'EXTENSION' ? key.extension : ''
  return `${route.on.ordinal} ${key.kind} ${value}`
}
