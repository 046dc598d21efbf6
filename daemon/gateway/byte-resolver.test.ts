/** The way from bytes to bytes answers as the long way does, byte for byte, whatever is asked of whatever facts. */
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { anyCalls, anyReservation, plainBinding } from '../../test/samples/shard-data.js'
import type { Calls } from '../core/calls.js'
import type { NumberState, Tenant } from '../core/directory.js'
import type { CallerKey } from '../core/modes.js'
import type { Reservation } from '../core/reservation.js'
import { sampleTenant } from '../core/testing.js'
import {
  ResolveRequest,
  ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import { bounds } from './bounds.js'
import { Failure } from './failure.js'
import { gatewayMetrics } from './gateway-metrics.js'
import { encodePosition } from './position.js'
import { blank, Resolver } from './resolver.js'
import { itemErrorOf } from './status.js'
import { MemoryDirectory, poolDemo } from './testing/memory-directory.js'
import { MemoryShard } from './testing/memory-shard.js'
import { decodeMessage, encodeMessage, malformed } from './wire-codec.js'

const nowMs = 1_800_000_000_000
const numbers = ['700123456780000', '700123456780001', '95000', '12345678901234567890']
const callers = ['13800000001', '13900000002', '555']
const extensions = ['7', '0012']

/** Routes as they are given, and nothing behind them. */
class RouteShard extends MemoryShard {
  readonly routes = new Map<string, readonly Reservation[]>()
  callsOf: Calls | undefined

  override reservations(ordinal: number, key: CallerKey): readonly Reservation[] {
    if (ordinal === this.corruptOrdinal) throw new Error('a corrupt row')
    return this.routes.get(routeName(ordinal, key)) ?? []
  }

  override hasExtensions(ordinal: number): boolean {
    return [...this.routes.keys()].some((name) => name.startsWith(`${ordinal} EXTENSION`))
  }

  override calls(seq: number): Calls {
    return this.callsOf ?? super.calls(seq)
  }

  override userData(): Uint8Array {
    return Buffer.alloc(300, 7)
  }

  override binding(seq: number) {
    return plainBinding({ seq })
  }
}

function routeName(ordinal: number, key: CallerKey): string {
  const digits = key.kind === 'EXACT' ? key.party : key.kind === 'EXTENSION' ? key.extension : ''
  return `${ordinal} ${key.kind} ${digits}`
}

const from = (...around: readonly number[]) => fc.constantFrom(...around).map((ms) => nowMs + ms)
const started = from(-1_000, -1_000, -1_000, -1, 0, 1, 1_000)
const ended = from(1_000, 1_000, 1_000, 1, 0, -1, -1_000)
const freed = from(1_000, 1_000, 1_000, 1, 0, -1_000)
const reservation: fc.Arbitrary<Reservation> = fc
  .tuple(
    anyReservation,
    started,
    ended,
    freed,
    fc.constantFrom(numbers[0]!, numbers[0]!, numbers[0]!, ...numbers, '600'),
    fc.constantFrom(1, 1, 1, 2, 3, 4),
  )
  .map(([any, startMs, endMs, freeAtMs, display, tenant]) => ({
    ...any,
    ...{ startMs, endMs, heldUntilMs: endMs, freeAtMs, display, tenant },
    graceMs: any.graceMs % 2_000,
    maxCalls: any.maxCalls % 2 === 0 ? 0 : any.maxCalls % 3,
    direction: any.seq % 3 === 0 ? any.direction : 'BOTH',
    graceDirection: any.seq % 3 === 1 ? any.graceDirection : 'BOTH',
    callee: any.seq % 4 === 0 ? '' : any.callee,
  }))
const key: fc.Arbitrary<CallerKey> = fc.oneof(
  fc.record({ kind: fc.constant('EXACT' as const), party: fc.constantFrom(callers[0]!, callers[0]!, ...callers) }),
  fc.record({ kind: fc.constant('EXTENSION' as const), extension: fc.constantFrom(...extensions) }),
  fc.constant({ kind: 'ANY' as const }),
)
const route = fc.tuple(fc.constantFrom(0, 0, 0, 0, 1, 2, 3), key, fc.array(reservation, { minLength: 1, maxLength: 4 }))
const usual = new Array<NumberState>(8).fill('IN_SERVICE')
const state = fc.constantFrom<NumberState>(...usual, 'DRAINING', 'FROZEN', 'QUARANTINED')
const ban = fc.record({
  caller: fc.constantFrom(callers[0]!, callers[0]!, callers[0]!, ...callers),
  callee: fc.constantFrom(undefined, undefined, ...callers),
  tenant: fc.constantFrom(undefined, undefined, 1, 2),
})
const facts = fc.record({
  routes: fc.array(route, { maxLength: 12 }),
  states: fc.array(state, { minLength: 4, maxLength: 4 }),
  bans: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(ban) }),
  calls: fc.option(anyCalls, { nil: undefined }),
  fallback: fc.boolean(),
  corrupt: fc.constantFrom(-1, -1, -1, -1, -1, -1, -1, 0),
})
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never

