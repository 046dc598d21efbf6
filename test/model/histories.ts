/** What happens in a world: histories of steps, drawn at random. */
import fc from 'fast-check'
import type { Callback, Direction, Medium, Mode, Selection } from '../../daemon/core/binding.js'
import type { CallPhase } from '../../daemon/core/calls.js'
import type { NumberState, Qualification } from '../../daemon/core/directory.js'
import type { AllocateDraw, CallbackDraw, ReportDraw, Step, UpdateDraw, WantedDraw } from './draws.js'
import { areas, hourMs, maybe, parties, rarely } from './worlds.js'

const party = fc.nat({ max: parties.length - 1 })
const direction = fc.constantFrom<Direction>('BOTH', 'A_TO_B', 'B_TO_A')
const index = fc.nat({ max: 30 })
const requestId = maybe(fc.nat({ max: 30 }).map((n) => `r${n}`))

const asTenant = fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.constantFrom(1, 1, 2))

/** Seldom nobody (0), which is A: refused. */
const other = fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: parties.length }) }, fc.constant(0))
const members = fc.uniqueArray(other, { minLength: 1, maxLength: 5 })

const callback: fc.Arbitrary<CallbackDraw> = fc.record({
  kind: fc.constantFrom<Callback>('NONE', 'FIXED', 'FIXED', 'LAST_CALLER', 'LAST_CALLER', 'LAST_CALLER'),
  number: fc.oneof({ weight: 15, arbitrary: other }, fc.constant(undefined)),
})

const anyWanted: fc.Arbitrary<WantedDraw> = fc.record({
  cooldownMs: maybe(fc.constantFrom(0, 0, 5, 50, 100)),
  graceMs: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.constantFrom(0, 5, 50, 60)),
  graceDirection: maybe(direction),
  direction: maybe(direction),
  media: fc.constantFrom<readonly Medium[]>([], [], ['VOICE'], ['SMS'], ['VOICE', 'SMS']),
  maxCallMs: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.constantFrom(1_000, 60_000)),
  maxCalls: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.constantFrom(0, 1, 2)),
  releaseOnHangup: fc.constantFrom(undefined, true, true, false),
  callback: maybe(callback),
  callbackWindowMs: maybe(fc.constantFrom(1, 10, 100)),
})

const nothingWanted: WantedDraw = {
  ...{ maxCalls: undefined, releaseOnHangup: undefined, callback: undefined, callbackWindowMs: undefined },
  ...{ cooldownMs: undefined, graceMs: undefined, graceDirection: undefined, direction: undefined },
  ...{ media: [], maxCallMs: undefined },
}

const wanted = fc.oneof({ weight: 2, arbitrary: anyWanted }, { weight: 1, arbitrary: fc.constant(nothingWanted) })

const allocate: fc.Arbitrary<AllocateDraw> = fc.record({
  type: fc.constant('allocate' as const),
  tenant: fc.constantFrom(1, 1, 1, 1, 2),
  pool: rarely(1, 3, 40).chain((pool) => (pool === 1 ? fc.constantFrom(1, 1, 1, 1, 1, 2) : fc.constant(pool))),
  mode: fc.constantFrom<Mode>('AXB', 'AXB', 'AXB', 'AXYB', 'AXYB', 'AX', 'AX', 'AXE', 'AXE', 'AXE', 'AXG', 'AXG'),
  members,
  extension: fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.constantFrom('0', '1', '1', '01', '11')),
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
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: fc.constantFrom(-5, 0, 1, 5, 10, 50, 51, 100, 200) },
    { weight: 1, arbitrary: fc.constantFrom(-60_001, -60_000, 20) },
  ),
  expiry: fc.oneof(
    { weight: 24, arbitrary: fc.record({ ttl: fc.constantFrom(1, 5, 10, 50, 100, 100, 300) }) },
    { weight: 1, arbitrary: fc.record({ ttl: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ endIn: fc.constantFrom(-1, 0, 50, 100, 200, 300, 300) }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  wanted,
  selection: maybe(fc.constantFrom<Selection>('PACK', 'SPREAD', 'RANDOM')),
  orderId: rarely('order', ''),
  requestId,
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

/** Most updates change one thing; of those that change several, most are refused for one of them. */
function focused(draw: UpdateDraw & { readonly on: 'end' | 'a' | 'b' | 'members' | 'terms' | 'all' }): UpdateDraw {
  const { on, ...all } = draw
  if (on === 'all') return all
  return {
    ...all,
    endIn: on === 'end' ? (draw.endIn ?? 300) : undefined,
    a: on === 'a' ? (draw.a ?? 0) : undefined,
    b: on === 'b' ? (draw.b ?? 1) : undefined,
    members: on === 'members' ? draw.members : [],
    wanted: on === 'terms' ? draw.wanted : nothingWanted,
  }
}

const anyUpdate = fc.record({
  on: fc.constantFrom('end', 'end', 'a', 'a', 'b', 'b', 'members', 'members', 'terms', 'terms', 'all'),
  type: fc.constant('update' as const),
  target: index,
  asTenant,
  expected: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'right', 'right', 'wrong'),
  endIn: maybe(fc.constantFrom(-1, 0, 10, 50, 100, 200, 300)),
  a: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, party),
  b: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, party),
  members,
  verified: rarely(true, false),
  wanted,
  requestId,
})

const update = anyUpdate.map(focused)

const report: fc.Arbitrary<ReportDraw> = fc.record({
  type: fc.constant('report-call' as const),
  target: index,
  callId: fc.constantFrom('c1', 'c1', 'c1', 'c2', 'c3'),
  phase: fc.constantFrom<CallPhase>('STARTED', 'STARTED', 'ANSWERED', 'ENDED', 'ENDED'),
  atIn: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom(-50, -10, -1, 0, 5, 100)),
  caller: maybe(fc.nat({ max: parties.length })),
  answered: fc.boolean(),
})

const ban = fc.record({
  type: fc.constant('ban' as const),
  caller: party,
  callee: maybe(party),
  tenant: maybe(fc.constantFrom(1, 2)),
  forMs: fc.constantFrom(10, 50, 100, undefined),
})

const state = fc.constantFrom<NumberState>('IN_SERVICE', 'IN_SERVICE', 'DRAINING', 'FROZEN', 'QUARANTINED')

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 36, arbitrary: allocate },
  { weight: 14, arbitrary: update },
  { weight: 18, arbitrary: report },
  { weight: 1, arbitrary: ban },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('unban' as const), caller: party }) },
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

const steps = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' })

/** Left to itself the generator prefers short ones, in which little can happen. */
export const histories = fc.oneof(steps, fc.noBias(steps))
