/** Bindings laid flat (flat.ts), and read back as they were. */
import type { Binding, BoundParty, NumberRef, Terms } from '../core/binding.js'
import { callbackCodes, directionCodes, mediaBits, mediaOf, modeCodes } from '../journal/codes.js'
import type { FlatReader, FlatWriter } from './flat.js'

/** Lays a binding flat; the media of its terms come back in the order VOICE, SMS. */
export function writeBinding(out: FlatWriter, binding: Binding): void {
  out.number(binding.seq)
  out.number(binding.revision)
  out.number(binding.tenant)
  out.number(binding.pool)
  out.number(modeCodes.code(binding.mode))
  writeParty(out, binding.a)
  out.flag(binding.b !== undefined)
  if (binding.b !== undefined) writeParty(out, binding.b)
  out.number(binding.members.length)
  for (const member of binding.members) writeParty(out, member)
  out.number(binding.firstParties.length)
  for (const digits of binding.firstParties) out.text(digits)
  writeNumber(out, binding.x)
  out.flag(binding.y !== undefined)
  if (binding.y !== undefined) writeNumber(out, binding.y)
  out.text(binding.extension)
  out.number(binding.createdMs)
  out.number(binding.startMs)
  out.number(binding.endMs)
  out.number(binding.heldUntilMs)
  out.number(binding.freeAtMs)
  out.flag(binding.released)
  out.text(binding.releaseReason)
  writeTerms(out, binding.terms)
  out.text(binding.area)
  out.text(binding.orderId)
  out.bytes(binding.userData)
  out.text(binding.requestId)
}

/** The properties are read in the order in which they stand here. */
export function readBinding(from: FlatReader): Binding {
  return {
    seq: from.number(),
    revision: from.number(),
    tenant: from.number(),
    pool: from.number(),
    mode: modeCodes.word(from.number()),
    a: readParty(from),
    b: from.flag() ? readParty(from) : undefined,
    members: from.list(readParty),
    firstParties: from.list(readText),
    x: readNumber(from),
    y: from.flag() ? readNumber(from) : undefined,
    extension: from.text(),
    createdMs: from.number(),
    startMs: from.number(),
    endMs: from.number(),
    heldUntilMs: from.number(),
    freeAtMs: from.number(),
    released: from.flag(),
    releaseReason: from.text(),
    terms: readTerms(from),
    area: from.text(),
    orderId: from.text(),
    userData: from.bytes(),
    requestId: from.text(),
  }
}

function writeParty(out: FlatWriter, { number, verificationRef, sinceMs }: BoundParty): void {
  out.text(number)
  out.text(verificationRef)
  out.number(sinceMs)
}

function readParty(from: FlatReader): BoundParty {
  return { number: from.text(), verificationRef: from.text(), sinceMs: from.number() }
}

function writeNumber(out: FlatWriter, { ordinal, digits }: NumberRef): void {
  out.number(ordinal)
  out.text(digits)
}

function readNumber(from: FlatReader): NumberRef {
  return { ordinal: from.number(), digits: from.text() }
}

function writeTerms(out: FlatWriter, terms: Terms): void {
  out.number(terms.graceMs)
  out.number(directionCodes.code(terms.graceDirection))
  out.number(terms.cooldownMs)
  out.number(directionCodes.code(terms.direction))
  out.number(mediaBits(terms.media))
  out.number(terms.maxCallMs)
  out.number(terms.maxCalls)
  out.flag(terms.releaseOnHangup)
  out.flag(terms.record)
  out.number(callbackCodes.code(terms.callback))
  out.text(terms.callbackNumber)
  out.number(terms.callbackWindowMs)
}

function readTerms(from: FlatReader): Terms {
  return {
    graceMs: from.number(),
    graceDirection: directionCodes.word(from.number()),
    cooldownMs: from.number(),
    direction: directionCodes.word(from.number()),
    media: mediaOf(from.number()),
    maxCallMs: from.number(),
    maxCalls: from.number(),
    releaseOnHangup: from.flag(),
    record: from.flag(),
    callback: callbackCodes.word(from.number()),
    callbackNumber: from.text(),
    callbackWindowMs: from.number(),
  }
}

function readText(from: FlatReader): string {
  return from.text()
}
