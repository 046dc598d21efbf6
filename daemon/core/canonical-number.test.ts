import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonicalFrom, canonicalNumber, type NumberRule } from './canonical-number.js'

const digits = fc.stringMatching(/^[0-9]{1,22}$/)
const rule: fc.Arbitrary<NumberRule> = fc.record({
  prefix: fc.constantFrom('', '0', '00', '86', '0086', '1380000'),
  length: fc.constantFrom(0, 0, 3, 11, 13),
  drop: fc.nat({ max: 6 }),
})
const raw = fc.oneof(
  digits,
  fc.tuple(fc.constantFrom('+', '0', '86', '0086', '+86', '++'), digits).map(([prefix, rest]) => prefix + rest),
  fc.constantFrom('', '+', '12 3', '1/3', '1:3', 'anonymous', 'Zoë', '1'.repeat(40), '1'.repeat(41)),
  fc.string(),
)

it('of a number in bytes is what it is of the number in text', () => {
  fc.assert(
    fc.property(raw, fc.array(rule, { maxLength: 3 }), fc.string(), (text, rules, before) => {
      const bytes = Buffer.from(`${before}${text}5`)
      const start = Buffer.byteLength(before)
      const to = start + Buffer.byteLength(text)
      const from = canonicalFrom(bytes, start, to, rules)
      expect(from < 0 ? undefined : bytes.toString('latin1', from, to)).toBe(canonicalNumber(text, rules))
    }),
    { numRuns: 2_000 },
  )
})

it('drops a plus, then by the first rule that fits', () => {
  const rules = [
    { prefix: '0086', length: 15, drop: 4 },
    { prefix: '86', length: 13, drop: 2 },
  ]
  const spellings = ['13800000001', '+8613800000001', '008613800000001', '8613800000001']
  expect(spellings.map((one) => canonicalNumber(one, rules))).toEqual(spellings.map(() => '13800000001'))
})
