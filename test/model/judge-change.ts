/** Whether the core's answers to Release and Update are permitted. */
import type { Binding } from '../../daemon/core/binding.js'
import type { Outcome, RefusalReason, ReleaseCommand, UpdateCommand } from '../../daemon/core/commands.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import type { CallerKey } from '../../daemon/core/modes.js'
import type { PlacedReservation } from '../../daemon/core/reservation.js'
import { answersFromMemory, bound, differences } from './judge-allocate.js'
import { remnantHoldsUntil } from './naive-calls.js'
import { type KeyFit, keyFit, type Wanted } from './naive-fit.js'
import { acknowledgedToday, qualificationFaults } from './naive-gates.js'
import { type KeyText, numbersOf, placesOf, sameSet } from './naive-routes.js'
import type { Held, NaiveShard } from './naive-shard.js'
import { callbackFaults, termsOf, windowReasons } from './naive-window.js'

type Released = Extract<ShardEvent, { type: 'released' }>

export function judgeRelease(
  shard: NaiveShard,
  command: ReleaseCommand,
  outcome: Outcome,
  event: Released | undefined,
): string[] {
  const { now } = shard
  const binding = owned(shard, command)
  if (binding === undefined) return refusedAs(outcome, ['BINDING_NOT_FOUND'])
  if (!outcome.ok) return [`release refused: ${outcome.refusal.reason}`]
  if (outcome.seq !== command.seq || outcome.replayed) return ['released another binding']
  if (now >= binding.endMs) return event === undefined ? [] : ['ended twice']
  if (event === undefined) return ['nothing was released']
  const complaints: string[] = []
  const begun = binding.startMs <= now
  const full = begun ? Math.max(now, binding.heldUntilMs) + binding.terms.cooldownMs : now
  const freeAts = begun ? [full, ...laterStarts(shard, binding).map((start) => Math.min(start, full))] : [now]
  if (event.seq !== command.seq || event.endMs !== now) complaints.push(`I9: ended at ${event.endMs}, not ${now}`)
  if (!freeAts.includes(event.freeAtMs)) complaints.push(`free_at ${event.freeAtMs}, not ${freeAts.join(' or ')}`)
  if (event.revision !== binding.revision + 1) complaints.push(`revision ${event.revision}`)
  if (event.reason !== command.reason) complaints.push(`reason ${event.reason}`)
  return complaints
}

function owned(shard: NaiveShard, command: ReleaseCommand | UpdateCommand): Binding | undefined {
  const binding = shard.binding(command.seq)
  return command.tenant === undefined || binding?.tenant === command.tenant ? binding : undefined
}

function refusedAs(outcome: Outcome, permitted: readonly RefusalReason[]): string[] {
  if (outcome.ok) return [`done, but due was ${permitted.join(' or ')}`]
  const { reason } = outcome.refusal
  return permitted.includes(reason) ? [] : [`refused ${reason}, not ${permitted.join(' or ')}`]
}

/** Starts of later reservations on the keys of a binding: there its cooldown may have been cut. */
export function laterStarts(shard: NaiveShard, binding: Binding): number[] {
  return placesOf(binding).flatMap((place) =>
    shard
      .on(place.ordinal, place.caller, shard.now)
      .filter((held) => held.seq !== binding.seq)
      .map((held) => held.from),
  )
}

export interface Change {
  readonly binding: Binding
  readonly removed: readonly PlacedReservation[]
}

export function judgeUpdate(
  shard: NaiveShard,
  command: UpdateCommand,
  outcome: Outcome,
  change: Change | undefined,
): string[] {
  const { now } = shard
  const old = owned(shard, command)
  if (old === undefined) return refusedAs(outcome, ['BINDING_NOT_FOUND'])
  const known = command.request && shard.remembered(old.tenant, old.pool, command.request.id)
  if (known !== undefined && (now < known.untilMs || answersFromMemory(outcome))) {
    if (change !== undefined) return ['I7: a known request id changed the binding again']
    if (known.fingerprint !== command.request!.fingerprint) {
      return refusedAs(outcome, ['REQUEST_ID_REUSED', 'SAME_PARTY', ...windowReasons])
    }
    return outcome.ok && outcome.replayed && outcome.seq === old.seq ? [] : ['I7: not replayed']
  }
  const expected = expectedUpdate(shard, command, old)
  if (outcome.ok) {
    if (expected.due.length > 0) return [`updated, but due was ${expected.due.join(' or ')}`]
    if (outcome.replayed || outcome.seq !== old.seq || change === undefined) return ['I7: replayed out of nothing']
    return judgeChange(shard, command, old, expected, change)
  }
  if (expected.due.length + expected.possible.length > 0) {
    return refusedAs(outcome, [...expected.due, ...expected.possible])
  }
  return [`update refused ${outcome.refusal.reason}, though nothing is in its way`]
}

