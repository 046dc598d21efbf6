/**
 * Everything of an Allocate before its quotas: the gates in the order that
 * domain.md fixes, then window and terms. The first that says no is the answer.
 */
import type { NumberRef, Party, Terms } from './binding.js'
import type { AllocateCommand, Refusal } from './commands.js'
import type { Tenant } from './directory.js'
import { checkBanned, checkMode, checkOrder, checkPool, checkQualification, checkVerification } from './gates.js'
import { modes } from './modes.js'
import type { PoolState } from './pool-state.js'
import { refuse } from './refusal.js'
import type { ShardState } from './state.js'
import type { TenantState } from './tenant-state.js'
import { checkCallback, newTerms, type Window, windowOf } from './terms.js'

export interface Plan {
  readonly window: Window
  readonly terms: Terms
}

/** What is to be allocated, once every gate before the quotas has let it pass. */
export function planAllocate(
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
    checkVerifications(facts, command) ??
    checkMode(facts, command.mode) ??
    checkNumbersAsked(state, command) ??
    checkExtension(command, policy.extensionDigits)
  if (gate !== undefined) return { refusal: gate }
  const window = windowOf(command, policy, facts, now)
  if ('refusal' in window) return window
  const terms = newTerms(command.wanted, policy, facts)
  if ('refusal' in terms) return terms
  const refusal = checkCallback(command.mode, command.a.number, terms.value) ?? checkBanned(command.banned)
  if (refusal !== undefined) return { refusal }
  return { window: window.value, terms: terms.value }
}

/** The mode says which parties there are; the gateway has checked their syntax. */
function checkShape(command: AllocateCommand): Refusal | undefined {
  const mode = modes[command.mode]
  if (mode.needsB && command.b === undefined)
    return refuse('INVALID_NUMBER', `mode ${command.mode} needs b`, { field: 'b' })
  if (mode.needsMembers && command.members.length === 0) {
    return refuse('INVALID_NUMBER', `mode ${command.mode} needs members`, { field: 'members' })
  }
  if (!mode.needsY && command.y !== undefined) {
    return refuse('INVALID_OPTION', `mode ${command.mode} has no second number`, { field: 'number_y' })
  }
  if (command.a.number === command.b?.number) return sameParty('b')
  return command.members.length === 0 ? undefined : checkMembers(command)
}

function checkMembers(command: AllocateCommand): Refusal | undefined {
  const seen = new Set<string>()
  for (const [party, field] of partiesOf(command)) {
    if (seen.has(party.number)) return sameParty(field)
    seen.add(party.number)
  }
  return undefined
}

function sameParty(field: string): Refusal {
  return refuse('SAME_PARTY', `${field} repeats another party`, { field })
}

function checkVerifications(tenant: Tenant, command: AllocateCommand): Refusal | undefined {
  if (!tenant.policies.verificationRequired) return undefined
  return firstOf(partiesOf(command), ([party, field]) => checkVerification(tenant, party, field))
}

/** A given one must be as long as all of the pool, so that a voice menu knows when to stop. */
function checkExtension({ mode, extension }: AllocateCommand, digits: number): Refusal | undefined {
  if (extension === '') return undefined
  const field = 'extension'
  if (!modes[mode].needsExtension) return refuse('INVALID_OPTION', `mode ${mode} has no extension`, { field })
  if (extension.length === digits) return undefined
  return refuse('INVALID_EXTENSION', `extensions of this pool have ${digits} digits`, { field })
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

/** The parties of the request, each with its proto field. */
export function partiesOf(command: AllocateCommand): [Party, string][] {
  const parties: [Party, string][] = [[command.a, 'a']]
  if (command.b !== undefined) parties.push([command.b, 'b'])
  command.members.forEach((member, i) => {
    parties.push([member, `members[${i}]`])
  })
  return parties
}

export function firstOf<T>(items: readonly T[], check: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const refusal = check(item)
    if (refusal !== undefined) return refusal
  }
  return undefined
}
