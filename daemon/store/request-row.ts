/**
 * What is remembered of a request id (I7), where no binding's row says it: of
 * one that changed a binding, and of one that is kept for longer than a day.
 *
 *   key      | class, uint16 BE | SHA-256 of (tenant u16, pool u16, id), first 16 bytes |
 *   payload  | fingerprint 32 | seq 6 | kept until ms 6 |
 *
 * The class is the day (since the epoch) on which the id became known, so that
 * whole days are dropped; or 0xffff for one that is kept longer, until its
 * binding's end. So a row is in one of three places: today's class, yesterday's,
 * or the long one.
 */
import type { PoolId, Seq, TenantId } from '../core/binding.js'
import { DAY_MS } from '../core/limits.js'
import { hashBytes, sha256 } from '../journal/merkle.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { readUint48, uint48Bytes, writeUint48 } from './uint48.js'

export const longClass = 0xffff
const classBytes = 2
const idHashBytes = 16
export const requestKeyBytes = classBytes + idHashBytes
const payloadBytes = hashBytes + 2 * uint48Bytes

export interface RequestRow {
  /** 32 bytes as latin1 text. */
  readonly fingerprint: string
  readonly seq: Seq
  /** Unix ms; from then on it counts as unknown, dropped or not. */
  readonly keptUntilMs: number
}

/** Days since the epoch. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

/** The part of the key that does not depend on the class. */
export function hashRequest(tenant: TenantId, pool: PoolId, id: string): Uint8Array {
  const text = Buffer.from(id, 'utf8')
  const input = Buffer.allocUnsafe(4 + text.length)
  input.writeUInt16BE(tenant, 0)
  input.writeUInt16BE(pool, 2)
  text.copy(input, 4)
  return sha256(input).subarray(0, idHashBytes)
}

export function requestKey(inClass: number, idHash: Uint8Array): Uint8Array {
  const key = new Uint8Array(requestKeyBytes)
  key[0] = inClass >>> 8
  key[1] = inClass
  key.set(idHash, classBytes)
  return key
}

/** Where a class begins. */
export function classStart(inClass: number): Uint8Array {
  return requestKey(inClass, new Uint8Array(idHashBytes))
}

/** The payload of a row. */
export function encodeRequest(row: RequestRow): Uint8Array {
  const payload = Buffer.allocUnsafe(payloadBytes)
  payload.write(row.fingerprint, 0, hashBytes, 'latin1')
  writeUint48(row.seq, payload, hashBytes)
  writeUint48(row.keptUntilMs, payload, hashBytes + uint48Bytes)
  return payload
}

/** Throws UnreadableBytes. */
export function decodeRequest(payload: Uint8Array): RequestRow {
  if (payload.length !== payloadBytes) throw new UnreadableBytes(`a request row of ${payload.length} bytes`)
  return {
    fingerprint: Buffer.from(payload.buffer, payload.byteOffset, hashBytes).toString('latin1'),
    seq: readUint48(payload, hashBytes),
    keptUntilMs: readUint48(payload, hashBytes + uint48Bytes),
  }
}
