/**
 * One function that every number on every input passes: networks present one
 * subscriber as 138..., 0138..., 86138..., +86138... or 0086138..., and two
 * spellings of one person must never be two persons.
 */
import type { Digits } from './binding.js'
import { limits } from './limits.js'

/** Applies to numbers of `length` digits (0: any) that begin with `prefix`; drops their first `drop` digits. */
export interface NumberRule {
  readonly prefix: string
  readonly length: number
  readonly drop: number
}

export const numberRulesMax = 16

const digitsOnly = /^[0-9]+$/

/** The canonical digits, or undefined where there are not 3 to 20 of them: a withheld caller, or a fault in any other number. */
export function canonicalNumber(raw: string, rules: readonly NumberRule[]): Digits | undefined {
  // Longer than any number with any prefix: refused before any work is done on it.
  if (raw.length > 2 * limits.numberDigitsMax) return undefined
  const bare = raw.startsWith('+') ? raw.slice(1) : raw
  if (!digitsOnly.test(bare)) return undefined
  const rule = rules.find((r) => bare.startsWith(r.prefix) && (r.length === 0 || r.length === bare.length))
  const digits = rule === undefined ? bare : bare.slice(rule.drop)
  const fits = digits.length >= limits.numberDigitsMin && digits.length <= limits.numberDigitsMax
  return fits ? digits : undefined
}
