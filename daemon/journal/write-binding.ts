/** A binding as the BindingRow of journal.proto, straight into bytes: what events and the binding's row in the store hold. */
import type { ProtoWriter } from '../bytes/proto-writer.js'
import type { Binding, BoundParty, NumberRef, Terms } from '../core/binding.js'
import { callbackCodes, directionCodes, mediaBits, modeCodes } from './codes.js'
import { digitBytesLength, writeDigits } from './digit-bytes.js'

const bytesType = 2

/** @param apart the user data stands in a row of its own and is left out here */
export function writeBinding(out: ProtoWriter, binding: Binding, apart: boolean): void {
  const { startMs } = binding
  out.double(1, binding.seq)
  out.integer(2, binding.revision)
  out.integer(3, binding.tenant)
  out.integer(4, binding.pool)
  out.integer(5, modeCodes.code(binding.mode))
  writeParty(out, 6, binding.a, startMs)
  if (binding.b !== undefined) writeParty(out, 7, binding.b, startMs)
  for (const member of binding.members) writeParty(out, 8, member, startMs)
  writeNumber(out, 9, binding.x)
  if (binding.y !== undefined) writeNumber(out, 10, binding.y)
  out.text(11, binding.extension)
  out.double(12, binding.createdMs)
  out.double(13, startMs)
  out.double(14, binding.endMs)
  out.double(15, binding.freeAtMs)
  out.flag(16, binding.released)
  out.text(17, binding.releaseReason)
  writeTerms(out, 18, binding.terms)
  out.text(19, binding.area)
  out.text(20, binding.orderId)
  if (!apart) out.blob(21, binding.userData)
  out.text(22, binding.requestId)
  out.flag(23, apart && binding.userData.length > 0)
  for (const digits of binding.firstParties) writePacked(out, 24, digits)
  out.double(25, binding.heldUntilMs)
}

/** Digits, packed two to a byte; an empty string is left out. */
export function writePackedIfAny(out: ProtoWriter, field: number, digits: string): void {
  if (digits !== '') writePacked(out, field, digits)
}

function writePacked(out: ProtoWriter, field: number, digits: string): void {
  out.tag(field, bytesType)
  const size = digitBytesLength(digits)
  out.varint(size)
  const at = out.skip(size)
  writeDigits(digits, out.bytes, at)
}

function writeParty(out: ProtoWriter, field: number, party: BoundParty, startMs: number): void {
  const mark = out.open(field)
  writePackedIfAny(out, 1, party.number)
  out.text(2, party.verificationRef)
  out.double(3, party.sinceMs - startMs)
  out.close(mark)
}

function writeNumber(out: ProtoWriter, field: number, number: NumberRef): void {
  const mark = out.open(field)
  out.integer(1, number.ordinal)
  writePackedIfAny(out, 2, number.digits)
  out.close(mark)
}

function writeTerms(out: ProtoWriter, field: number, terms: Terms): void {
  const mark = out.open(field)
  out.integer(1, terms.graceMs)
  out.integer(2, directionCodes.code(terms.graceDirection))
  out.integer(3, terms.cooldownMs)
  out.integer(4, directionCodes.code(terms.direction))
  out.integer(5, mediaBits(terms.media))
  out.integer(6, terms.maxCallMs)
  out.integer(7, terms.maxCalls)
  out.flag(8, terms.releaseOnHangup)
  out.flag(9, terms.record)
  out.integer(10, callbackCodes.code(terms.callback))
  writePackedIfAny(out, 11, terms.callbackNumber)
  out.double(12, terms.callbackWindowMs)
  out.close(mark)
}
