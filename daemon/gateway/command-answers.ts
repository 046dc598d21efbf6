/** Acknowledged commands as their responses: the binding whole, or where it stands after a report. */
import { stateOf } from '../core/binding.js'
import type { DirectoryView } from '../directory/view.js'
import type { AllocateResponse } from '../generated/xpool/v1/allocation.js'
import type { ReportCallResponse } from '../generated/xpool/v1/resolution.js'
import { bindingMessage } from './binding-message.js'
import type { Concluded } from './command-desk.js'
import { bindingStateWords, wireNumber } from './wire-words.js'

/** The fields that the responses of Allocate, Release and Update have in common, and `replayed`. */
export function boundResponse(
  { shard, binding, replayed, position }: Concluded,
  directory: DirectoryView,
  nowMs: number,
): AllocateResponse {
  return { binding: bindingMessage(binding, shard, directory, nowMs), replayed, position }
}

export function reportResponse({ binding, recorded, position }: Concluded, nowMs: number): ReportCallResponse {
  const state = wireNumber(bindingStateWords, stateOf(binding, nowMs))
  return { recorded, state, cooldownUntilMs: binding.freeAtMs, position }
}
