import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CorePool, type PoolTerms } from '../../daemon/plan/core-pool.js'
import { ExclusivePool, PerParticipantPool } from '../../daemon/plan/field-pools.js'
import { generate, realisticKinds } from '../../daemon/plan/generate.js'
import type { LendingPool } from '../../daemon/plan/lending-pool.js'
import { lowerBound } from '../../daemon/plan/lower-bound.js'
import { freeTimes, mostAtOnce } from '../../daemon/plan/occupation.js'
import { simulate } from '../../daemon/plan/simulate.js'
import { smallestPool } from '../../daemon/plan/smallest-pool.js'
import { type Trace, traceOf } from '../../daemon/plan/trace.js'
import { bookingsOver, clash, fewestNumbers, t0 } from './brute-force.js'

const terms: PoolTerms = { cooldownMs: 1_800_000, bindingsPerNumber: 1_000, sparePercent: 15 }
const policies = ['PACK', 'SPREAD', 'RANDOM'] as const
const cooldownMs = 25

/** The most bindings of one party, cooling ones included, at one instant: counted one by one. */
function mostOfOneParty(trace: Trace, cooldown: number): number {
  const free = freeTimes(trace, cooldown)
  let most = 0
  for (let at = 0; at < trace.bookings; at += 1) {
    const counts = new Map<number, number>()
    for (let i = 0; i < trace.bookings; i += 1) {
      if (trace.startMs[i]! > trace.startMs[at]! || free[i]! <= trace.startMs[at]!) continue
      for (const party of [trace.a[i]!, trace.b[i]!]) counts.set(party, (counts.get(party) ?? 0) + 1)
    }
    most = Math.max(most, ...counts.values())
  }
  return most
}

function packed(trace: Trace, change: Partial<PoolTerms> = {}) {
  const numbers = Math.max(1, mostAtOnce(trace.bookedMs, freeTimes(trace, change.cooldownMs ?? terms.cooldownMs)))
  return simulate(trace, new CorePool(numbers, trace, 'PACK', { ...terms, ...change }))!
}

