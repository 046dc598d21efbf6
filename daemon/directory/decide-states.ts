/** The directory's decision on SetNumberState. Pure. */
import type { Digits } from '../core/binding.js'
import { canonicalNumber } from '../core/canonical-number.js'
import type { NumberState } from '../core/directory.js'
import { limits } from '../core/limits.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import { packNumbers } from '../store/directory-number-key.js'
import type { DirectoryCommand } from './commands.js'
import { type Decision, refused } from './decision.js'
import { textFault } from './fields.js'
import { nextState, type StandingState } from './number-states.js'
import { blockNumbers } from './prepared-numbers.js'
import { type DirectoryRefusal, isRefusal, refuse } from './refusal.js'
import { type DirectoryState, type HeldNumber, isLive } from './state.js'

export type SetNumberState = Extract<DirectoryCommand, { type: 'set-number-state' }>

/**
 * RETIRED is decided on numbers that drain or are frozen and carry no route:
 * whoever asks has drained them and counted (retire.ts).
 */
export function decideNumberState(state: DirectoryState, command: SetNumberState): Decision {
  const records = targets(state, command)
  if (isRefusal(records)) return refused(records)
  return changeStates(records, command.state)
}

/** The numbers that a command names, all of them there to be seen, or why not. */
export function targets(state: DirectoryState, command: SetNumberState): HeldNumber[] | DirectoryRefusal {
  const tooLong = textFault(command.reason, limits.textBytes, 'reason')
  if (tooLong !== undefined) return tooLong
  const named = targetNumbers(state, command)
  if (isRefusal(named)) return named
  const field = 'number' in command.target ? 'number' : 'block'
  const records: HeldNumber[] = []
  for (const digits of named) {
    const record = state.number(digits)
    if (record === undefined || !isLive(record, state)) {
      return refuse('NUMBER_NOT_FOUND', `number ${digits} is in no pool`, field, { number: digits })
    }
    records.push(record)
  }
  return records
}

function targetNumbers(state: DirectoryState, command: SetNumberState): readonly Digits[] | DirectoryRefusal {
  const { target } = command
  if ('block' in target) return blockNumbers(target.block, 'block', state.rules)
  const digits = canonicalNumber(target.number, state.rules)
  return digits === undefined ? refuse('INVALID_NUMBER', 'number is not 3 to 20 digits', 'number') : [digits]
}

/** All or none: one number that cannot reach the state refuses the whole. */
export function changeStates(records: readonly HeldNumber[], wanted: NumberState): Decision {
  const groups = new Map<string, { to: StandingState; records: HeldNumber[] }>()
  let reached = 0
  for (const record of records) {
    const to = nextState(record, wanted)
    if (to === undefined) return refused(unreachable(record, wanted))
    if (to.state === wanted) reached += 1
    if (to.state === record.state && to.stateBefore === record.stateBefore) continue
    const group = `${record.shard} ${to.state} ${to.stateBefore}`
    const members = groups.get(group)
    if (members === undefined) groups.set(group, { to, records: [record] })
    else members.records.push(record)
  }
  const page = [...groups.values()].map(({ to, records: members }) => stateEvent(members, to))
  return { answer: { ok: true, changed: reached }, pages: page.length === 0 ? [] : [page] }
}

function unreachable({ digits, state }: HeldNumber, wanted: NumberState): DirectoryRefusal {
  const message = `number ${digits} is ${state} and cannot become ${wanted}`
  return refuse('INVALID_OPTION', message, 'state', { number: digits, state })
}

function stateEvent(records: readonly HeldNumber[], to: StandingState): DirectoryEvent {
  return {
    type: 'number-states',
    shard: records[0]!.shard,
    state: to.state,
    stateBefore: to.stateBefore,
    keys: packNumbers(records.map(({ digits }) => digits)),
    ordinals: Uint32Array.from(records, ({ ordinal }) => ordinal),
  }
}
