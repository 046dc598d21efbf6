/** A binding from the message that events and the binding's row in the store hold. */
import type { Binding, BoundParty, NumberRef, Terms } from '../core/binding.js'
import type { BindingRow, NumberRow, PartyRow, TermsRow } from '../generated/xpool/internal/v1/journal.js'
import { callbackCodes, directionCodes, mediaOf, modeCodes } from './codes.js'
import { readDigits } from './digit-bytes.js'
import { UnreadableBytes } from './unreadable-bytes.js'

export const noBytes = Buffer.alloc(0)

/** @param userData of a row whose user data stands apart. Throws UnreadableBytes. */
export function fromBindingRow(row: BindingRow, userData: Uint8Array | undefined): Binding {
  return {
    seq: row.seq,
    revision: row.revision,
    tenant: row.tenant,
    pool: row.pool,
    mode: modeCodes.word(row.mode),
    a: fromPartyRow(required(row.a, 'party A'), row.startMs),
    b: row.b === undefined ? undefined : fromPartyRow(row.b, row.startMs),
    members: row.members.map((member) => fromPartyRow(member, row.startMs)),
    firstParties: row.firstParties.map(unpackDigits),
    x: fromNumberRow(required(row.x, 'number')),
    y: row.y === undefined ? undefined : fromNumberRow(row.y),
    extension: row.extension,
    createdMs: row.createdMs,
    startMs: row.startMs,
    endMs: row.endMs,
    heldUntilMs: row.heldUntilMs,
    freeAtMs: row.freeAtMs,
    released: row.released,
    releaseReason: row.releaseReason,
    terms: fromTermsRow(required(row.terms, 'terms')),
    area: row.area,
    orderId: row.orderId,
    userData: userData ?? row.userData,
    requestId: row.requestId,
  }
}

/** Throws UnreadableBytes where a part is absent that every writer of ours sets. */
export function required<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new UnreadableBytes(`the ${what} is missing`)
  return part
}

/** The digits of packed bytes. Throws UnreadableBytes. */
export function unpackDigits(bytes: Uint8Array): string {
  return readDigits(bytes, 0, bytes.length)
}

function fromPartyRow(row: PartyRow, startMs: number): BoundParty {
  return {
    number: unpackDigits(row.number),
    verificationRef: row.verificationRef,
    sinceMs: startMs + row.sinceAfterStartMs,
  }
}

function fromNumberRow(row: NumberRow): NumberRef {
  return { ordinal: row.ordinal, digits: unpackDigits(row.digits) }
}

function fromTermsRow(row: TermsRow): Terms {
  return {
    graceMs: row.graceMs,
    graceDirection: directionCodes.word(row.graceDirection),
    cooldownMs: row.cooldownMs,
    direction: directionCodes.word(row.direction),
    media: mediaOf(row.media),
    maxCallMs: row.maxCallMs,
    maxCalls: row.maxCalls,
    releaseOnHangup: row.releaseOnHangup,
    record: row.record,
    callback: callbackCodes.word(row.callback),
    callbackNumber: unpackDigits(row.callbackNumber),
    callbackWindowMs: row.callbackWindowMs,
  }
}
