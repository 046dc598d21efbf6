/** Whether what the core makes of a report of a call is permitted (I11). */
import type { Binding } from '../../daemon/core/binding.js'
import type { Outcome, ReportCallCommand } from '../../daemon/core/commands.js'
import type { MovedRemnant, ShardEvent } from '../../daemon/core/events.js'
import { keyText, laterStarts } from './judge-change.js'
import { heard, holdsUntil, inProgress, type NaiveCalls, remnantHoldsUntil } from './naive-calls.js'
import type { Held, NaiveShard } from './naive-shard.js'

export type Called = Extract<ShardEvent, { type: 'called' }>
type Released = Extract<ShardEvent, { type: 'released' }>

export function judgeReport(
  shard: NaiveShard,
  command: ReportCallCommand,
  outcome: Outcome,
  event: Called | undefined,
  released: Released | undefined,
): string[] {
  const { now } = shard
  const binding = shard.binding(command.seq)
  if (binding === undefined) {
    const right = !outcome.ok && outcome.refusal.reason === 'BINDING_NOT_FOUND'
    return right ? [] : ['a report on no binding was accepted']
  }
  if (!outcome.ok) return [`a report was refused: ${outcome.refusal.reason}`]
  if (outcome.seq !== command.seq || outcome.replayed) return ['the report of another binding']
  if ((event !== undefined) !== (outcome.recorded === true)) return [`recorded: ${outcome.recorded}, against its event`]
  if (now < binding.startMs || now >= binding.freeAtMs) {
    return event === undefined && released === undefined ? [] : ['a report out of the time of its binding changed it']
  }
  const before = shard.callsOf(command.seq)
  const after = heard(before, command.report, binding, now)
  const complaints = judgeHangUp(shard, binding, command, after, released)
  if (event === undefined) {
    if (!holdsUntil(after).includes(binding.heldUntilMs))
      complaints.push('I11: a report that moves the hold was dropped')
    return complaints
  }
  if (event.seq !== command.seq || event.tenant !== binding.tenant) complaints.push('the event of another binding')
  const { atMs } = event.report
  const at = Math.min(Math.max(command.report.atMs ?? now, binding.startMs), now)
  if (atMs !== at) complaints.push(`reported at ${atMs}, not ${at}`)
  return [...complaints, ...judgeHold(shard, binding, after, event), ...judgeRemnants(shard, binding, after, event)]
}

function judgeHold(shard: NaiveShard, binding: Binding, after: NaiveCalls, event: Called): string[] {
  const holds = holdsUntil(after)
  if (!holds.includes(event.heldUntilMs)) return [`I11: held until ${event.heldUntilMs}, not ${holds.join(' or ')}`]
  const full = Math.max(binding.endMs, event.heldUntilMs) + binding.terms.cooldownMs
  const cuts = laterStarts(shard, binding).filter((start) => start < full)
  const kept = binding.heldUntilMs === event.heldUntilMs ? [binding.freeAtMs] : []
  // A key that a late report frees in the past is free from now on.
  const freeAts = [Math.max(full, shard.now), ...cuts, ...kept]
  return freeAts.includes(event.freeAtMs) ? [] : [`I11: free_at ${event.freeAtMs}, not ${freeAts.join(' or ')}`]
}

export function isMoved(moved: MovedRemnant, held: Held): boolean {
  return moved.ordinal === held.ordinal && keyText(moved.key) === held.caller && moved.endMs === held.end
}

/** What remains of removed parties is held by the calls that were on when they were removed. */
function judgeRemnants(shard: NaiveShard, binding: Binding, after: NaiveCalls, event: Called): string[] {
  const remnants = shard.held.filter((held) => held.seq === binding.seq && held.removed)
  const complaints: string[] = []
  if (event.remnants.some((moved) => !remnants.some((held) => isMoved(moved, held)))) {
    complaints.push('what is no remnant was moved')
  }
  for (const held of remnants) {
    const moved = event.remnants.find((one) => isMoved(one, held))
    const holds = remnantHoldsUntil(after, held.end)
    if (held.freeAt <= shard.now || shard.isTakenOver(held, shard.now)) {
      if (moved !== undefined && held.freeAt <= shard.now) complaints.push('a remnant that is free was moved')
      continue
    }
    const until = moved?.heldUntilMs ?? held.heldUntil
    if (!holds.includes(until)) complaints.push(`I11: ${held.caller} is held until ${until}, not ${holds.join(' or ')}`)
    const cooldowns = [held.freeAt - held.heldUntil, binding.terms.cooldownMs]
    const later = shard.successors(held).map((next) => next.from)
    const freeAts = [...cooldowns.map((cooldown) => Math.max(until + cooldown, shard.now)), ...later]
    if (moved !== undefined && !freeAts.includes(moved.freeAtMs)) {
      complaints.push(`I11: ${held.caller} is free at ${moved.freeAtMs}, not ${freeAts.join(' or ')}`)
    }
  }
  return complaints
}

/** With release_on_hangup the binding ends when an answered call ends and none is in progress. */
function judgeHangUp(
  shard: NaiveShard,
  binding: Binding,
  { report }: ReportCallCommand,
  after: NaiveCalls,
  released: Released | undefined,
): string[] {
  const { now } = shard
  const before = shard.callsOf(binding.seq).calls.find((call) => call.id === report.callId)
  const call = after.calls.find((one) => one.id === report.callId)!
  const ends = report.phase === 'ENDED' && (before === undefined || before.ended.length === 0)
  const live = now < binding.endMs && !binding.released
  const quiet = inProgress(after, now).length === 0
  if (released === undefined) {
    const late = before !== undefined && before.limit <= now
    const due = ends && live && quiet && binding.terms.releaseOnHangup && call.answered === 'yes' && !late
    return due ? ['release_on_hangup: the binding did not end'] : []
  }
  const everAnswered = after.calls.some((one) => one.answered !== 'no')
  if (!(ends && live && quiet && binding.terms.releaseOnHangup && everAnswered)) return ['ended by no hang-up']
  const complaints: string[] = []
  const { cooldownMs } = binding.terms
  const freeAts = holdsUntil(after).map((hold) => Math.max(now, hold) + cooldownMs)
  const right = [...freeAts, ...laterStarts(shard, binding)].includes(released.freeAtMs)
  if (!right) complaints.push(`hang-up: free_at ${released.freeAtMs}, not ${freeAts.join(' or ')}`)
  if (released.seq !== binding.seq || released.endMs !== now) complaints.push(`hang-up: ended at ${released.endMs}`)
  if (released.revision !== binding.revision + 1) complaints.push(`hang-up: revision ${released.revision}`)
  if (released.reason !== 'HANGUP') complaints.push(`hang-up: reason ${released.reason}`)
  return complaints
}
