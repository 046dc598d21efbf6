/** The directory's decision on RemoveNumbers. Pure. */
import type { Digits } from '../core/binding.js'
import type { Pool } from '../core/directory.js'
import { limits } from '../core/limits.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import { packNumbers } from '../store/directory-number-key.js'
import type { DirectoryCommand } from './commands.js'
import { type Decision, refused } from './decision.js'
import { textFault } from './fields.js'
import { namedNumbers } from './prepared-numbers.js'
import { type DirectoryRefusal, isRefusal, refuse } from './refusal.js'
import { type DirectoryState, type HeldNumber, isLive } from './state.js'

export type RemoveNumbers = Extract<DirectoryCommand, { type: 'remove-numbers' }>

/** Decided on numbers that are out of service and carry no route: whoever asks has drained them and counted (remove.ts). */
export function decideRemoval(state: DirectoryState, command: RemoveNumbers): Decision {
  const records = removable(state, command)
  if (isRefusal(records)) return refused(records)
  const serving = records.find((record) => record.state === 'IN_SERVICE')
  if (serving !== undefined) {
    return refused(refuse('INVALID_OPTION', `number ${serving.digits} is in service`, 'numbers'))
  }
  const answer = { ok: true, removed: records.length } as const
  return { answer, pages: [[goneEvent(records, command.reason)]] }
}

/** The numbers that a command names, each once, all of them in its pool, or why not. */
export function removable(state: DirectoryState, command: RemoveNumbers): HeldNumber[] | DirectoryRefusal {
  const pool = state.poolByName(command.pool)
  if (pool === undefined) return refuse('POOL_NOT_FOUND', `there is no pool ${command.pool}`, 'pool')
  const tooLong = textFault(command.reason, limits.textBytes, 'reason')
  if (tooLong !== undefined) return tooLong
  if (command.numbers.length + command.blocks.length === 0) {
    return refuse('INVALID_OPTION', 'numbers or blocks are required', 'numbers')
  }
  const named = namedNumbers(command, state.rules)
  return isRefusal(named) ? named : held(state, pool, named)
}

function held(state: DirectoryState, pool: Pool, named: readonly Digits[]): HeldNumber[] | DirectoryRefusal {
  const records = new Map<Digits, HeldNumber>()
  for (const digits of named) {
    const record = state.number(digits)
    if (record === undefined || record.pool !== pool.id || !isLive(record, state)) {
      return refuse('NUMBER_NOT_FOUND', `number ${digits} is not in pool ${pool.name}`, 'numbers', { number: digits })
    }
    records.set(digits, record)
  }
  return [...records.values()]
}

/** A pool lies whole on one shard, so one event holds them all, and one commit. */
function goneEvent(records: readonly HeldNumber[], reason: string): DirectoryEvent {
  const { shard, pool } = records[0]!
  return {
    type: 'numbers-gone',
    shard,
    pool,
    reason,
    keys: packNumbers(records.map(({ digits }) => digits)),
    ordinals: Uint32Array.from(records, ({ ordinal }) => ordinal),
  }
}
