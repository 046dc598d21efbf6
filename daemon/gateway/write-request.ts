/**
 * Requests straight into bytes, in the canonical spelling that fingerprints are
 * taken over: the bytes of the generated encoder, for the request with its
 * canonical parts filled in and without its request id.
 */
import type { ProtoWriter } from '../bytes/proto-writer.js'
import type { AllocateRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import type { Parties } from './parties.js'
import type { OptionsRequest } from './wanted-terms.js'
import { writeParty } from './write-binding-message.js'

/** The canonical spelling of what a request spells in the network's way. */
export interface CanonicalUpdate extends Parties {
  readonly callbackNumber: string | undefined
}

export interface CanonicalAllocate extends CanonicalUpdate {
  readonly tenant: string
  readonly number: string
  readonly numberY: string
}

/** An AllocateRequest without its request id. */
export function writeAllocateRequest(out: ProtoWriter, request: AllocateRequest, canonical: CanonicalAllocate): void {
  const { expiry } = request
  out.text(2, canonical.tenant)
  out.text(3, request.pool)
  out.integer(4, request.mode)
  writeParties(out, 5, canonical)
  out.text(8, canonical.number)
  out.text(9, canonical.numberY)
  for (const area of request.areas) out.presentText(10, area)
  flagIfGiven(out, 11, request.areaStrict)
  integerIfGiven(out, 12, request.startMs)
  if (expiry !== undefined) out.presentInteger(expiry.$case === 'endMs' ? 13 : 14, expiry.value)
  writeOptions(out, 15, request, canonical.callbackNumber)
  out.text(27, request.extension)
  integerIfGiven(out, 28, request.selection)
  out.text(29, request.orderId)
  out.blob(30, request.userData)
}

/** An UpdateRequest without its request id. */
export function writeUpdateRequest(out: ProtoWriter, request: UpdateRequest, canonical: CanonicalUpdate): void {
  out.text(1, request.bindingId)
  integerIfGiven(out, 2, request.expectedRevision)
  integerIfGiven(out, 4, request.endMs)
  writeParties(out, 5, canonical)
  writeOptions(out, 8, request, canonical.callbackNumber)
  if (request.orderId !== undefined) out.presentText(20, request.orderId)
  if (request.userData !== undefined) out.presentBlob(21, request.userData)
  out.text(22, request.tenant)
}

/** a, b and members take three fields in a row. */
function writeParties(out: ProtoWriter, first: number, { a, b, members }: Parties): void {
  if (a !== undefined) writeParty(out, first, a)
  if (b !== undefined) writeParty(out, first + 1, b)
  for (const member of members) writeParty(out, first + 2, member)
}

/** The call options take twelve fields in a row, the same in both requests. */
function writeOptions(
  out: ProtoWriter,
  first: number,
  request: OptionsRequest,
  canonicalNumber: string | undefined,
): void {
  integerIfGiven(out, first, request.cooldownMs)
  integerIfGiven(out, first + 1, request.graceMs)
  integerIfGiven(out, first + 2, request.graceDirection)
  integerIfGiven(out, first + 3, request.direction)
  if (request.media.length > 0) {
    const media = out.open(first + 4)
    for (const medium of request.media) out.varint(medium)
    out.close(media)
  }
  integerIfGiven(out, first + 5, request.maxCallMs)
  integerIfGiven(out, first + 6, request.maxCalls)
  flagIfGiven(out, first + 7, request.releaseOnHangup)
  flagIfGiven(out, first + 8, request.record)
  integerIfGiven(out, first + 9, request.callback)
  const callbackNumber = canonicalNumber ?? request.callbackNumber
  if (callbackNumber !== undefined) out.presentText(first + 10, callbackNumber)
  integerIfGiven(out, first + 11, request.callbackWindowMs)
}

function integerIfGiven(out: ProtoWriter, field: number, value: number | undefined): void {
  if (value !== undefined) out.presentInteger(field, value)
}

function flagIfGiven(out: ProtoWriter, field: number, value: boolean | undefined): void {
  if (value !== undefined) out.presentInteger(field, value ? 1 : 0)
}
