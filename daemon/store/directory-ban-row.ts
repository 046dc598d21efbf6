/**
 * The row of one ban, and its key. Bans of one caller stand side by side.
 *
 *   key      | caller key, 16 bytes | tenant u16, 0: all | callee key, 16 bytes; zero: whomever |
 *   payload  | since u48 | until u48, 0: until it is lifted | reason, UTF-8 |
 *
 * Caller keys are those of core/caller-key.ts, whose first byte is never zero.
 */
import type { Digits, TenantId } from '../core/binding.js'
import { callerKeyBytes, readCallerKey, writeExactKey } from '../core/caller-key.js'
import type { Ban } from '../core/directory.js'
import { readUint48, uint48Bytes, writeUint48 } from './uint48.js'

/** Bytes of a key, and of each key in a list. */
export const banKeyBytes = 2 * callerKeyBytes + 2

const tenantAt = callerKeyBytes
const calleeAt = callerKeyBytes + 2
const headBytes = 2 * uint48Bytes

/** Writes the key of a ban to `out`, from 0 on; all its bytes are set. Tenant 0 and callee '' stand for all. */
export function writeBanKey(caller: Digits, tenant: TenantId, callee: string, out: Uint8Array): void {
  writeExactKey(caller, out, 0)
  out[tenantAt] = tenant >>> 8
  out[tenantAt + 1] = tenant
  if (callee === '') out.fill(0, calleeAt, banKeyBytes)
  else writeExactKey(callee, out, calleeAt)
}

/** The key of a ban, in bytes of its own. */
export function banKeyOf({ caller, tenant, callee }: Pick<Ban, 'caller' | 'tenant' | 'callee'>): Uint8Array {
  const key = new Uint8Array(banKeyBytes)
  writeBanKey(caller, tenant ?? 0, callee ?? '', key)
  return key
}

/** Whose ban a key is; undefined for bytes that no writer of ours made. */
export function callerOfBan(key: Uint8Array): Digits | undefined {
  const caller = readCallerKey(key, 0)
  return caller?.kind === 'EXACT' ? caller.party : undefined
}

/** The keys of a list, each a view of the same bytes. */
export function banKeysIn(keys: Uint8Array): Uint8Array[] {
  const count = keys.byteLength / banKeyBytes
  return Array.from({ length: count }, (_, i) => keys.subarray(i * banKeyBytes, (i + 1) * banKeyBytes))
}

/** The payload; caller, tenant and callee stand in the key. */
export function encodeBan({ sinceMs, untilMs, reason }: Ban): Uint8Array {
  const text = new TextEncoder().encode(reason)
  const bytes = new Uint8Array(headBytes + text.byteLength)
  writeUint48(sinceMs, bytes, 0)
  writeUint48(untilMs ?? 0, bytes, uint48Bytes)
  bytes.set(text, headBytes)
  return bytes
}

/** When a ban ends, exclusive, unix ms; Infinity: when it is lifted. Allocates nothing. */
export function banEndMs(payload: Uint8Array): number {
  const untilMs = readUint48(payload, uint48Bytes)
  return untilMs === 0 ? Number.POSITIVE_INFINITY : untilMs
}

/** undefined for bytes that no writer of ours made. */
export function decodeBan(key: Uint8Array, payload: Uint8Array): Ban | undefined {
  const caller = callerOfBan(key)
  if (caller === undefined || key.byteLength !== banKeyBytes || payload.byteLength < headBytes) return undefined
  const callee = key[calleeAt] === 0 ? undefined : readCallerKey(key, calleeAt)
  if (callee !== undefined && callee.kind !== 'EXACT') return undefined
  const tenant = (key[tenantAt]! << 8) | key[tenantAt + 1]!
  const untilMs = readUint48(payload, uint48Bytes)
  return {
    caller,
    callee: callee?.party,
    tenant: tenant === 0 ? undefined : tenant,
    untilMs: untilMs === 0 ? undefined : untilMs,
    reason: new TextDecoder().decode(payload.subarray(headBytes)),
    sinceMs: readUint48(payload, 0),
  }
}

/** Whether a ban holds at `nowMs`. */
export function isInForce({ untilMs }: Ban, nowMs: number): boolean {
  return untilMs === undefined || nowMs < untilMs
}
