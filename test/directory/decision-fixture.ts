/** A directory in memory for tests of decisions: what is decided is applied at once. */
import type { Digits } from '../../daemon/core/binding.js'
import type { NumberRule } from '../../daemon/core/canonical-number.js'
import type { NumberState } from '../../daemon/core/directory.js'
import type { DirectoryAnswer, DirectoryCommand, PoolWanted, TenantWanted } from '../../daemon/directory/commands.js'
import { decideDirectory } from '../../daemon/directory/decide.js'
import type { Decision } from '../../daemon/directory/decision.js'
import { DirectoryModel } from '../../daemon/directory/model.js'
import { PendingBans } from '../../daemon/directory/pending-bans.js'
import { PendingNumbers } from '../../daemon/directory/pending-numbers.js'
import { prepareNumbers } from '../../daemon/directory/prepared-numbers.js'
import type { DirectoryEvent } from '../../daemon/store/directory-event.js'

/** Decides, applies and remembers; reads and writes no disk. */
export class DecisionFixture {
  readonly model: DirectoryModel
  readonly numbers = new PendingNumbers()
  readonly bans = new PendingBans()
  now = 1_700_000_000_000

  /** @param banCount bans that are there already, whatever they are */
  constructor(shards = 2, rules: readonly NumberRule[] = [], banCount = 0) {
    const lookup = {
      number: (digits: Digits) => this.numbers.get(digits),
      ban: (key: Uint8Array) => this.bans.get(key),
    }
    this.model = new DirectoryModel(shards, rules, lookup)
    this.model.reload({
      tenants: () => [],
      pools: () => [],
      areas: () => [],
      parts: () => [],
      nextPart: () => 1,
      shardCounts: () => ({ next: 0, numbers: 0 }),
      banCount: () => banCount,
    })
  }

  decide(command: DirectoryCommand): Decision {
    if (command.type !== 'add-numbers') return decideDirectory(this.model, command, this.now)
    const prepared = prepareNumbers(command, this.model.rules)
    const asked = [...command.numbers, ...command.blocks.map(({ first }) => first)]
    const held = asked.find((digits) => this.numbers.get(digits) !== undefined)
    return decideDirectory(this.model, command, this.now, { prepared, held })
  }

  apply(events: readonly DirectoryEvent[]): void {
    for (const event of events) {
      this.numbers.note(event, (digits) => this.numbers.get(digits))
      this.bans.note(event)
      this.model.apply(event)
    }
  }

  do(command: DirectoryCommand): DirectoryAnswer {
    const { answer, pages } = this.decide(command)
    for (const page of pages) this.apply(page)
    return answer
  }

  createTenant(name: string, wanted: TenantWanted = { qualification: 'APPROVED' }): DirectoryAnswer {
    return this.do({ type: 'create-tenant', name, wanted })
  }

  updateTenant(name: string, wanted: TenantWanted): DirectoryAnswer {
    return this.do({ type: 'update-tenant', name, wanted })
  }

  createPool(name: string, wanted: PoolWanted = {}): DirectoryAnswer {
    return this.do({ type: 'create-pool', name, wanted })
  }

  updatePool(name: string, wanted: PoolWanted): DirectoryAnswer {
    return this.do({ type: 'update-pool', name, wanted })
  }

  addNumbers(pool: string, change: Partial<Extract<DirectoryCommand, { type: 'add-numbers' }>>): DirectoryAnswer {
    return this.do(addNumbers(pool, change))
  }

  setState(target: Digits | { first: Digits; count: number }, state: NumberState, reason = ''): DirectoryAnswer {
    return this.do(setState(target, state, reason))
  }
}

export function addNumbers(
  pool: string,
  change: Partial<Extract<DirectoryCommand, { type: 'add-numbers' }>>,
): Extract<DirectoryCommand, { type: 'add-numbers' }> {
  return { type: 'add-numbers', pool, area: '', blocks: [], numbers: [], importName: '', last: false, ...change }
}

export function setState(
  target: Digits | { first: Digits; count: number },
  state: NumberState,
  reason = '',
): Extract<DirectoryCommand, { type: 'set-number-state' }> {
  const named = typeof target === 'string' ? { number: target } : { block: target }
  return { type: 'set-number-state', target: named, state, reason }
}

export function ban(
  caller: Digits,
  change: Partial<Extract<DirectoryCommand, { type: 'ban' }>> = {},
): Extract<DirectoryCommand, { type: 'ban' }> {
  return { type: 'ban', caller, callee: '', tenant: '', untilMs: undefined, reason: '', ...change }
}

export function unban(caller: Digits, callee = '', tenant = ''): Extract<DirectoryCommand, { type: 'unban' }> {
  return { type: 'unban', caller, callee, tenant }
}

export function removeNumbers(
  pool: string,
  change: Partial<Extract<DirectoryCommand, { type: 'remove-numbers' }>>,
): Extract<DirectoryCommand, { type: 'remove-numbers' }> {
  return { type: 'remove-numbers', pool, blocks: [], numbers: [], reason: '', ...change }
}
