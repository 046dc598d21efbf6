/**
 * Allocate, in the order that domain.md fixes: request id, qualification, pool,
 * policies, quotas, choice. The first that says no is the answer.
 */
import type { Binding, NumberRef, Ordinal, Party, Terms } from './binding.js'
import { choose } from './choose.js'
import type { AllocateCommand, CommandFacts, Refusal } from './commands.js'
import type { WantedKey } from './conflict.js'
import type { Decision } from './decision.js'
import type { ShardEvent } from './events.js'
import { checkMode, checkOrder, checkPool, checkQualification, checkVerification } from './gates.js'
import { compileRoutes, modes, type Route } from './modes.js'
import type { PoolState } from './pool-state.js'
import { checkLiveBindings, checkPerDay, checkPerParty, mayHold } from './quotas.js'
import { refuse, refused } from './refusal.js'
import { replayOf } from './replay.js'
import type { ShardState } from './state.js'
import { type TenantState, takeToken } from './tenant-state.js'
import { newTerms, type Window, windowOf } from './terms.js'
import type { Wish } from './wish.js'

export function decideAllocate(
  state: ShardState,
  command: AllocateCommand,
  facts: CommandFacts,
  now: number,
): Decision {
  const replay = replayOf(command.request, facts.known)
  if (replay !== undefined) return { outcome: replay, events: [] }
  const tenant = state.tenants.get(command.tenant)
  const pool = state.pools.get(command.pool)
  if (pool === undefined) return no(refuse('POOL_NOT_FOUND', 'no such pool', { field: 'pool' }))
  // All tenants that may use a pool are at home on its shard; any other is a stranger here.
  if (tenant === undefined)
    return no(refuse('POOL_NOT_PERMITTED', 'the tenant may not allocate from this pool', { field: 'pool' }))
  // The limiter counts every Allocate but a replay, granted or refused (I4).
  const token = takeToken(tenant, now)
  const rate: ShardEvent[] =
    token?.allowed === true ? [{ type: 'rate', tenant: command.tenant, theoreticalMs: token.theoreticalMs }] : []
  const planned = plan(state, command, tenant, pool, now)
  if ('refusal' in planned) return no(planned.refusal, rate)
  if (token?.allowed === false) return no(rateRefusal(tenant, token.retryAtMs), rate)
  const overQuota = checkQuotas(state, command, tenant, pool, now)
  if (overQuota !== undefined) return no(overQuota, rate)
  const wish = wishOf(state, command, tenant, pool, planned)
  const choice = choose(state, wish)
  if ('refusal' in choice) return no(choice.refusal, rate)
  const binding = bindingOf(state, command, planned, choice, now)
  return {
    outcome: { ok: true, seq: binding.seq, replayed: false },
    events: [...rate, { type: 'allocated', binding, request: command.request }],
  }
}

function no(refusal: Refusal, events: ShardEvent[] = []): Decision {
  return { outcome: refused(refusal), events }
}

interface Plan {
  readonly window: Window
  readonly terms: Terms
}

/** Every gate before the quotas. */
function plan(
  state: ShardState,
  command: AllocateCommand,
  tenant: TenantState,
  pool: PoolState,
  now: number,
): Plan | { refusal: Refusal } {
  const { facts } = tenant
  const { policy } = pool
  const gate =
    checkShape(command) ??
    checkQualification(facts, now) ??
    checkPool(facts, policy) ??
    checkOrder(facts, command.orderId) ??
    firstOf(partiesOf(command), ([party, field]) => checkVerification(facts, party, field)) ??
    checkMode(facts, command.mode) ??
    checkNumbersAsked(state, command)
  if (gate !== undefined) return { refusal: gate }
  const window = windowOf(command, policy, facts, now)
  if ('refusal' in window) return window
  const terms = newTerms(command.wanted, policy, facts)
  if ('refusal' in terms) return terms
  return { window: window.value, terms: terms.value }
}

/** The mode says which parties there are; the gateway has checked their syntax. */
function checkShape(command: AllocateCommand): Refusal | undefined {
  const mode = modes[command.mode]
  if (!mode.served)
    return refuse('INVALID_MODE', `mode ${command.mode} is not served by this version`, { field: 'mode' })
  if (mode.needsB && command.b === undefined)
    return refuse('INVALID_NUMBER', `mode ${command.mode} needs b`, { field: 'b' })
  if (mode.needsMembers && command.members.length === 0) {
    return refuse('INVALID_NUMBER', `mode ${command.mode} needs members`, { field: 'members' })
  }
  if (!mode.needsY && command.y !== undefined) {
    return refuse('INVALID_OPTION', `mode ${command.mode} has no second number`, { field: 'number_y' })
  }
  const seen = new Set<string>()
  for (const [party, field] of partiesOf(command)) {
    if (seen.has(party.number)) return refuse('SAME_PARTY', `${field} repeats another party`, { field })
    seen.add(party.number)
  }
  return undefined
}