interface Expected {
  readonly due: readonly RefusalReason[]
  readonly possible: readonly RefusalReason[]
  /** The binding after the update, its cooldown uncut; undefined where it is due to be refused. */
  readonly after: Binding | undefined
  readonly keys: readonly KeyFit[]
}

function expectedUpdate(shard: NaiveShard, command: UpdateCommand, old: Binding): Expected {
  const { now } = shard
  const tenant = shard.tenants.get(old.tenant)!
  const pool = shard.pools.get(old.pool)!
  const due: RefusalReason[] = []
  const possible: RefusalReason[] = []
  if (now >= old.endMs) due.push('BINDING_ENDED')
  if (command.expectedRevision !== undefined && command.expectedRevision !== old.revision) due.push('REVISION_MISMATCH')
  due.push(...qualificationFaults(tenant, now))
  const terms = termsOf(command.wanted, pool, old.terms)
  const end = command.endMs ?? old.endMs
  if (terms === undefined) due.push(...windowReasons)
  const badEnd = end <= now || end <= old.startMs || end - old.startMs > tenant.policies.maxWindowMs
  if (command.endMs !== undefined && badEnd) due.push('INVALID_WINDOW')
  const raised = command.wanted.graceMs !== undefined && command.wanted.cooldownMs === undefined
  if (terms !== undefined && raised && terms.cooldownMs !== old.terms.cooldownMs) possible.push('INVALID_WINDOW')
  const a = bound(command.a ?? old.a)
  const b = command.b === undefined ? old.b && bound(old.b) : bound(command.b)
  const members = (command.members.length > 0 ? command.members : old.members).map(bound)
  const numbers = numbersOf({ a, b, members })
  if (new Set(numbers).size < numbers.length) due.push('SAME_PARTY')
  if (command.banned.length > 0) due.push('PARTY_BANNED')
  if (terms !== undefined) due.push(...callbackFaults(terms, a.number))
  if (command.a !== undefined && command.b !== undefined) due.push('INVALID_OPTION', 'INVALID_NUMBER', ...windowReasons)
  partyFaults(shard, command, old, due, possible)
  const media = command.wanted.media.filter((medium) => !tenant.policies.media.includes(medium))
  if (tenant.policies.media.length > 0 && media.length > 0) due.push('MEDIA_NOT_PERMITTED')
  if (terms === undefined) return { due, possible, after: undefined, keys: [] }
  const { orderId = old.orderId, userData = old.userData } = command
  const freeAtMs = Math.max(end, old.heldUntilMs) + terms.cooldownMs
  const acknowledged = old.firstParties.length > 0 ? old.firstParties : numbersOf(old)
  const firstParties = sameSet(acknowledged, numbers) ? [] : acknowledged
  const changed = { a, b, members, endMs: end, freeAtMs, terms, orderId, userData, firstParties }
  const after = { ...old, ...changed, revision: old.revision + 1 }
  if (due.length > 0) return { due, possible, after, keys: [] }
  return {
    ...routeFaults(shard, old, after),
    possible: [...possible, ...routeFaults(shard, old, after).possible],
    after,
  }
}

function partyFaults(
  shard: NaiveShard,
  command: UpdateCommand,
  old: Binding,
  due: RefusalReason[],
  possible: RefusalReason[],
): void {
  const { now } = shard
  const tenant = shard.tenants.get(old.tenant)!
  const before = numbersOf(old)
  for (const wanted of [command.a, command.b, ...command.members]) {
    if (wanted === undefined) continue
    const unverified = tenant.policies.verificationRequired && wanted.verificationRef === ''
    if (unverified) due.push('PARTY_NOT_VERIFIED')
    if (before.includes(wanted.number)) continue
    const live = shard.liveOfParty(tenant.id, old.pool, wanted.number, now, old.seq)
    if (live >= (tenant.quotas.liveBindingsPerParty ?? Infinity)) due.push('QUOTA_PER_PARTY')
    const today = acknowledgedToday(shard, tenant, wanted.number, now)
    if (today >= (tenant.quotas.allocationsPerPartyPerDay ?? Infinity)) possible.push('QUOTA_PER_PARTY_PER_DAY')
  }
}

function routeFaults(shard: NaiveShard, old: Binding, after: Binding): Omit<Expected, 'after'> {
  const fits = (freeAt: number) => {
    const wanted = wantedBy(shard, after, freeAt)
    return placesOf(after).map((place) => keyFit(shard, shard.now, wanted, place))
  }
  const keys = fits(after.freeAtMs)
  // What only the hold of a call meets, a booking cuts: no reason that is sure.
  const stuck = fits(after.endMs + after.terms.cooldownMs).some((key) => key.fit === 'no')
  const unsure = keys.some((key) => key.fit !== 'yes')
  // A cooldown that was cut before, or whose pair changes, need not be asked for anew.
  const longer = after.freeAtMs > old.freeAtMs
  const gained = gainedPlaces(old, after).length > 0 || after.a.number !== old.a.number
  if (stuck && (longer || gained)) {
    const certain =
      after.endMs > old.endMs || after.terms.cooldownMs > old.terms.cooldownMs || blockedGain(shard, old, after)
    return certain ? { due: ['ROUTE_CONFLICT'], possible: [], keys } : { due: [], possible: ['ROUTE_CONFLICT'], keys }
  }
  return { due: [], possible: stuck || unsure ? ['ROUTE_CONFLICT'] : [], keys }
}