describe('the bound 2D-1', () => {
  test('PACK never uses more than 2D-1 numbers for bindings that start at once, D being the most of one party', () => {
    const atOnce = bookingsOver(0, 9, 70)
    fc.assert(
      fc.property(atOnce, fc.constantFrom(0, 15), (bookings, sparePercent) => {
        const trace = traceOf(bookings)
        const { refused, atOnce: numbers } = packed(trace, { sparePercent })
        const most = mostOfOneParty(trace, terms.cooldownMs)
        expect(refused).toBe(0)
        expect(numbers).toBeGreaterThanOrEqual(most)
        expect(numbers).toBeLessThanOrEqual(2 * most - 1)
      }),
      { numRuns: 150 },
    )
  })

  test('2D-1 holds as well for bindings that come and go, cooldowns included', () => {
    fc.assert(
      fc.property(bookingsOver(300, 7, 60), (bookings) => {
        const trace = traceOf(bookings)
        const { atOnce: numbers } = packed(trace, { cooldownMs })
        expect(numbers).toBeLessThanOrEqual(2 * mostOfOneParty(trace, cooldownMs) - 1)
      }),
      { numRuns: 150 },
    )
  })

  test('2D-1 numbers are enough for every policy', () => {
    fc.assert(
      fc.property(bookingsOver(300, 7, 60), fc.constantFrom(...policies), (bookings, policy) => {
        const trace = traceOf(bookings)
        const numbers = 2 * mostOfOneParty(trace, cooldownMs) - 1
        const pool = new CorePool(numbers, trace, policy, { ...terms, cooldownMs })
        expect(simulate(trace, pool)!.refused).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})

describe('the lower bound', () => {
  test('it never exceeds what somebody who knows the future needs', () => {
    fc.assert(
      fc.property(bookingsOver(120, 5, 9), fc.constantFrom(0, cooldownMs), (bookings, cooldown) => {
        const trace = traceOf(bookings)
        expect(lowerBound(trace, cooldown, 1_000).numbers).toBeLessThanOrEqual(fewestNumbers(trace, cooldown))
      }),
      { numRuns: 300 },
    )
  })

  test('it is met exactly by most tiny graphs, so that it says something', () => {
    const drawn = fc.sample(bookingsOver(0, 5, 9), 200).map(traceOf)
    const exact = drawn.filter((trace) => lowerBound(trace, 0, 1_000).numbers === fewestNumbers(trace, 0))
    expect(exact.length).toBeGreaterThan(190)
  })

  test.each([3, 5, 7])(
    '%i parties, each bound to each, need one number more than any of them has bindings',
    (parties) => {
      const pairs = Array.from({ length: parties }, (_, a) => Array.from({ length: a }, (_, b) => [a, b])).flat()
      const trace = traceOf(
        pairs.map(([a, b]) => ({ bookedMs: t0, startMs: t0, endMs: t0 + 60_000, a: `p${a}`, b: `p${b}`, area: '' })),
      )
      expect(lowerBound(trace, 0, 1_000)).toMatchObject({ numbers: parties, party: parties - 1, oddSet: parties })
    },
  )

  test('a pair that comes back while it cools counts once, and its number does serve it', () => {
    const at = (startMs: number) => ({ bookedMs: startMs, startMs, endMs: startMs + 10, a: 'x', b: 'y', area: '' })
    const trace = traceOf([at(t0), at(t0 + 15), at(t0 + 30)])
    expect(lowerBound(trace, 100, 1_000).numbers).toBe(1)
    expect(packed(trace, { cooldownMs: 100 }).atOnce).toBe(1)
  })
})

describe('on traces that look like a business', () => {
  test.each(realisticKinds)('PACK uses at most 1.15 L for %s, or one number more where L is below 7', (kind) => {
    for (const seed of [1, 2, 3]) {
      const trace = traceOf(generate(kind, seed, 3_000))
      const { numbers } = lowerBound(trace, terms.cooldownMs, terms.bindingsPerNumber)
      // 15 % of six numbers is no number; whoever cannot see the future needs the one.
      const most = numbers < 7 ? numbers + 1 : 1.15 * numbers
      expect(packed(trace).atOnce).toBeLessThanOrEqual(most)
    }
  })

  test('PACK uses at most 1.15 L also where it is capacity that decides', () => {
    const trace = traceOf(generate('food', 7, 4_000))
    const least = lowerBound(trace, terms.cooldownMs, 20)
    expect(least.numbers).toBe(least.capacity)
    expect(packed(trace, { bindingsPerNumber: 20 }).atOnce).toBeLessThanOrEqual(1.15 * least.numbers)
  })

  test('SPREAD loses: with numbers to spare it is on all of them, where PACK is on as few as ever', () => {
    const trace = traceOf(generate('food', 7, 4_000))
    const least = lowerBound(trace, terms.cooldownMs, terms.bindingsPerNumber).numbers
    const spread = simulate(trace, new CorePool(3 * least, trace, 'SPREAD', terms))!
    expect(spread.atOnce).toBe(3 * least)
    expect(packed(trace).touched).toBeLessThanOrEqual(1.15 * least)
  })
})

/** Remembers what was lent, so that it can be judged afterwards. */
function lentBy(trace: Trace, pool: LendingPool): (number | undefined)[] {
  return Array.from({ length: trace.bookings }, (_, booking) => {
    pool.pass(trace.bookedMs[booking]!)
    return pool.lend(booking)
  })
}

const allocators: Record<string, (trace: Trace, numbers: number) => LendingPool> = {
  PACK: (trace, numbers) => new CorePool(numbers, trace, 'PACK', { ...terms, cooldownMs }),
  SPREAD: (trace, numbers) => new CorePool(numbers, trace, 'SPREAD', { ...terms, cooldownMs }),
  RANDOM: (trace, numbers) => new CorePool(numbers, trace, 'RANDOM', { ...terms, cooldownMs }),
  'random per participant': (trace, numbers) => new PerParticipantPool(numbers, trace, cooldownMs),
  exclusive: (trace, numbers) => new ExclusivePool(numbers, trace, cooldownMs),
}

describe.each(Object.keys(allocators))('%s', (name) => {
  test('I1: no number is lent twice to one party while the first lending lasts or cools', () => {
    fc.assert(
      fc.property(bookingsOver(200, 6, 40), fc.integer({ min: 1, max: 12 }), (bookings, numbers) => {
        const trace = traceOf(bookings)
        const lent = lentBy(trace, allocators[name]!(trace, numbers))
        for (let two = 0; two < lent.length; two += 1) {
          for (let one = 0; one < two; one += 1) {
            if (lent[one] === undefined || lent[one] !== lent[two]) continue
            expect(clash(trace, cooldownMs, one, two)).toBe(false)
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test('the smallest pool refuses nothing, and one number fewer refuses something', () => {
    const trace = traceOf(generate('rides', 3, 600))
    const attempt = (numbers: number) => simulate(trace, allocators[name]!(trace, numbers), 0)
    const found = smallestPool(attempt, 1, 600)!
    expect(found.refused).toBe(0)
    expect(attempt(found.numbers - 1)).toBeUndefined()
  })
})

test('one number for each pair takes as many numbers as there are bindings at once', () => {
  const trace = traceOf(generate('food', 3, 1_000))
  const pool = new ExclusivePool(1_000, trace, terms.cooldownMs)
  expect(simulate(trace, pool)!.atOnce).toBe(mostAtOnce(trace.bookedMs, freeTimes(trace, terms.cooldownMs)))
})
