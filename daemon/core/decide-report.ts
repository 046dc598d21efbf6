/**
 * A report of a call: taken down, with what it means for the routes. From
 * STARTED on a call holds them, to its ENDED or its limit (I11); the binding ends
 * with the hang-up where it was made so.
 */
import type { Binding } from './binding.js'
import type { BindingSlot } from './binding-table.js'
import { afterReport, type CallReport, type Calls, heldUntil, isCalling, noCalls } from './calls.js'
import type { CommandFacts, ReportCallCommand } from './commands.js'
import type { Decision } from './decision.js'
import type { MovedRemnant, ShardEvent } from './events.js'
import { refuse, refused } from './refusal.js'
import type { ShardState } from './state.js'

export const hangUpReason = 'HANGUP'

export function decideReport(
  state: ShardState,
  command: ReportCallCommand,
  facts: CommandFacts,
  now: number,
): Decision {
  const { binding, calls = noCalls } = facts
  if (binding === undefined) {
    return { outcome: refused(refuse('BINDING_NOT_FOUND', 'no such binding', { field: 'binding_id' })), events: [] }
  }
  const nothingNew: Decision = { outcome: answer(binding, false), events: [] }
  // Before the start there is nothing to call, and what is free is nobody's to hold.
  if (now < binding.startMs || now >= binding.freeAtMs) return nothingNew
  const report = taken(command, binding, now)
  const after = afterReport(calls, report, binding, now)
  if (after === calls) return nothingNew
  const heldUntilMs = heldUntil(after)
  const called: ShardEvent = {
    type: 'called',
    seq: binding.seq,
    tenant: binding.tenant,
    report,
    heldUntilMs,
    freeAtMs: Math.max(now, Math.max(binding.endMs, heldUntilMs) + binding.terms.cooldownMs),
    remnants: movedRemnants(state, binding, { before: calls, after, report }, now),
  }
  const ends = endsBinding(binding, calls, after, report, now)
  return {
    outcome: answer(binding, true),
    events: ends ? [called, hangUp(binding, heldUntilMs, now)] : [called],
  }
}

function answer({ seq }: Binding, recorded: boolean) {
  return { ok: true, seq, replayed: false, recorded } as const
}

/** Clocks of call control differ: what lies ahead is taken for now, what lies before the binding for its start. */
function taken({ report }: ReportCallCommand, binding: Binding, now: number): CallReport {
  return { ...report, atMs: Math.min(now, Math.max(binding.startMs, report.atMs ?? now)) }
}

/** An answered call has ended, and none is in progress. */
function endsBinding(binding: Binding, before: Calls, after: Calls, report: CallReport, now: number): boolean {
  if (report.phase !== 'ENDED' || !binding.terms.releaseOnHangup) return false
  if (binding.released || binding.endMs <= now || isCalling(after, now)) return false
  return report.answered || before.open.some(({ id, answered }) => id === report.callId && answered)
}

function hangUp(binding: Binding, heldUntilMs: number, now: number): ShardEvent {
  return {
    type: 'released',
    seq: binding.seq,
    tenant: binding.tenant,
    revision: binding.revision + 1,
    endMs: now,
    freeAtMs: Math.max(now, heldUntilMs) + binding.terms.cooldownMs,
    reason: hangUpReason,
  }
}

interface Change {
  readonly before: Calls
  readonly after: Calls
  readonly report: CallReport
}

/** The routes of parties that were removed while this call was in progress cool down from its hang-up. */
function movedRemnants(state: ShardState, { seq }: Binding, change: Change, now: number): MovedRemnant[] {
  const slot = state.bindings.find(seq)
  if (slot === 0) return []
  return state.bindings.remnantsOf(slot).flatMap((remnant) => moved(state, remnant, change, now) ?? [])
}

function moved(state: ShardState, slot: BindingSlot, change: Change, now: number): MovedRemnant | undefined {
  const { bindings, reservations, keys } = state
  const { before, after, report } = change
  const endMs = bindings.endMs.get(slot)
  const begunMs = before.open.find(({ id }) => id === report.callId)?.startedMs ?? report.atMs
  const at = bindings.head.get(slot)
  if (begunMs > endMs || at === 0) return undefined
  const heldBeforeMs = bindings.heldUntilMs.get(slot)
  const heldUntilMs = Math.max(endMs, heldUntil(after, endMs))
  if (heldUntilMs === heldBeforeMs) return undefined
  const cooldownMs = bindings.freeAtMs.get(slot) - heldBeforeMs
  return {
    ordinal: reservations.ordinal.get(at),
    key: keys.keyAt(reservations.key.get(at)),
    endMs,
    heldUntilMs,
    freeAtMs: Math.max(now, heldUntilMs + cooldownMs),
  }
}
