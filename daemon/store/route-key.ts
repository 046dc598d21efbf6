/**
 * The key of a route.
 *
 *   | ordinal, uint32 BE | caller key, 16 bytes |
 *
 * All routes of a number lie side by side, and so do those of numbers that came together.
 */
import type { Ordinal } from '../core/binding.js'
import { callerKeyBytes, readCallerKey, writeCallerKey, writeCallerKeyOf } from '../core/caller-key.js'
import type { CallerKey } from '../core/modes.js'

const ordinalBytes = 4
export const routeKeyBytes = ordinalBytes + callerKeyBytes
const ordinalEnd = 2 ** 32

function writeOrdinal(ordinal: Ordinal, out: Uint8Array): void {
  out[0] = ordinal >>> 24
  out[1] = ordinal >>> 16
  out[2] = ordinal >>> 8
  out[3] = ordinal
}

/** Sets all of `out`, which has `routeKeyBytes`: the hot path keeps one for all look-ups. */
export function writeRouteKey(ordinal: Ordinal, key: CallerKey, out: Uint8Array): void {
  writeOrdinal(ordinal, out)
  writeCallerKey(key, out, ordinalBytes)
}

/** As writeRouteKey, of digits in ASCII: see writeCallerKeyOf. */
export function writeRouteKeyOf(
  ordinal: Ordinal,
  kind: CallerKey['kind'],
  text: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
): void {
  writeOrdinal(ordinal, out)
  writeCallerKeyOf(kind, text, from, to, out, ordinalBytes)
}

export function routeKey(ordinal: Ordinal, key: CallerKey): Uint8Array {
  const out = new Uint8Array(routeKeyBytes)
  writeRouteKey(ordinal, key, out)
  return out
}

export function ordinalOf(routeKeyOf: Uint8Array): Ordinal {
  return ((routeKeyOf[0]! << 24) | (routeKeyOf[1]! << 16) | (routeKeyOf[2]! << 8) | routeKeyOf[3]!) >>> 0
}

/** undefined when no writer of ours made the key. */
export function callerKeyOf(routeKeyOf: Uint8Array): CallerKey | undefined {
  return routeKeyOf.length === routeKeyBytes ? readCallerKey(routeKeyOf, ordinalBytes) : undefined
}

/** Where the routes of a number begin and end: from inclusive, to exclusive (undefined: the end of the database). */
export function routesOf(ordinal: Ordinal): { readonly from: Uint8Array; readonly to: Uint8Array | undefined } {
  return { from: ordinalKey(ordinal), to: ordinal + 1 < ordinalEnd ? ordinalKey(ordinal + 1) : undefined }
}

/** Where the extension routes of a number begin and end. */
export function extensionRoutesOf(ordinal: Ordinal): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const from = routeKey(ordinal, { kind: 'EXTENSION', extension: '' })
  const to = routeKey(ordinal, { kind: 'ANY' })
  return { from, to }
}

function ordinalKey(ordinal: Ordinal): Uint8Array {
  const key = new Uint8Array(ordinalBytes)
  writeOrdinal(ordinal, key)
  return key
}