const spelled = (digits: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...digits), fc.constantFrom('', '', '', '+', '0086', '+0086', '0'))
    .map(([one, prefix]) => prefix + one)
const odd = fc.constantFrom('', 'anonymous', '+', '12', 'Zoë', '1'.repeat(41), '13800000001 ')
const question: fc.Arbitrary<ResolveRequest> = fc.record({
  number: fc.oneof(
    { weight: 9, arbitrary: spelled([numbers[0]!, numbers[0]!, ...numbers]) },
    { weight: 1, arbitrary: fc.oneof(odd, fc.constant('404404')) },
  ),
  caller: fc.oneof(
    { weight: 5, arbitrary: spelled([callers[0]!, callers[0]!, ...callers]) },
    { weight: 1, arbitrary: odd },
  ),
  extension: fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    { weight: 2, arbitrary: fc.constantFrom(...extensions, '99', 'x', '1'.repeat(21)) },
  ),
  media: fc.constantFrom<number>(0, 0, 0, 0, 1, 2, 3),
  callId: fc.constantFrom('', '', '', '', '', '', 'call-1', 'Ünïcode', 'c'.repeat(129)),
  after: fc.constantFrom(
    Buffer.alloc(0),
    Buffer.alloc(0),
    Buffer.alloc(0),
    encodePosition({ shard: 0, seq: 9 }),
    encodePosition({ shard: 1, seq: 9 }),
    Buffer.alloc(3),
  ),
})

function world(given: Facts) {
  const directory = new MemoryDirectory(numbers)
  const rows = [...directory.numberRows].map(
    ([digits, row], i) => [digits, { ...row, state: given.states[i]! }] as const,
  )
  for (const [digits, row] of rows) directory.numberRows.set(digits, row)
  const tenants: [string, Tenant['qualification']][] = [
    ['two', 'SUSPENDED'],
    ['drei', 'PENDING'],
  ]
  for (const [i, [name, qualification]] of tenants.entries()) {
    directory.tenantRows.set(name, { ...sampleTenant(), id: i + 2, name, qualification })
  }
  if (given.fallback) {
    directory.poolRows.set('demo', { ...poolDemo, unmatched: 'FALLBACK', fallbackNumber: '4001', maxCallMs: 2 ** 40 })
  }
  directory.banRows.push(...given.bans.map((one) => ({ ...one, untilMs: undefined, reason: '', sinceMs: 0 })))
  const shard = new RouteShard(directory, () => nowMs)
  for (const [ordinal, routeKey, byStart] of given.routes) shard.routes.set(routeName(ordinal, routeKey), byStart)
  shard.callsOf = given.calls
  shard.corruptOrdinal = given.corrupt
  const registry = new Registry()
  const resolver = new Resolver({
    directory,
    shards: [shard],
    clock: { now: () => nowMs },
    rules: [{ prefix: '0086', length: 0, drop: 4 }],
    metrics: gatewayMetrics(registry),
    faulted: () => new Failure('CORRUPT_RECORD', 'a record on disk fails its check'),
  })
  return { resolver, counts: () => registry.getSingleMetricAsString('xpool_resolve_outcomes_total') }
}

function longWay(resolver: Resolver, bytes: Buffer): Buffer | Failure | typeof malformed {
  const request = decodeMessage(ResolveRequest, bytes)
  if (request === malformed) return malformed
  const answer = resolver.one(request)
  return answer instanceof Failure ? answer : encodeMessage(ResolveResponse, answer)
}

/** What a test must have come across, or it shows little. */
function kindOf(answer: Buffer | Failure): string {
  if (answer instanceof Failure) return 'fault'
  const { outcome, reason, grace, userData } = ResolveResponse.decode(answer)
  return `${outcome} ${reason}${grace ? ' grace' : ''}${userData.length > 0 ? ' data' : ''}`
}

