/** A report of a call, with what it moved, from the message that its event holds. */
import type { CallReport } from '../core/calls.js'
import type { MovedRemnant, ShardEvent } from '../core/events.js'
import type { Called, MovedRemnant as RemnantRow } from '../generated/xpool/internal/v1/journal.js'
import { unpackDigits } from './binding-row.js'
import { phaseCodes } from './codes.js'
import { fromCallerKeyBytes } from './reservation-row.js'

type CalledEvent = Extract<ShardEvent, { type: 'called' }>

/** Throws UnreadableBytes. */
export function fromCalledRow(row: Called): CalledEvent {
  const { seq, tenant, heldUntilMs, freeAtMs } = row
  return {
    type: 'called',
    seq,
    tenant,
    report: reportOf(row),
    heldUntilMs,
    freeAtMs,
    remnants: row.remnants.map(fromRemnantRow),
  }
}

function reportOf({ callId, phase, atMs, caller, number, answered, cause }: Called): CallReport {
  return {
    callId,
    phase: phaseCodes.word(phase),
    atMs,
    caller: caller.length === 0 ? undefined : unpackDigits(caller),
    number: unpackDigits(number),
    answered,
    cause,
  }
}

function fromRemnantRow({ callerKey, ...times }: RemnantRow): MovedRemnant {
  return { ...times, key: fromCallerKeyBytes(callerKey) }
}
