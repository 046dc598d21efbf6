/** Random commands, answers and requests, as they travel: for tests of what carries them. */
import fc from 'fast-check'
import type { AllocateCommand, Command, RefusalReason, WantedTerms } from '../../daemon/core/commands.js'
import type { ShardAnswer, ShardFault } from '../../daemon/shard/shard-client.js'
import { anyBinding } from './shard-data.js'

const ms = fc.integer({ min: 0, max: 4_102_444_800_000 })
const seq = fc.integer({ min: 1, max: 2 ** 48 - 1 })
const id = fc.integer({ min: 1, max: 65_535 })
const digits = fc.stringMatching(/^[0-9]{3,20}$/)
/** In one byte a character, in more, and with halves of pairs. */
const text = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 12 }))
const userData = fc.uint8Array({ maxLength: 60 })

export function given<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(one, { nil: undefined })
}

const party = fc.record({ number: digits, verificationRef: text })
const number = fc.record({ ordinal: fc.nat({ max: 2 ** 32 - 1 }), digits })
const direction = fc.constantFrom('BOTH', 'A_TO_B', 'B_TO_A')
const request = given(
  fc.record({
    id: text,
    fingerprint: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  }),
)

const wanted: fc.Arbitrary<WantedTerms> = fc.record({
  graceMs: given(ms),
  graceDirection: given(direction),
  cooldownMs: given(ms),
  direction: given(direction),
  media: fc.uniqueArray(fc.constantFrom('VOICE', 'SMS'), { maxLength: 2 }),
  maxCallMs: given(ms),
  maxCalls: given(fc.nat()),
  releaseOnHangup: given(fc.boolean()),
  record: given(fc.boolean()),
  callback: given(fc.constantFrom('NONE', 'FIXED', 'LAST_CALLER')),
  callbackNumber: given(digits),
  callbackWindowMs: given(ms),
})

const allocate: fc.Arbitrary<AllocateCommand> = fc.record({
  type: fc.constant('allocate' as const),
  tenant: id,
  pool: id,
  mode: fc.constantFrom('AXB', 'AXYB', 'AX', 'AXE', 'AXG'),
  a: party,
  b: given(party),
  members: fc.array(party, { maxLength: 3 }),
  x: given(number),
  y: given(number),
  areas: fc.array(text, { maxLength: 3 }),
  areaStrict: fc.boolean(),
  startMs: given(ms),
  endMs: given(ms),
  ttlMs: given(ms),
  wanted,
  extension: fc.stringMatching(/^[0-9]{0,8}$/),
  selection: given(fc.constantFrom('PACK', 'SPREAD', 'RANDOM')),
  orderId: text,
  userData,
  request,
  banned: fc.array(text, { maxLength: 2 }),
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  allocate,
  fc.record({ type: fc.constant('release' as const), seq, tenant: given(id), reason: text }),
  fc.record({
    type: fc.constant('update' as const),
    seq,
    tenant: given(id),
    expectedRevision: given(fc.nat()),
    endMs: given(ms),
    a: given(party),
    b: given(party),
    members: fc.array(party, { maxLength: 3 }),
    wanted,
    orderId: given(text),
    userData: given(userData),
    request,
    banned: fc.array(text, { maxLength: 2 }),
  }),
  fc.record({
    type: fc.constant('report-call' as const),
    seq,
    report: fc.record({
      callId: text,
      phase: fc.constantFrom('STARTED', 'ANSWERED', 'ENDED'),
      atMs: given(ms),
      caller: given(digits),
      number: fc.oneof(fc.constant(''), digits),
      answered: fc.boolean(),
      cause: text,
    }),
  }),
)

const reason = fc.constantFrom<RefusalReason[]>('POOL_EXHAUSTED', 'INVALID_WINDOW', 'BINDING_NOT_FOUND')
const fault = fc.constantFrom<ShardFault[]>('SHARD_RESTARTING', 'OVERLOADED', 'DEADLINE_EXCEEDED')

export const anyAnswer: fc.Arbitrary<ShardAnswer> = fc.oneof(
  fc.record({
    kind: fc.constant('decided' as const),
    outcome: fc.record(
      { ok: fc.constant(true as const), seq, replayed: fc.boolean(), recorded: fc.boolean() },
      { requiredKeys: ['ok', 'seq', 'replayed'] },
    ),
    position: seq,
    binding: given(anyBinding.map((one) => ({ ...one, userData: Uint8Array.from(one.userData) }))),
  }),
  fc.record({
    kind: fc.constant('decided' as const),
    outcome: fc.record({
      ok: fc.constant(false as const),
      refusal: fc.record(
        {
          reason,
          message: text,
          field: text,
          retryAtMs: ms,
          metadata: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
        },
        { requiredKeys: ['reason', 'message'] },
      ),
    }),
    position: seq,
  }),
  fc.record({ kind: fc.constant('fault' as const), fault, message: text, retryAfterMs: fc.nat() }),
)
