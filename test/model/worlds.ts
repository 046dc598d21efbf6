/** Random worlds and what happens in them: small, so that collisions are common. */
import fc from 'fast-check'
import type { Direction, Medium, Mode, Selection } from '../../daemon/core/binding.js'
import type { DirectoryFact, NumberState, Pool, Qualification, Tenant } from '../../daemon/core/directory.js'

export const parties = ['10001', '10002', '10003', '10004'] as const
const areas = ['', 'north', 'south'] as const
/** The evening of a calendar day, so that a few hours reach the next. */
export const beginMs = 1_700_000_000_000
const hourMs = 3_600_000

export interface World {
  readonly tenants: readonly Tenant[]
  readonly pools: readonly Pool[]
  readonly numbers: readonly Extract<DirectoryFact, { type: 'numbers' }>[]
}

/** What is drawn for an Allocate; places in time are relative to the clock of the moment. */
export interface AllocateDraw {
  readonly type: 'allocate'
  readonly tenant: number
  readonly pool: number
  readonly mode: Mode
  readonly a: number
  readonly b: number
  readonly verified: boolean
  readonly x: number | undefined
  readonly y: number | undefined
  readonly areas: readonly string[]
  readonly areaStrict: boolean
  readonly startIn: number | undefined
  readonly expiry: { readonly ttl: number } | { readonly endIn: number } | undefined
  readonly wanted: WantedDraw
  readonly selection: Selection | undefined
  readonly orderId: string
  readonly requestId: string | undefined
  readonly draw: number
}

export interface WantedDraw {
  readonly cooldownMs: number | undefined
  readonly graceMs: number | undefined
  readonly graceDirection: Direction | undefined
  readonly direction: Direction | undefined
  readonly media: readonly Medium[]
  readonly maxCallMs: number | undefined
}

export interface UpdateDraw {
  readonly type: 'update'
  readonly target: number
  readonly asTenant: number | undefined
  readonly expected: 'none' | 'right' | 'wrong'
  readonly endIn: number | undefined
  readonly a: number | undefined
  readonly b: number | undefined
  readonly verified: boolean
  readonly wanted: WantedDraw
  readonly requestId: string | undefined
}

export type Step =
  | AllocateDraw
  | UpdateDraw
  | { readonly type: 'release'; readonly target: number; readonly asTenant: number | undefined }
  /** An earlier Allocate or Update, sent again word for word. */
  | { readonly type: 'repeat'; readonly target: number }
  | { readonly type: 'clock'; readonly by: number }
  | { readonly type: 'due'; readonly limit: number }
  | { readonly type: 'number-state'; readonly number: number; readonly state: NumberState }
  | { readonly type: 'tenant'; readonly tenant: number; readonly qualification: Qualification }
  | { readonly type: 'quota'; readonly tenant: number; readonly live: number | undefined }