test('one question is answered, and counted, as the long way does it', async () => {
  const kinds = new Set<string>()
  let read = 0
  await fc.assert(
    fc.asyncProperty(facts, question, async (given, asked) => {
      const [one, other] = [world(given), world(given)]
      const bytes = encodeMessage(ResolveRequest, asked)
      const answer = one.resolver.bytes.one(bytes)
      if (answer === undefined) return
      read += 1
      kinds.add(kindOf(answer))
      expect(answer).toEqual(longWay(other.resolver, bytes))
      expect(await one.counts()).toBe(await other.counts())
    }),
    { numRuns: 5_000 },
  )
  // What is asked ordinarily must not go the long way.
  expect(read).toBeGreaterThan(1_000)
  const rejected = [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13].map((reason) => `4 ${reason}`)
  expect([...kinds]).toEqual(expect.arrayContaining(['2 0', '3 0', ...rejected, 'fault']))
  expect([...kinds].filter((kind) => kind.startsWith('1 0'))).not.toEqual([])
})

test('bytes that were tampered with are answered as the long way does it, or declined', () => {
  const given: Facts = {
    routes: [],
    states: ['IN_SERVICE', 'IN_SERVICE', 'IN_SERVICE', 'FROZEN'],
    bans: [],
    calls: undefined,
    fallback: true,
    corrupt: -1,
  }
  const { resolver } = world(given)
  const change = fc.tuple(
    fc.nat(),
    fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 4, 8, 0x0a, 0x12, 0x1a, 0x20, 0x80)),
  )
  fc.assert(
    fc.property(question, fc.array(change, { minLength: 1, maxLength: 3 }), fc.nat(), (asked, changes, cut) => {
      const whole = encodeMessage(ResolveRequest, asked)
      for (const [at, byte] of changes) whole[at % whole.length] = byte
      const bytes = cut % 4 === 0 ? whole.subarray(0, cut % (whole.length + 1)) : whole
      const answer = resolver.bytes.one(bytes)
      if (answer !== undefined) expect(answer).toEqual(longWay(resolver, bytes))
    }),
    { numRuns: 5_000 },
  )
})

test('a batch is answered as the long way answers its questions, faults item by item', () => {
  const batchId = fc.constantFrom(0, 1, 127, 128, 2 ** 31, 2 ** 48, Number.MAX_SAFE_INTEGER)
  let read = 0
  fc.assert(
    fc.property(facts, fc.array(question, { maxLength: 5 }), batchId, (given, requests, id) => {
      const [one, other] = [world(given), world(given)]
      const bytes = encodeMessage(ResolveStreamRequest, { batchId: id, requests })
      const items = one.resolver.bytes.read(bytes)
      if (items === 0) return
      read += 1
      expect(items).toBe(requests.length)
      const errorItem = (failure: Failure) => ({ ...blank(), error: itemErrorOf(failure) })
      const now = other.resolver.beginBatch()
      const responses = requests.map((request) => {
        const answer = other.resolver.item(request, now)
        return answer instanceof Failure ? errorItem(answer) : answer
      })
      const answer = one.resolver.bytes.batch(bytes, (failure) => encodeMessage(ResolveResponse, errorItem(failure)))
      expect(answer).toEqual(encodeMessage(ResolveStreamResponse, { batchId: id, responses }))
    }),
    { numRuns: 1_000 },
  )
  expect(read).toBeGreaterThan(20)
})

test('I12: no batch of more than its limit is read, and a large one is answered whole', () => {
  const { resolver } = world({
    routes: [],
    states: ['IN_SERVICE', 'FROZEN', 'FROZEN', 'FROZEN'],
    bans: [],
    calls: undefined,
    fallback: false,
    corrupt: -1,
  })
  const request = { ...ResolveRequest.decode(new Uint8Array()), number: numbers[0]!, caller: callers[0]! }
  const batch = (items: number) =>
    encodeMessage(ResolveStreamRequest, { batchId: 1, requests: Array.from({ length: items }, () => request) })
  expect(resolver.bytes.read(batch(bounds.batchItems + 1))).toBe(0)
  const largest = batch(bounds.batchItems)
  expect(resolver.bytes.read(largest)).toBe(bounds.batchItems)
  const answer = ResolveStreamResponse.decode(resolver.bytes.batch(largest, () => new Uint8Array()))
  expect(answer.responses).toHaveLength(bounds.batchItems)
})
