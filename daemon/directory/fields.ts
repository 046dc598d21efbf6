/** Checks of single fields, each with its range; the first fault is the answer. */
import { limits } from '../core/limits.js'
import { type DirectoryRefusal, refuse } from './refusal.js'

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** A whole number that a field must lie in, both ends included. */
export interface FieldRange {
  readonly field: string
  readonly value: number | undefined
  readonly min: number
  readonly max: number
}

/** Names of tenants and pools: they stand in metrics and file names, so they are plain. */
export function nameFault(name: string, field: string): DirectoryRefusal | undefined {
  if (name.length > limits.nameChars) {
    return refuse('FIELD_TOO_LONG', `${field} has more than ${limits.nameChars} characters`, field)
  }
  if (namePattern.test(name)) return undefined
  return refuse(
    'INVALID_NAME',
    `${field} must be 1 to 64 of a-z, 0-9, '-', '_', '.', the first a letter or digit`,
    field,
  )
}

/** The first field out of its range; an absent one is in it. */
export function rangeFault(ranges: readonly FieldRange[]): DirectoryRefusal | undefined {
  for (const { field, value, min, max } of ranges) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max)) continue
    return refuse('INVALID_OPTION', `${field} must be a whole number from ${min} to ${max}`, field)
  }
  return undefined
}

/** A text longer than its field, in bytes of UTF-8. */
export function textFault(text: string, maxBytes: number, field: string): DirectoryRefusal | undefined {
  if (Buffer.byteLength(text) <= maxBytes) return undefined
  return refuse('FIELD_TOO_LONG', `${field} has more than ${maxBytes} bytes`, field)
}

/** undefined keeps what is there, null goes back to the default. */
export function chosen<T>(wanted: T | undefined | null, present: T, fallback: T): T {
  if (wanted === undefined) return present
  return wanted === null ? fallback : wanted
}
