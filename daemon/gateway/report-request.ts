/** ReportCallRequest to its command. */
import { canonicalNumber } from '../core/canonical-number.js'
import type { ReportCallCommand } from '../core/commands.js'
import type { ReportCallRequest } from '../generated/xpool/v1/resolution.js'
import { Check } from './check.js'
import { Failure } from './failure.js'
import { type PlacedCommand, placeOf, type Surroundings } from './place-command.js'
import { callPhaseWords } from './wire-words.js'

/** A report of one call; whether it tells anything new is for the core to say. */
export function readReport(
  request: ReportCallRequest,
  given: Surroundings,
): PlacedCommand<ReportCallCommand> | Failure {
  const check = new Check(given.rules)
  if (request.callId === '') check.refuse('FIELD_REQUIRED', 'call_id', 'call_id is required')
  const phase = check.word('phase', callPhaseWords, request.phase)
  if (phase === undefined) check.refuse('INVALID_OPTION', 'phase', 'phase is required')
  const told = {
    callId: check.text('call_id', request.callId),
    atMs: check.time('at_ms', request.atMs),
    caller: canonicalNumber(request.caller, given.rules),
    number: check.numberIfGiven('number', request.number),
    answered: request.answered,
    cause: check.text('cause', request.cause),
  }
  const place = placeOf(check, request.bindingId, given.shards)
  if (place instanceof Failure) return place
  if (phase === undefined) throw new Error('a phase is missing after its check')
  return { shard: place.shard, command: { type: 'report-call', seq: place.seq, report: { ...told, phase } } }
}
