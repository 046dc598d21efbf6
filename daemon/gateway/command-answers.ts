/** Acknowledged commands as their responses: the binding whole, or where it stands after a report. */
import type { ProtoWriter } from '../bytes/proto-writer.js'
import { stateOf } from '../core/binding.js'
import type { DirectoryView } from '../directory/view.js'
import type { ReportCallResponse } from '../generated/xpool/v1/resolution.js'
import type { Concluded } from './command-desk.js'
import { encodePosition, writePosition } from './position.js'
import { bindingStateWords, wireNumber } from './wire-words.js'
import { writeBindingMessage } from './write-binding-message.js'

/** The body of an AllocateResponse, ReleaseResponse or UpdateResponse. */
export function writeBound(
  out: ProtoWriter,
  command: 'allocate' | 'release' | 'update',
  { shard, binding, replayed, page }: Concluded,
  directory: DirectoryView,
  nowMs: number,
): void {
  writeBindingMessage(out, 1, binding, shard, directory, nowMs)
  if (command === 'allocate') {
    out.flag(2, replayed)
    writePosition(out, 3, { shard, seq: page })
  } else {
    writePosition(out, 2, { shard, seq: page })
  }
}

export function reportResponse({ shard, binding, recorded, page }: Concluded, nowMs: number): ReportCallResponse {
  const state = wireNumber(bindingStateWords, stateOf(binding, nowMs))
  const position = encodePosition({ shard, seq: page })
  return { recorded, state, cooldownUntilMs: binding.freeAtMs, position }
}

/** The body of a ReportCallResponse: reportResponse in bytes. */
export function writeReported(out: ProtoWriter, { shard, binding, recorded, page }: Concluded, nowMs: number): void {
  out.flag(1, recorded)
  out.integer(2, wireNumber(bindingStateWords, stateOf(binding, nowMs)))
  out.integer(3, binding.freeAtMs)
  writePosition(out, 4, { shard, seq: page })
}
