/**
 * What may become of an Allocate: the refusals that are due, those that are
 * possible where the rules leave room, and the numbers that would do.
 */

import type { Terms } from '../../daemon/core/binding.js'
import type { AllocateCommand, RefusalReason } from '../../daemon/core/commands.js'
import type { Pool, Tenant } from '../../daemon/core/directory.js'
import {
  type Candidate,
  candidates,
  choosesExtension,
  extensionFit,
  type Fit,
  isOtherFamily,
  numberIsOpen,
  type Rules,
  type Wanted,
} from './naive-fit.js'
import type { NaiveRate } from './naive-rate.js'
import { numbersOf } from './naive-routes.js'
import type { NaiveShard } from './naive-shard.js'
import { callbackFaults, dayOf, termsOf, type Window, windowOf, windowReasons } from './naive-window.js'

export interface Forecast {
  /** Not empty: it must be refused, for one of these or of `possible`. */
  readonly due: readonly RefusalReason[]
  readonly possible: readonly RefusalReason[]
  /** Numbers that fit, or may; empty unless the choice was reached. */
  readonly choices: readonly Candidate[]
  readonly window: Window | undefined
}

const nothing: Forecast = { due: [], possible: [], choices: [], window: undefined }

/** Everything but replays, which come before all gates (judge-allocate.ts). */
export function forecast(
  shard: NaiveShard,
  rate: NaiveRate | undefined,
  command: AllocateCommand,
  now: number,
): Forecast {
  // Whoever makes a command has looked its names up first.
  if (!shard.pools.has(command.pool)) return { ...nothing, due: ['POOL_NOT_FOUND'], possible: syntaxFaults(command) }
  const syntax = syntaxFaults(command)
  if (syntax.length > 0)
    return {
      ...nothing,
      due: syntax,
      possible: [...windowReasons, ...optionFaults(command, shard.pools.get(command.pool)!)],
    }
  const tenant = shard.tenants.get(command.tenant)
  if (tenant === undefined) return { ...nothing, due: ['POOL_NOT_PERMITTED'] }
  const pool = shard.pools.get(command.pool)!
  const window = windowOf(command, pool, tenant, now)
  const terms = termsOf(command.wanted, pool, undefined)
  const misfits = optionFaults(command, pool)
  const badWindow = window === undefined || terms === undefined
  const possible = [...misfits, ...(badWindow ? windowReasons : [])]
  const unqualified = qualificationFaults(tenant, now)
  if (unqualified.length > 0) return { ...nothing, due: unqualified, possible }
  if (!pool.tenants.includes(tenant.id)) return { ...nothing, due: ['POOL_NOT_PERMITTED'], possible }
  const policies = policyFaults(command, tenant)
  if (policies.length > 0) return { ...nothing, due: policies, possible }
  if (command.banned.length > 0) return { ...nothing, due: ['PARTY_BANNED'], possible }
  if (badWindow) return { ...nothing, due: windowReasons, possible }
  if (misfits.length > 0) return { ...nothing, due: misfits }
  const quotas = quotaFaults(shard, rate, command, tenant, now)
  const choice = choose(shard, command, pool, tenant, now, window, terms)
  const late = quotas.due.length > 0 ? [] : choice.due
  return {
    due: [...quotas.due, ...late],
    possible: [...quotas.possible, ...choice.possible.filter((r) => quotas.due.length === 0 || r.startsWith('QUOTA'))],
    choices: choice.choices,
    window,
  }
}

function syntaxFaults(command: AllocateCommand): RefusalReason[] {
  const { mode, members } = command
  const faults: RefusalReason[] = []
  const numbers = numbersOf(command)
  if ((mode === 'AXB' || mode === 'AXYB') && command.b === undefined) faults.push('INVALID_NUMBER')
  if (mode === 'AXG' && members.length === 0) faults.push('INVALID_NUMBER', 'INVALID_OPTION', 'INVALID_MODE')
  if (new Set(numbers).size < numbers.length) faults.push('SAME_PARTY')
  return faults
}

/** Options that do not fit: refused before the quotas; before which gate is left open. */
function optionFaults(command: AllocateCommand, pool: Pool): RefusalReason[] {
  const { extension } = command
  const faults: RefusalReason[] = []
  const terms = termsOf(command.wanted, pool, undefined)
  if (terms !== undefined) faults.push(...callbackFaults(terms, command.a.number))
  if (extension !== '' && extension.length !== pool.extensionDigits) faults.push('INVALID_EXTENSION')
  return faults
}

export function qualificationFaults(tenant: Tenant, now: number): RefusalReason[] {
  const { qualification, qualificationExpiresMs: expires } = tenant
  if (qualification === 'SUSPENDED') return ['TENANT_SUSPENDED']
  if (qualification === 'REVOKED') return ['TENANT_SUSPENDED', 'TENANT_NOT_QUALIFIED']
  return qualification === 'PENDING' || (expires !== 0 && now >= expires) ? ['TENANT_NOT_QUALIFIED'] : []
}

function policyFaults(command: AllocateCommand, tenant: Tenant): RefusalReason[] {
  const { policies } = tenant
  const faults: RefusalReason[] = []
  const parties = [command.a, ...(command.b === undefined ? [] : [command.b]), ...command.members]
  const verified = parties.every((party) => party.verificationRef !== '')
  if (policies.orderIdRequired && command.orderId === '') faults.push('ORDER_REQUIRED')
  if (policies.verificationRequired && !verified) faults.push('PARTY_NOT_VERIFIED')
  if (policies.modes.length > 0 && !policies.modes.includes(command.mode)) faults.push('MODE_NOT_PERMITTED')
  const { media } = command.wanted
  // An empty list means both.
  const asked = media.length > 0 ? media : (['VOICE', 'SMS'] as const)
  const banned = asked.filter((medium) => !policies.media.includes(medium))
  if (policies.media.length > 0 && banned.length > 0) faults.push('MEDIA_NOT_PERMITTED')
  return faults
}

