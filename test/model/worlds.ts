/** Random worlds: small, so that collisions are common. */
import fc from 'fast-check'
import type { Medium, Mode, Selection } from '../../daemon/core/binding.js'
import type { DirectoryFact, NumberState, Pool, Qualification, Tenant } from '../../daemon/core/directory.js'

export const parties = ['10001', '10002', '10003', '10004', '10005'] as const
/** Nobody's party but a member's, a caller's or a call-back number. */
export const outsider = '10009'
export const areas = ['', 'north', 'south'] as const
/** The evening of a calendar day, so that a few hours reach the next. */
export const beginMs = 1_700_000_000_000
export const hourMs = 3_600_000

export interface World {
  readonly tenants: readonly Tenant[]
  readonly pools: readonly Pool[]
  readonly numbers: readonly Extract<DirectoryFact, { type: 'numbers' }>[]
}

/** Undefined half of the time. */
export const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const limit = fc.integer({ min: 1, max: 4 })
export const rarely = <T>(usual: T, rare: T, weight = 9) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) })

const quotas = fc.record({
  liveBindings: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fc.integer({ min: 0, max: 8 })),
  liveBindingsPerParty: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, limit),
  numbersHeld: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, limit),
  allocationsPerSecond: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, limit),
  allocationsBurst: maybe(fc.integer({ min: 1, max: 6 })),
  allocationsPerPartyPerDay: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, limit),
})

function tenant(id: number): fc.Arbitrary<Tenant> {
  return fc.record({
    id: fc.constant(id),
    name: fc.constant(`t${id}`),
    qualification: rarely<Qualification>('APPROVED', 'PENDING', 20),
    qualificationExpiresMs: rarely(0, beginMs + 300, 20),
    utcOffsetMinutes: fc.constantFrom(0, 0, 480, -300),
    quotas,
    policies: fc.record({
      orderIdRequired: rarely(false, true, 15),
      verificationRequired: rarely(false, true, 15),
      modes: fc.oneof({ weight: 15, arbitrary: fc.constant([]) }, fc.constantFrom<Mode[]>(['AXB'], ['AXE', 'AXG'])),
      media: fc.oneof({ weight: 15, arbitrary: fc.constant([]) }, fc.constant(['VOICE'] as Medium[])),
      maxWindowMs: rarely(400 * 24 * hourMs, 50, 15),
      maxBookingAheadMs: rarely(400 * 24 * hourMs, 50, 15),
      expiringLeadMs: fc.constant(0),
    }),
    home: fc.constant(0),
  })
}

function pool(id: number, tenants: readonly number[]): fc.Arbitrary<Pool> {
  const drawn = fc.record({
    id: fc.constant(id),
    name: fc.constant(`p${id}`),
    shard: fc.constant(0),
    tenants: fc.constant(tenants),
    selection: fc.constantFrom<Selection>('PACK', 'PACK', 'SPREAD', 'RANDOM'),
    cooldownMs: fc.constantFrom(0, 5, 50, 100),
    minCooldownMs: rarely(0, 5),
    maxCooldownMs: rarely(7 * 24 * hourMs, 50),
    maxBindingsPerNumber: fc.integer({ min: 1, max: 4 }),
    unmatched: fc.constantFrom<Pool['unmatched']>('REJECT', 'REJECT', 'FALLBACK'),
    fallbackNumber: fc.constant('95999'),
    defaultTtlMs: maybe(fc.constantFrom(10, 50)),
    maxCallMs: fc.constantFrom(50, 1_000, 7_200_000),
    extensionDigits: fc.constantFrom(1, 1, 2),
    lowNumbers: fc.constant(0),
    sparePercent: fc.constant(0),
  })
  // The directory refuses a pool whose own cooldown lies outside its bounds.
  return drawn.map((one) => ({
    ...one,
    cooldownMs: Math.min(Math.max(one.cooldownMs, one.minCooldownMs), one.maxCooldownMs),
  }))
}

function numbers(poolId: number, first: number): fc.Arbitrary<World['numbers']> {
  const areasOfNumbers = fc.array(fc.constantFrom(...areas), { minLength: 1, maxLength: 6 })
  return areasOfNumbers.map((list) =>
    list.map((area, i) => ({
      ...({ type: 'numbers', pool: poolId, area, first: first + i } as const),
      ...{ digits: [`7000${poolId}${i}`], state: 'IN_SERVICE' as NumberState },
    })),
  )
}

export const worlds: fc.Arbitrary<World> = fc
  .record({
    tenants: fc.tuple(tenant(1), tenant(2)),
    pools: fc.tuple(pool(1, [1, 2]), pool(2, [1])),
    first: numbers(1, 0),
    second: numbers(2, 6),
  })
  .map(({ tenants, pools, first, second }) => ({ tenants, pools, numbers: [...first, ...second] }))
