/** A binding as its tenant sees it. */
import { type Binding, stateOf, type Terms } from '../core/binding.js'
import { formatBindingId } from '../core/binding-id.js'
import type { DirectoryView } from '../directory/view.js'
import type { Binding as BindingMessage, CallOptions } from '../generated/xpool/v1/types.js'
import { bindingStateWords, callbackWords, directionWords, mediumWords, modeWords, wireNumber } from './wire-words.js'

/** @param nowMs process clock, for the state at the moment of the answer */
export function bindingMessage(
  binding: Binding,
  shard: number,
  directory: DirectoryView,
  nowMs: number,
): BindingMessage {
  return {
    bindingId: formatBindingId({ shard, seq: binding.seq }),
    tenant: directory.tenant(binding.tenant)?.name ?? '',
    pool: directory.pool(binding.pool)?.name ?? '',
    mode: wireNumber(modeWords, binding.mode),
    number: binding.x.digits,
    numberY: binding.y?.digits ?? '',
    extension: binding.extension,
    a: binding.a,
    b: binding.b,
    members: [...binding.members],
    startMs: binding.startMs,
    endMs: binding.endMs,
    cooldownUntilMs: binding.freeAtMs,
    state: wireNumber(bindingStateWords, stateOf(binding, nowMs)),
    area: binding.area,
    orderId: binding.orderId,
    userData: asBuffer(binding.userData),
    revision: binding.revision,
    options: callOptions(binding.terms),
    createdMs: binding.createdMs,
    releaseReason: binding.releaseReason,
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function callOptions(terms: Terms): CallOptions {
  return {
    graceMs: terms.graceMs,
    graceDirection: wireNumber(directionWords, terms.graceDirection),
    cooldownMs: terms.cooldownMs,
    direction: wireNumber(directionWords, terms.direction),
    media: terms.media.map((medium) => wireNumber(mediumWords, medium)),
    maxCallMs: terms.maxCallMs,
    maxCalls: terms.maxCalls,
    releaseOnHangup: terms.releaseOnHangup,
    record: terms.record,
    callback: wireNumber(callbackWords, terms.callback),
    callbackNumber: terms.callbackNumber,
    callbackWindowMs: terms.callbackWindowMs,
  }
}