function quotaFaults(
  shard: NaiveShard,
  rate: NaiveRate | undefined,
  command: AllocateCommand,
  tenant: Tenant,
  now: number,
): Pick<Forecast, 'due' | 'possible'> {
  const { quotas } = tenant
  const due: RefusalReason[] = []
  const possible: RefusalReason[] = []
  const parties = numbersOf(command)
  const live = shard.live(now).filter((binding) => binding.tenant === tenant.id).length
  if (live >= (quotas.liveBindings ?? Infinity)) due.push('QUOTA_LIVE_BINDINGS')
  const perParty = parties.map((party) => shard.liveOfParty(tenant.id, command.pool, party, now))
  if (Math.max(...perParty) >= (quotas.liveBindingsPerParty ?? Infinity)) due.push('QUOTA_PER_PARTY')
  const today = parties.map((party) => acknowledgedToday(shard, tenant, party, now))
  if (Math.max(...today) >= (quotas.allocationsPerPartyPerDay ?? Infinity)) due.push('QUOTA_PER_PARTY_PER_DAY')
  const passes = rate?.passes(now) ?? 'yes'
  if (passes === 'no') due.push('QUOTA_RATE')
  if (passes === 'maybe') possible.push('QUOTA_RATE')
  return { due, possible }
}

export function acknowledgedToday(shard: NaiveShard, tenant: Tenant, party: string, now: number): number {
  const today = dayOf(tenant, now)
  return shard.acknowledged.filter(
    (ack) => ack.tenant === tenant.id && ack.party === party && dayOf(tenant, ack.atMs) === today,
  ).length
}

export function rulesOf(command: AllocateCommand, pool: Pool): Rules {
  const strict = command.areaStrict && command.areas.length > 0
  return {
    maxBindingsPerNumber: pool.maxBindingsPerNumber,
    areas: strict ? command.areas : undefined,
    extensionDigits: pool.extensionDigits,
  }
}

/** @param extension as asked for, or as chosen by the core */
export function wantedOf(
  command: AllocateCommand,
  { start, end }: Window,
  terms: Terms,
  extension = command.extension,
): Wanted {
  const { tenant, mode, a, b, members } = command
  return { tenant, parts: { mode, a, b, members, extension, terms }, start, end, freeAt: end + terms.cooldownMs }
}

function choose(
  shard: NaiveShard,
  command: AllocateCommand,
  pool: Pool,
  tenant: Tenant,
  now: number,
  window: Window,
  terms: Terms,
): Pick<Forecast, 'due' | 'possible' | 'choices'> {
  const wanted = wantedOf(command, window, terms)
  const all = candidates(shard, now, wanted, rulesOf(command, pool), pool.id, command.mode === 'AXYB')
    .filter((found) => command.x === undefined || found.x.ordinal === command.x.ordinal)
    .filter((found) => command.y === undefined || found.y?.ordinal === command.y.ordinal)
    .filter((found) => found.fit !== 'no')
  const held = shard.numbersHeld(tenant.id, now)
  const room = (tenant.quotas.numbersHeld ?? Infinity) - held.size
  const adds = (found: Candidate) => found.numbers.filter((number) => !held.has(number.ordinal)).length
  const choices = all.filter((found) => adds(found) === 0 || adds(found) <= room)
  const specific = command.x !== undefined || command.y !== undefined
  const exhausted: RefusalReason = specific ? 'NUMBER_UNAVAILABLE' : 'POOL_EXHAUSTED'
  const best: Fit = bestOf(choices)
  const overall: Fit = bestOf(all)
  const limited = room < (command.mode === 'AXYB' ? 2 : 1)
  // What fits but for the quota is the quota's refusal; where nothing fits at all, at the limit, either will do.
  const reasons: RefusalReason[] = []
  if (overall !== 'yes') reasons.push(exhausted)
  if (limited && choices.length < Math.max(all.length, 1)) reasons.push('QUOTA_NUMBERS_HELD')
  if (limited && overall !== 'yes') reasons.push('QUOTA_NUMBERS_HELD')
  if (best === 'no') return { due: reasons, possible: [], choices }
  return { due: [], possible: best === 'maybe' ? [...reasons, exhausted] : [], choices }
}

function bestOf(found: readonly Candidate[]): Fit {
  if (found.length === 0) return 'no'
  return found.some((one) => one.fit === 'yes') ? 'yes' : 'maybe'
}

/** The causes for which a number may count as passed over; busy covers the parties and cooling. */
export function passedOver(
  shard: NaiveShard,
  now: number,
  rules: Rules,
  wanted: Wanted,
  number: NaiveShard['numbers'][number],
): readonly ('not_in_service' | 'other_area' | 'other_family' | 'at_capacity' | 'busy')[] {
  if (number.state !== 'IN_SERVICE') return ['not_in_service']
  if (rules.areas !== undefined && !rules.areas.includes(number.area)) return ['other_area']
  if (isOtherFamily(shard, now, wanted, number)) return ['other_family']
  if (!numberIsOpen(shard, now, number, rules)) return ['at_capacity']
  if (!choosesExtension(wanted)) return ['busy']
  const fit = extensionFit(shard, now, wanted, rules, number)
  return fit === 'yes' ? ['busy'] : ['at_capacity', 'busy']
}
