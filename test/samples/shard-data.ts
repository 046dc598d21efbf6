/** Random bindings, reservations and events, as the core could make them: for tests of codecs and rows. */
import fc from 'fast-check'
import type { Binding, BoundParty, NumberRef, Terms } from '../../daemon/core/binding.js'
import type { CallReport, Calls } from '../../daemon/core/calls.js'
import type { RequestKey } from '../../daemon/core/commands.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import type { CallerKey } from '../../daemon/core/modes.js'
import { type PlacedReservation, type Reservation, reservationsOf } from '../../daemon/core/reservation.js'

const ms = fc.integer({ min: 0, max: 4_102_444_800_000 })
const seq = fc.integer({ min: 1, max: 2 ** 48 - 1 })
const id = fc.integer({ min: 1, max: 65_535 })
const digits = fc.stringMatching(/^[0-9]{3,20}$/)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const ordinal = fc.nat({ max: 2 ** 32 - 1 })
const direction = fc.constantFrom('BOTH', 'A_TO_B', 'B_TO_A')
const media = fc.constantFrom(['VOICE'] as const, ['SMS'] as const, ['VOICE', 'SMS'] as const)
const callback = fc.constantFrom('NONE', 'FIXED', 'LAST_CALLER')
const lengthMs = fc.integer({ min: 0, max: 604_800_000 })

const number: fc.Arbitrary<NumberRef> = fc.record({ ordinal, digits })
const party: fc.Arbitrary<BoundParty> = fc.record({ number: digits, verificationRef: text, sinceMs: ms })
const userData = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))

const terms: fc.Arbitrary<Terms> = fc.record({
  graceMs: lengthMs,
  graceDirection: direction,
  cooldownMs: lengthMs,
  direction,
  media,
  maxCallMs: fc.integer({ min: 0, max: 86_400_000 }),
  maxCalls: fc.integer({ min: 0, max: 1_000_000 }),
  releaseOnHangup: fc.boolean(),
  record: fc.boolean(),
  callback,
  callbackNumber: fc.oneof(fc.constant(''), digits),
  callbackWindowMs: fc.integer({ min: 0, max: 34_560_000_000 }),
})

export const anyBinding: fc.Arbitrary<Binding> = fc.record({
  seq,
  revision: fc.integer({ min: 1, max: 2 ** 31 }),
  tenant: id,
  pool: id,
  mode: fc.constantFrom('AXB', 'AXYB', 'AX', 'AXE', 'AXG'),
  a: party,
  b: fc.option(party, { nil: undefined }),
  members: fc.array(party, { maxLength: 3 }),
  firstParties: fc.array(digits, { maxLength: 3 }),
  x: number,
  y: fc.option(number, { nil: undefined }),
  extension: fc.stringMatching(/^[0-9]{0,8}$/),
  createdMs: ms,
  startMs: ms,
  endMs: ms,
  heldUntilMs: fc.oneof(fc.constant(0), ms),
  freeAtMs: ms,
  released: fc.boolean(),
  releaseReason: text,
  terms,
  area: text,
  orderId: text,
  userData,
  requestId: text,
})

export const anyReservation: fc.Arbitrary<Reservation> = fc
  .record({
    seq,
    tenant: id,
    role: fc.constantFrom('PARTY', 'CALLBACK'),
    family: fc.constantFrom('PAIR', 'EXTENSION', 'EXCLUSIVE'),
    startMs: ms,
    endMs: ms,
    heldForMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 86_400_000 })),
    graceMs: lengthMs,
    freeAtMs: ms,
    released: fc.boolean(),
    removed: fc.boolean(),
    callee: fc.oneof(fc.constant(''), digits),
    owner: digits,
    ownerIsCallee: fc.boolean(),
    display: fc.oneof(fc.constantFrom('700123456780000', '700123456780001'), digits),
    routeDirection: fc.constantFrom('A_TO_B', 'B_TO_A'),
    callerIsParty: fc.boolean(),
    direction,
    graceDirection: direction,
    media,
    callback,
    maxCallMs: fc.integer({ min: 0, max: 86_400_000 }),
    maxCalls: fc.integer({ min: 0, max: 1_000_000 }),
    record: fc.boolean(),
    hasUserData: fc.boolean(),
  })
  .map(({ ownerIsCallee, heldForMs, ...one }): Reservation => {
    const owner = ownerIsCallee ? one.callee : one.owner
    return { ...one, owner, heldUntilMs: one.endMs + heldForMs }
  })

const request: fc.Arbitrary<RequestKey | undefined> = fc.option(
  fc.record({
    id: text,
    fingerprint: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  }),
  { nil: undefined },
)

