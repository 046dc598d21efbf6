/**
 * What makes a repeated request recognisable (I7): SHA-256 over the request as
 * it was sent, but with canonical numbers and the tenant filled in, before any
 * default and without its request id. The fields are written in the order of
 * their numbers, as the generated encoder does, and no request holds a map, so
 * equal requests have equal bytes. Fingerprints are kept on disk: these bytes
 * never change.
 */
import { hash } from 'node:crypto'
import { ProtoWriter } from '../bytes/proto-writer.js'
import type { RequestKey } from '../core/commands.js'
import type { AllocateRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import {
  type CanonicalAllocate,
  type CanonicalUpdate,
  writeAllocateRequest,
  writeUpdateRequest,
} from './write-request.js'

const out = new ProtoWriter(4_096)

/** undefined without a request id: then a repeat is a new request. */
export function allocateKey(request: AllocateRequest, canonical: CanonicalAllocate): RequestKey | undefined {
  const { requestId } = request
  if (requestId === '') return undefined
  begin('allocate')
  writeAllocateRequest(out, request, canonical)
  return { id: requestId, fingerprint: digest() }
}

export function updateKey(request: UpdateRequest, canonical: CanonicalUpdate): RequestKey | undefined {
  const { requestId } = request
  if (requestId === '') return undefined
  begin('update')
  writeUpdateRequest(out, request, canonical)
  return { id: requestId, fingerprint: digest() }
}

/** The kind stands in front: an update never passes for an allocation with the same bytes. */
function begin(kind: 'allocate' | 'update'): void {
  out.clear()
  const prefix = prefixes[kind]
  const at = out.skip(prefix.length)
  out.bytes.set(prefix, at)
}

const prefixes = { allocate: Buffer.from('allocate\0'), update: Buffer.from('update\0') } as const

function digest(): string {
  return hash('sha256', out.bytes.subarray(0, out.length), 'binary')
}
