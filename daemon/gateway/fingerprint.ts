/**
 * What makes a repeated request recognisable (I7): SHA-256 over the request as
 * it was sent, but with canonical numbers and the tenant filled in, before any
 * default and without its request id. The generated encoder writes fields in
 * order of their numbers and no request holds a map, so equal requests have
 * equal bytes.
 */
import { hash } from 'node:crypto'
import type { RequestKey } from '../core/commands.js'
import { AllocateRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import type { Parties } from './parties.js'

/** The canonical spelling of what a request spells in the network's way. */
interface Canonical extends Parties {
  readonly callbackNumber: string | undefined
}

/** undefined without a request id: then a repeat is a new request. */
export function allocateKey(
  request: AllocateRequest,
  canonical: Canonical & { readonly tenant: string; readonly number: string; readonly numberY: string },
): RequestKey | undefined {
  const { requestId } = request
  if (requestId === '') return undefined
  const { tenant, number, numberY } = canonical
  const whole: AllocateRequest = { ...request, ...parties(canonical), requestId: '', tenant, number, numberY }
  whole.callbackNumber = canonical.callbackNumber ?? request.callbackNumber
  return { id: requestId, fingerprint: digest('allocate', AllocateRequest.encode(whole).finish()) }
}

export function updateKey(request: UpdateRequest, canonical: Canonical): RequestKey | undefined {
  const { requestId } = request
  if (requestId === '') return undefined
  const whole: UpdateRequest = { ...request, ...parties(canonical), requestId: '' }
  whole.callbackNumber = canonical.callbackNumber ?? request.callbackNumber
  return { id: requestId, fingerprint: digest('update', UpdateRequest.encode(whole).finish()) }
}

function parties({ a, b, members }: Parties): Pick<AllocateRequest, 'a' | 'b' | 'members'> {
  return { a, b, members: [...members] }
}

/** The kind stands in front: an update never passes for an allocation with the same bytes. */
function digest(kind: 'allocate' | 'update', bytes: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${kind}\0`), bytes]), 'buffer').toString('latin1')
}