function wantedBy(shard: NaiveShard, after: Binding, freeAt: number): Wanted {
  const { tenant, endMs: end, seq: self } = after
  return { tenant, parts: after, start: Math.max(shard.now, after.startMs), end, freeAt, self }
}

function gainedPlaces(old: Binding, after: Binding) {
  const before = placesOf(old)
  const had = (place: Pick<Held, 'ordinal' | 'caller'>) =>
    before.some((one) => one.ordinal === place.ordinal && one.caller === place.caller)
  return placesOf(after).filter((place) => !had(place))
}

/** Whether a key that the binding does not yet have is taken while the binding lives. */
function blockedGain(shard: NaiveShard, old: Binding, after: Binding): boolean {
  const wanted = wantedBy(shard, after, after.endMs + after.terms.cooldownMs)
  return gainedPlaces(old, after).some((place) => keyFit(shard, shard.now, wanted, place).fit === 'no')
}

function judgeChange(
  shard: NaiveShard,
  command: UpdateCommand,
  old: Binding,
  expected: Expected,
  change: Change,
): string[] {
  const after = expected.after!
  const { binding, removed } = change
  const cuts = [...expected.keys.flatMap((key) => key.cutAt ?? []), old.freeAtMs]
  // The members of a group that is as it was first may stand in another order.
  const firstParties =
    after.mode === 'AXG' && after.firstParties.length === 0 ? binding.firstParties : after.firstParties
  const complaints = differences(binding, { ...after, firstParties, freeAtMs: binding.freeAtMs })
  const freeAts = [after.freeAtMs, ...cuts.filter((cut) => cut >= after.endMs && cut < after.freeAtMs)]
  if (!freeAts.includes(binding.freeAtMs)) complaints.push(`free_at ${binding.freeAtMs}, not ${freeAts.join(' or ')}`)
  const gone = goneKeys(shard, old, after)
  const strangers = removed.filter((one) => !gone.some((held) => isPlace(one, held)))
  if (strangers.length > 0) complaints.push('a key was removed that the binding keeps, or never had')
  // A key that does not cool leaves no trace.
  const cools = old.startMs <= shard.now && old.terms.cooldownMs > 0 && after.terms.cooldownMs > 0
  for (const held of gone) {
    const found = removed.find((one) => isPlace(one, held))
    if (found !== undefined) complaints.push(...judgeRemoved(shard, command, old, found))
    else if (cools) complaints.push(`the key of ${held.caller} does not cool`)
  }
  return complaints
}

function goneKeys(shard: NaiveShard, old: Binding, after: Binding): Held[] {
  const places = placesOf(after)
  return shard.held.filter(
    (held) =>
      held.seq === old.seq &&
      !held.removed &&
      !places.some((place) => place.ordinal === held.ordinal && place.caller === held.caller),
  )
}

export function isPlace(placed: PlacedReservation, held: Pick<Held, 'ordinal' | 'caller'>): boolean {
  const { key, on } = placed.route
  return keyText(key) === held.caller && on.ordinal === held.ordinal
}

export function keyText(key: CallerKey): KeyText {
  if (key.kind === 'ANY') return '*'
  return key.kind === 'EXACT' ? key.party : `#${key.extension}`
}

function judgeRemoved(shard: NaiveShard, command: UpdateCommand, old: Binding, found: PlacedReservation): string[] {
  const { now } = shard
  const { reservation } = found
  const cooldowns = [
    old.terms.cooldownMs,
    command.wanted.cooldownMs ?? old.terms.cooldownMs,
    command.wanted.graceMs ?? 0,
  ]
  const holds = remnantHoldsUntil(shard.callsOf(old.seq), now)
  const freeAts = holds.flatMap((hold) => cooldowns.map((cooldown) => hold + cooldown))
  if (old.startMs > now) freeAts.push(now, ...freeAts)
  freeAts.push(...laterStarts(shard, old).filter((start) => start > now))
  const complaints: string[] = []
  if (reservation.endMs !== now) complaints.push(`a removed party ends at ${reservation.endMs}, not ${now}`)
  const begun = old.startMs <= now
  const held = reservation.heldUntilMs
  if (begun && !holds.includes(held)) complaints.push(`a removed key is held until ${held}, not ${holds.join(' or ')}`)
  if (reservation.graceMs !== 0) complaints.push('a removed party has no grace')
  if (!freeAts.includes(reservation.freeAtMs)) complaints.push(`a removed key is free at ${reservation.freeAtMs}`)
  return complaints
}