function checkNumbersAsked(state: ShardState, command: AllocateCommand): Refusal | undefined {
  const outside = (asked: NumberRef | undefined, field: string) => {
    if (asked === undefined) return undefined
    if (state.numbers.has(asked.ordinal) && state.numbers.poolOf(asked.ordinal) === command.pool) return undefined
    return refuse('NUMBER_UNAVAILABLE', 'the number asked for is not in the pool', { field })
  }
  const found = outside(command.x, 'number') ?? outside(command.y, 'number_y')
  if (found !== undefined) return found
  if (command.x === undefined || command.x.ordinal !== command.y?.ordinal) return undefined
  return refuse('NUMBER_UNAVAILABLE', 'number and number_y must differ', { field: 'number_y' })
}

function checkQuotas(
  state: ShardState,
  command: AllocateCommand,
  tenant: TenantState,
  pool: PoolState,
  now: number,
): Refusal | undefined {
  const parties = partiesOf(command)
  return (
    checkLiveBindings(state, tenant) ??
    firstOf(parties, ([party, field]) => checkPerParty(state, tenant, pool.policy.id, party.number, field)) ??
    firstOf(parties, ([party, field]) => checkPerDay(tenant, party.number, field, now))
  )
}

function rateRefusal(tenant: TenantState, retryAtMs: number): Refusal {
  const { allocationsPerSecond } = tenant.facts.quotas
  return refuse(
    'QUOTA_RATE',
    `tenant ${tenant.facts.name} is limited to ${allocationsPerSecond} allocations a second`,
    Number.isFinite(retryAtMs) ? { retryAtMs } : {},
  )
}

function partiesOf(command: AllocateCommand): [Party, string][] {
  const parties: [Party, string][] = [[command.a, 'a']]
  if (command.b !== undefined) parties.push([command.b, 'b'])
  command.members.forEach((member, i) => {
    parties.push([member, `members[${i}]`])
  })
  return parties
}

function firstOf<T>(items: readonly T[], check: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const refusal = check(item)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const placeholderX: NumberRef = { ordinal: 0, digits: 'x' }
const placeholderY: NumberRef = { ordinal: 1, digits: 'y' }

/** The routes compiled on placeholder numbers tell which keys each side must have free. */
function wishOf(
  state: ShardState,
  command: AllocateCommand,
  tenant: TenantState,
  pool: PoolState,
  { window, terms }: Plan,
): Wish {
  const freeAtMs = window.endMs + terms.cooldownMs
  const key = (route: Route): WantedKey => ({
    key: route.key,
    owner: route.owner,
    tenant: command.tenant,
    startMs: window.startMs,
    endMs: window.endMs,
    freeAtMs,
    cause: route.key.kind === 'EXACT' && route.key.party === command.a.number ? 'in_use_by_a' : 'in_use_by_b',
    exceptSeq: undefined,
    adds: true,
  })
  const routes = compileRoutes({
    ...command,
    x: placeholderX,
    y: modes[command.mode].needsY ? placeholderY : undefined,
    terms,
  })
  return {
    tenant: command.tenant,
    pool,
    mode: command.mode,
    selection: command.selection ?? pool.policy.selection,
    areas: command.areas,
    areaStrict: command.areaStrict,
    draw: command.draw,
    onX: routes.filter((route) => route.on === placeholderX).map(key),
    onY: routes.filter((route) => route.on === placeholderY).map(key),
    x: command.x,
    y: command.y,
    mayHold: mayHold(state, tenant),
  }
}

function bindingOf(
  state: ShardState,
  command: AllocateCommand,
  { window, terms }: Plan,
  choice: { x: Ordinal; y: Ordinal | undefined },
  now: number,
): Binding {
  const ref = (ordinal: Ordinal): NumberRef => ({ ordinal, digits: state.numbers.digits(ordinal) })
  return {
    seq: state.progress.nextSeq,
    revision: 1,
    tenant: command.tenant,
    pool: command.pool,
    mode: command.mode,
    a: { ...command.a, sinceMs: window.startMs },
    b: command.b === undefined ? undefined : { ...command.b, sinceMs: window.startMs },
    members: command.members.map((member) => ({ ...member, sinceMs: window.startMs })),
    firstParties: [],
    x: ref(choice.x),
    y: choice.y === undefined ? undefined : ref(choice.y),
    extension: command.extension,
    createdMs: now,
    startMs: window.startMs,
    endMs: window.endMs,
    freeAtMs: window.endMs + terms.cooldownMs,
    released: false,
    releaseReason: '',
    terms,
    area: state.numbers.areaOf(choice.x).name,
    orderId: command.orderId,
    userData: command.userData,
    requestId: command.request?.id ?? '',
  }
}
