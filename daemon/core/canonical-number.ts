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

const zero = 0x30
const plus = 0x2b

/**
 * As canonicalNumber, of a number that stands in `text` as UTF-8.
 * @returns where its canonical digits begin, which end at `to`; -1 where there are not 3 to 20 of them
 */
export function canonicalFrom(text: Uint8Array, from: number, to: number, rules: readonly NumberRule[]): number {
  if (to - from > 2 * limits.numberDigitsMax) return -1
  const bare = from < to && text[from] === plus ? from + 1 : from
  for (let i = bare; i < to; i += 1) {
    const digit = text[i]! - zero
    if (digit < 0 || digit > 9) return -1
  }
  const at = rules.length === 0 ? bare : bare + droppedFrom(text, bare, to, rules)
  const digits = to - at
  return digits >= limits.numberDigitsMin && digits <= limits.numberDigitsMax ? at : -1
}

function droppedFrom(text: Uint8Array, from: number, to: number, rules: readonly NumberRule[]): number {
  for (const { prefix, length, drop } of rules) {
    if (length !== 0 && length !== to - from) continue
    let same = prefix.length <= to - from
    for (let i = 0; same && i < prefix.length; i += 1) same = text[from + i] === prefix.charCodeAt(i)
    if (same) return drop
  }
  return 0
}

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
