/** A binding as its tenant sees it, straight into bytes: the same bytes as those of bindingMessage (binding-message.ts). */
import type { ProtoWriter } from '../bytes/proto-writer.js'
import { type Binding, type Party, stateOf, type Terms } from '../core/binding.js'
import { formatBindingId } from '../core/binding-id.js'
import type { DirectoryView } from '../directory/view.js'
import { bindingStateWords, callbackWords, directionWords, mediumWords, modeWords, wireNumber } from './wire-words.js'

/** @param nowMs process clock, for the state at the moment of the answer */
export function writeBindingMessage(
  out: ProtoWriter,
  field: number,
  binding: Binding,
  shard: number,
  directory: DirectoryView,
  nowMs: number,
): void {
  const mark = out.openWide(field)
  out.text(1, formatBindingId({ shard, seq: binding.seq }))
  out.text(2, directory.tenant(binding.tenant)?.name ?? '')
  out.text(3, directory.pool(binding.pool)?.name ?? '')
  out.integer(4, wireNumber(modeWords, binding.mode))
  out.text(5, binding.x.digits)
  if (binding.y !== undefined) out.text(6, binding.y.digits)
  out.text(7, binding.extension)
  writeParty(out, 8, binding.a)
  if (binding.b !== undefined) writeParty(out, 9, binding.b)
  for (const member of binding.members) writeParty(out, 10, member)
  out.integer(11, binding.startMs)
  out.integer(12, binding.endMs)
  out.integer(13, binding.freeAtMs)
  out.integer(14, wireNumber(bindingStateWords, stateOf(binding, nowMs)))
  out.text(15, binding.area)
  out.text(16, binding.orderId)
  out.blob(17, binding.userData)
  out.integer(18, binding.revision)
  writeOptions(out, 19, binding.terms)
  out.integer(20, binding.createdMs)
  out.text(21, binding.releaseReason)
  out.closeWide(mark)
}

/** A party of a message; also of requests, whose fingerprint is taken over their bytes. */
export function writeParty(out: ProtoWriter, field: number, party: Party): void {
  const mark = out.open(field)
  out.text(1, party.number)
  out.text(2, party.verificationRef)
  out.close(mark)
}

function writeOptions(out: ProtoWriter, field: number, terms: Terms): void {
  const mark = out.open(field)
  out.integer(1, terms.graceMs)
  out.integer(2, wireNumber(directionWords, terms.graceDirection))
  out.integer(3, terms.cooldownMs)
  out.integer(4, wireNumber(directionWords, terms.direction))
  const media = out.open(5)
  for (const medium of terms.media) out.varint(wireNumber(mediumWords, medium))
  out.close(media)
  out.integer(6, terms.maxCallMs)
  out.integer(7, terms.maxCalls)
  out.flag(8, terms.releaseOnHangup)
  out.flag(9, terms.record)
  out.integer(10, wireNumber(callbackWords, terms.callback))
  out.text(11, terms.callbackNumber)
  out.integer(12, terms.callbackWindowMs)
  out.close(mark)
}