const removed: fc.Arbitrary<PlacedReservation[]> = anyBinding.map((binding) =>
  reservationsOf(binding).map(({ route, reservation }) => ({ route, reservation: { ...reservation, removed: true } })),
)
const due = { seqs: fc.array(seq, { maxLength: 5 }), upTo: fc.record({ ms, seq }) }
const tenants = fc.array(id, { maxLength: 5 })

const callerKey: fc.Arbitrary<CallerKey> = fc.oneof(
  fc.record({ kind: fc.constant('EXACT' as const), party: digits }),
  fc.record({ kind: fc.constant('EXTENSION' as const), extension: fc.stringMatching(/^[0-9]{1,8}$/) }),
  fc.constant({ kind: 'ANY' as const }),
)
const withheldOr = fc.option(digits, { nil: undefined })

const report: fc.Arbitrary<CallReport> = fc.record({
  callId: text,
  phase: fc.constantFrom('STARTED', 'ANSWERED', 'ENDED'),
  atMs: ms,
  caller: withheldOr,
  number: fc.oneof(fc.constant(''), digits),
  answered: fc.boolean(),
  cause: text,
})

export const anyCalls: fc.Arbitrary<Calls> = fc.record({
  open: fc.array(fc.record({ id: text, startedMs: ms, limitMs: ms, answered: fc.boolean() }), { maxLength: 3 }),
  closed: fc.array(text, { maxLength: 3 }),
  answered: fc.nat({ max: 1_000_000 }),
  lastHangUpMs: ms,
  last: fc.option(fc.record({ caller: withheldOr, atMs: ms }), { nil: undefined }),
})

export const anyEvent: fc.Arbitrary<ShardEvent> = fc.oneof(
  fc.record({
    type: fc.constant('allocated' as const),
    binding: anyBinding,
    request,
    nextExtension: fc.option(fc.nat({ max: 99_999_999 }), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('updated' as const), binding: anyBinding, removed, request }),
  fc.record({
    type: fc.constant('released' as const),
    seq,
    tenant: id,
    revision: fc.integer({ min: 1, max: 2 ** 31 }),
    endMs: ms,
    freeAtMs: ms,
    reason: text,
  }),
  fc.record({ type: fc.constant('ended' as const), ...due, tenants }),
  fc.record({ type: fc.constant('expiring' as const), ...due, tenants }),
  fc.record({
    type: fc.constant('called' as const),
    seq,
    tenant: id,
    report,
    heldUntilMs: ms,
    freeAtMs: ms,
    remnants: fc.array(fc.record({ ordinal, key: callerKey, endMs: ms, heldUntilMs: ms, freeAtMs: ms }), {
      maxLength: 3,
    }),
  }),
  fc.record({
    type: fc.constant('pool-level' as const),
    pool: id,
    low: fc.boolean(),
    free: fc.nat({ max: 2 ** 32 - 1 }),
  }),
  fc.record({ type: fc.constant('freed' as const), ...due }),
  fc.record({ type: fc.constant('purged' as const), ordinals: fc.array(ordinal, { maxLength: 5 }), atMs: ms }),
  fc.record({ type: fc.constant('forgotten' as const), fromSeq: seq, toSeq: seq, atMs: ms }),
  fc.record({ type: fc.constant('requests-dropped' as const), beforeDay: fc.nat({ max: 65_535 }), atMs: ms }),
  fc.record({
    type: fc.constant('rate' as const),
    tenant: id,
    theoreticalMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  }),
)

const plainTerms: Terms = {
  graceMs: 0,
  graceDirection: 'BOTH',
  cooldownMs: 1_800_000,
  direction: 'BOTH',
  media: ['VOICE', 'SMS'],
  maxCallMs: 7_200_000,
  maxCalls: 0,
  releaseOnHangup: false,
  record: false,
  callback: 'NONE',
  callbackNumber: '',
  callbackWindowMs: 86_400_000,
}

/** An AXB binding of an hour's window and half an hour's cooldown, made at its start. */
export function plainBinding(change: Partial<Binding> & Pick<Binding, 'seq'>, a = '13800000001', b = '13900000001') {
  const startMs = change.startMs ?? 1_000_000
  const endMs = change.endMs ?? startMs + 3_600_000
  const binding: Binding = {
    revision: 1,
    tenant: 1,
    pool: 1,
    mode: 'AXB',
    a: { number: a, verificationRef: '', sinceMs: startMs },
    b: { number: b, verificationRef: '', sinceMs: startMs },
    members: [],
    firstParties: [],
    x: { ordinal: 0, digits: '700123456780000' },
    y: undefined,
    extension: '',
    createdMs: startMs,
    startMs,
    endMs,
    heldUntilMs: 0,
    freeAtMs: endMs + plainTerms.cooldownMs,
    released: false,
    releaseReason: '',
    terms: plainTerms,
    area: '',
    orderId: 'order-1',
    userData: Buffer.alloc(0),
    requestId: '',
    ...change,
  }
  return binding
}