/** Undefined half of the time. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const limit = fc.integer({ min: 1, max: 4 })
const rarely = <T>(usual: T, rare: T, weight = 9) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) })

const quotas = fc.record({
  liveBindings: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.integer({ min: 0, max: 8 })),
  liveBindingsPerParty: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, limit),
  numbersHeld: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, limit),
  allocationsPerSecond: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, limit),
  allocationsBurst: maybe(fc.integer({ min: 1, max: 6 })),
  allocationsPerPartyPerDay: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, limit),
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
      orderIdRequired: rarely(false, true),
      verificationRequired: rarely(false, true),
      modes: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.constant(['AXB'] as Mode[])),
      media: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.constant(['VOICE'] as Medium[])),
      maxWindowMs: rarely(400 * 24 * hourMs, 50),
      maxBookingAheadMs: rarely(400 * 24 * hourMs, 50),
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
    maxBindingsPerNumber: fc.integer({ min: 1, max: 3 }),
    unmatched: fc.constantFrom<Pool['unmatched']>('REJECT', 'REJECT', 'FALLBACK'),
    fallbackNumber: fc.constant('95999'),
    defaultTtlMs: maybe(fc.constantFrom(10, 50)),
    maxCallMs: fc.constant(7_200_000),
    extensionDigits: fc.constant(4),
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

const party = fc.nat({ max: parties.length - 1 })
const direction = fc.constantFrom<Direction>('BOTH', 'A_TO_B', 'B_TO_A')
const index = fc.nat({ max: 30 })
const requestId = maybe(fc.nat({ max: 30 }).map((n) => `r${n}`))

const asTenant = fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.constantFrom(1, 1, 2))

const wanted: fc.Arbitrary<WantedDraw> = fc.record({
  cooldownMs: maybe(fc.constantFrom(0, 0, 5, 50, 100)),
  graceMs: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.constantFrom(0, 5, 50, 60)),
  graceDirection: maybe(direction),
  direction: maybe(direction),
  media: fc.constantFrom<readonly Medium[]>([], [], ['VOICE'], ['SMS'], ['VOICE', 'SMS']),
  maxCallMs: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.constantFrom(1_000, 60_000)),
})

const allocate: fc.Arbitrary<AllocateDraw> = fc.record({
  type: fc.constant('allocate' as const),
  tenant: fc.constantFrom(1, 1, 1, 2),
  pool: rarely(1, 3, 40).chain((pool) => (pool === 1 ? fc.constantFrom(1, 1, 1, 2) : fc.constant(pool))),
  mode: rarely<Mode>('AXB', 'AX', 40).chain((mode) =>
    mode === 'AXB' ? fc.constantFrom<Mode>('AXB', 'AXB', 'AXYB') : fc.constant(mode),
  ),
  a: party,
  // Steps from a; seldom none, which makes both the same.
  b: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: parties.length - 1 }) }, fc.constant(0)),
  verified: rarely(true, false),
  x: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, index),
  y: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, index),
  areas: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.uniqueArray(fc.constantFrom(...areas), { maxLength: 3 }),
  ),
  areaStrict: fc.boolean(),
  startIn: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.constantFrom(-5, 0, 1, 5, 10, 50, 51, 100, 200) },
    { weight: 1, arbitrary: fc.constantFrom(-60_001, -60_000) },
  ),
  expiry: fc.oneof(
    { weight: 12, arbitrary: fc.record({ ttl: fc.constantFrom(1, 5, 10, 50, 100, 100) }) },
    { weight: 1, arbitrary: fc.record({ ttl: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ endIn: fc.constantFrom(-1, 0, 1, 50, 100, 200, 300) }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  wanted,
  selection: maybe(fc.constantFrom<Selection>('PACK', 'SPREAD', 'RANDOM')),
  orderId: rarely('order', ''),
  requestId,
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

/** Most updates change one thing; of those that change several, most are refused for one of them. */
function focused(draw: UpdateDraw & { readonly on: 'end' | 'a' | 'b' | 'terms' | 'all' }): UpdateDraw {
  const { on, ...all } = draw
  if (on === 'all') return all
  return {
    ...all,
    endIn: on === 'end' ? (draw.endIn ?? 300) : undefined,
    a: on === 'a' ? (draw.a ?? 0) : undefined,
    b: on === 'b' ? (draw.b ?? 1) : undefined,
    wanted: on === 'terms' ? draw.wanted : nothingWanted,
  }
}

const nothingWanted: WantedDraw = {
  ...{ cooldownMs: undefined, graceMs: undefined, graceDirection: undefined, direction: undefined },
  ...{ media: [], maxCallMs: undefined },
}

const anyUpdate = fc.record({
  on: fc.constantFrom('end', 'end', 'a', 'b', 'terms', 'all'),
  type: fc.constant('update' as const),
  target: index,
  asTenant,
  expected: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'right', 'right', 'wrong'),
  endIn: maybe(fc.constantFrom(-1, 0, 10, 50, 100, 200, 300)),
  a: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, party),
  b: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, party),
  verified: rarely(true, false),
  wanted,
  requestId,
})

const update = anyUpdate.map(focused)

const state = fc.constantFrom<NumberState>('IN_SERVICE', 'IN_SERVICE', 'DRAINING', 'FROZEN', 'QUARANTINED')

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: allocate },
  { weight: 10, arbitrary: update },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('release' as const),
      target: index,
      asTenant,
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('repeat' as const), target: index }) },
  {
    weight: 14,
    arbitrary: fc.record({
      type: fc.constant('clock' as const),
      by: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(-1_000, -20, -1, 1, 1, 4, 5, 6, 10, 45, 50, 55, 95, 100, 1_000) },
        { weight: 1, arbitrary: fc.constantFrom(-hourMs, 60_001, hourMs, 12 * hourMs) },
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('due' as const), limit: fc.constantFrom(1, 2, 1_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('number-state' as const), number: index, state }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('tenant' as const),
      tenant: fc.constantFrom(1, 2),
      qualification: fc.constantFrom<Qualification>(
        'APPROVED',
        'APPROVED',
        'APPROVED',
        'APPROVED',
        'APPROVED',
        'APPROVED',
        'SUSPENDED',
        'REVOKED',
        'PENDING',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('quota' as const),
      tenant: fc.constantFrom(1, 2),
      live: fc.constantFrom(undefined, 0, 1, 3),
    }),
  },
)

export const histories = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' })
