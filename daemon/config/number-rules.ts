/** Validates `number_rules` (domain.md, canonical numbers): the shape of each rule, and that each can ever match. */
import { type NumberRule, numberRulesMax } from '../core/canonical-number.js'
import { limits } from '../core/limits.js'

const fields = ['prefix', 'length', 'drop']
/** A number with its country code and trunk prefix: what a network may present. */
const presentedDigitsMax = 2 * limits.numberDigitsMax

/** The rules, or every fault found in them. */
export function parseNumberRules(given: unknown): { readonly rules: NumberRule[]; readonly faults: string[] } {
  if (!Array.isArray(given)) return { rules: [], faults: ['must be a JSON array of {prefix, length, drop}'] }
  if (given.length > numberRulesMax)
    return { rules: [], faults: [`holds ${given.length} rules, at most ${numberRulesMax}`] }
  const faults = given.flatMap((rule: unknown, i) => ruleFaults(rule).map((fault) => `rule ${i + 1}: ${fault}`))
  if (faults.length > 0) return { rules: [], faults }
  const rules = given.map(({ prefix, length, drop }: NumberRule) =>
    Object.freeze({ prefix, length: length ?? 0, drop }),
  )
  return { rules, faults: unreachable(rules) }
}

function ruleFaults(rule: unknown): string[] {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    return ['must be an object {prefix, length, drop}']
  const unknown = Object.keys(rule).filter((key) => !fields.includes(key))
  const { prefix, length = 0, drop } = rule as Record<string, unknown>
  const faults = unknown.map((key) => `unknown key ${key}`)
  if (typeof prefix !== 'string' || !/^[0-9]{0,20}$/.test(prefix))
    faults.push('prefix must be a string of 0 to 20 digits')
  if (!isCount(length, presentedDigitsMax)) faults.push(`length must be 0 (any) to ${presentedDigitsMax}`)
  if (!isCount(drop, limits.numberDigitsMax)) faults.push(`drop must be 0 to ${limits.numberDigitsMax}`)
  if (faults.length > 0) return faults
  return lengthFaults(prefix as string, length as number, drop as number)
}

/** With a length given it is known what the rule leaves: it must be a number. */
function lengthFaults(prefix: string, length: number, drop: number): string[] {
  if (length === 0) return []
  const left = length - drop
  if (prefix.length > length) return ['prefix is longer than length']
  if (left >= limits.numberDigitsMin && left <= limits.numberDigitsMax) return []
  return [`leaves ${left} digits, a number has ${limits.numberDigitsMin} to ${limits.numberDigitsMax}`]
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

/** The first match counts, so a rule behind a wider one is dead, which nobody means. */
function unreachable(rules: readonly NumberRule[]): string[] {
  return rules.flatMap((rule, i) => {
    const wider = rules.findIndex(
      (r) => rule.prefix.startsWith(r.prefix) && (r.length === 0 || r.length === rule.length),
    )
    return wider < i ? [`rule ${i + 1}: never reached, rule ${wider + 1} matches first`] : []
  })
}
