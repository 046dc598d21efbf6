/**
 * Allocate, in the order that domain.md fixes: request id, gates (plan-allocate.ts),
 * quotas, choice. The first that says no is the answer.
 */
import type { Binding, BoundParty, NumberRef, Ordinal, Party } from './binding.js'
import { type Chosen, choose } from './choose.js'
import type { AllocateCommand, ChosenBy, CommandFacts, Refusal } from './commands.js'
import type { Decision } from './decision.js'
import type { ShardEvent } from './events.js'
import { chooseExtension } from './extensions.js'
import { modes } from './modes.js'
import { firstOf, type Plan, partiesOf, planAllocate } from './plan-allocate.js'
import type { PoolState } from './pool-state.js'
import { checkLiveBindings, checkPerDay, checkPerParty } from './quotas.js'
import { refuse, refused } from './refusal.js'
import { replayOf } from './replay.js'
import type { ShardState } from './state.js'
import { type TenantState, takeToken } from './tenant-state.js'
import { type Wish, wishOf } from './wish.js'

/** @param now unix ms, not before the state's own */
export function decideAllocate(
  state: ShardState,
  command: AllocateCommand,
  facts: CommandFacts,
  now: number,
): Decision {
  const replay = replayOf(command.request, facts.known)
  if (replay !== undefined) return { outcome: replay, events: [] }
  const { verdict, rate } = judgeAllocate(state, command, now)
  if ('refusal' in verdict) return { outcome: refused(verdict.refusal), events: rate }
  const { binding, nextExtension } = verdict
  return {
    outcome: { ok: true, seq: binding.seq, replayed: false },
    events: [...rate, { type: 'allocated', binding, request: command.request, nextExtension }],
  }
}

/** What would become of an Allocate that is no replay. */
export interface Judgement {
  readonly verdict: Granted | { readonly refusal: Refusal }
  /** What it takes of the tenant's rate, granted or refused (I4). */
  readonly rate: readonly ShardEvent[]
  /** What it wants of the pool's numbers, where it got so far. */
  readonly wish: Wish | undefined
}

interface Granted {
  readonly binding: Binding
  readonly nextExtension: number | undefined
  readonly by: ChosenBy
}

/** All of the decision but replays, which come before it; @param now unix ms, not before the state's own */
export function judgeAllocate(state: ShardState, command: AllocateCommand, now: number): Judgement {
  const no = (refusal: Refusal): Judgement => ({ verdict: { refusal }, rate: [], wish: undefined })
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
  const plan = planAllocate(state, command, tenant, pool, now)
  if ('refusal' in plan) return { verdict: plan, rate, wish: undefined }
  const wish = wishOf(state, command, tenant, pool, plan)
  const overQuota =
    token?.allowed === false ? rateRefusal(tenant, token.retryAtMs) : checkQuotas(state, command, tenant, pool, now)
  if (overQuota !== undefined) return { verdict: { refusal: overQuota }, rate, wish }
  const choice = choose(state, wish)
  const verdict = 'refusal' in choice ? choice : granted(state, command, plan, choice, pool, now)
  return { verdict, rate, wish }
}

function checkQuotas(
  state: ShardState,
  command: AllocateCommand,
  tenant: TenantState,
  pool: PoolState,
  now: number,
): Refusal | undefined {
  const { liveBindingsPerParty, allocationsPerPartyPerDay } = tenant.facts.quotas
  const ofParties = liveBindingsPerParty !== undefined || allocationsPerPartyPerDay !== undefined
  const parties = ofParties ? partiesOf(command) : []
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

function granted(
  state: ShardState,
  command: AllocateCommand,
  plan: Plan,
  choice: Chosen,
  pool: PoolState,
  now: number,
): Granted {
  const { by } = choice
  if (!modes[command.mode].needsExtension || command.extension !== '') {
    return { binding: bindingOf(state, command, plan, choice, command.extension, now), nextExtension: undefined, by }
  }
  const { extension, nextExtension } = chooseExtension(state, choice.x, pool.policy.extensionDigits)
  return { binding: bindingOf(state, command, plan, choice, extension, now), nextExtension, by }
}

function bindingOf(
  state: ShardState,
  command: AllocateCommand,
  { window, terms }: Plan,
  choice: Chosen,
  extension: string,
  now: number,
): Binding {
  const ref = (ordinal: Ordinal): NumberRef => ({ ordinal, digits: state.numbers.digits(ordinal) })
  return {
    seq: state.nextSeq,
    revision: 1,
    tenant: command.tenant,
    pool: command.pool,
    mode: command.mode,
    a: bound(command.a, window.startMs),
    b: command.b === undefined ? undefined : bound(command.b, window.startMs),
    members: command.members.map((member) => bound(member, window.startMs)),
    firstParties: [],
    x: ref(choice.x),
    y: choice.y === undefined ? undefined : ref(choice.y),
    extension,
    createdMs: now,
    startMs: window.startMs,
    endMs: window.endMs,
    heldUntilMs: 0,
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

function bound({ number, verificationRef }: Party, sinceMs: number): BoundParty {
  return { number, verificationRef, sinceMs }
}
