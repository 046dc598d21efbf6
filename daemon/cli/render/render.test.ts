import { status } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { XpoolError } from '../../client/error.js'
import { complete } from '../../client/unary.js'
import { reasons } from '../../gateway/failure.js'
import {
  type GetStatsResponse,
  ListNumbersResponse,
  ListTenantsResponse,
} from '../../generated/xpool/v1/administration.js'
import { AllocateResponse, ExplainResponse, WatchResponse } from '../../generated/xpool/v1/allocation.js'
import { Outcome, Reason, ResolveResponse } from '../../generated/xpool/v1/resolution.js'
import {
  AllocateExplanation,
  type Binding,
  BindingState,
  Callback,
  Direction,
  ExplainedRoute,
  Media,
  Mode,
  NumberState,
  Qualification,
  WatchEvent,
  WatchKind,
} from '../../generated/xpool/v1/types.js'
import { bindingColumns, bindingText } from './binding.js'
import { bindingEnums, explainEnums, jsonOf, numberEnums, resolveEnums } from './json.js'
import { masked } from './mask.js'
import { meanings } from './reason-meaning.js'
import { refusalJson, refusalText, unreachableText } from './refusal.js'
import { resolutionText } from './resolution.js'
import { statsText } from './stats.js'
import { table } from './table.js'
import { eventJson } from './watch-event.js'

const protos = loadSync(
  ['allocation', 'resolution', 'administration'].map((name) => `xpool/v1/${name}.proto`),
  { includeDirs: ['proto'], keepCase: true, longs: Number, enums: String, bytes: String, arrays: true, defaults: true },
)

/** What a stranger's decoder makes of a response, by the names of the contract. */
function asStranger(service: string, method: string, bytes: Uint8Array): object {
  const definition = (protos[`xpool.v1.${service}`] as Record<string, { responseDeserialize(b: Buffer): object }>)[
    method
  ]
  return withoutAbsent(definition!.responseDeserialize(Buffer.from(bytes))) as object
}

/** proto-loader shows absent messages as null and says which `optional` field is set; ours leaves absent ones out. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent)
  if (typeof value !== 'object' || value === null) return value
  const own = Object.entries(value).filter(([name, field]) => field !== null && !name.startsWith('_'))
  return Object.fromEntries(own.map(([name, field]) => [name, withoutAbsent(field)]))
}

const binding: Binding = {
  bindingId: '0a000000000000000001',
  tenant: 'demo',
  pool: 'city',
  mode: Mode.MODE_AXYB,
  number: '700123456780001',
  numberY: '700123456780002',
  extension: '',
  a: { number: '13800000001', verificationRef: 'kyc-1' },
  b: { number: '13900000002', verificationRef: '' },
  members: [],
  startMs: Date.UTC(2026, 2, 1, 8),
  endMs: Date.UTC(2026, 2, 1, 8, 30),
  cooldownUntilMs: Date.UTC(2026, 2, 1, 9),
  state: BindingState.BINDING_STATE_ACTIVE,
  area: 'beijing',
  orderId: 'order-77',
  userData: Buffer.from('hello'),
  revision: 3,
  options: {
    graceMs: 600_000,
    graceDirection: Direction.DIRECTION_B_TO_A,
    cooldownMs: 1_800_000,
    direction: Direction.DIRECTION_BOTH,
    media: [Media.MEDIA_VOICE, Media.MEDIA_SMS],
    maxCallMs: 7_200_000,
    maxCalls: 0,
    releaseOnHangup: false,
    record: true,
    callback: Callback.CALLBACK_FIXED,
    callbackNumber: '13700000003',
    callbackWindowMs: 86_400_000,
  },
  createdMs: Date.UTC(2026, 2, 1, 7, 59),
  releaseReason: '',
}

test('--json of a binding has the names of the contract: a stranger decodes the same', () => {
  const answer = { binding, replayed: true, position: Buffer.from([0, 255, 7]) }
  const expected = asStranger('AllocationService', 'Allocate', AllocateResponse.encode(answer).finish())
  expect(JSON.parse(JSON.stringify(jsonOf(answer, bindingEnums)))).toEqual(expected)
  expect(expected).toMatchObject({ binding: { cooldown_until_ms: binding.cooldownUntilMs, mode: 'MODE_AXYB' } })
})

test('--json of a resolution has the names of the contract', () => {
  const blank = ResolveResponse.decode(Buffer.alloc(0))
  const answer = { ...blank, outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_ENDED, userData: Buffer.from('x') }
  const expected = asStranger('ResolutionService', 'Resolve', ResolveResponse.encode(answer).finish())
  expect(jsonOf(answer, resolveEnums)).toEqual(expected)
  expect(expected).toMatchObject({ outcome: 'OUTCOME_REJECT', reason: 'REASON_ENDED', user_data: 'eA==' })
})

test('--json of numbers and tenants: the same field name, another enum, and absent stays absent', () => {
  const number = { pool: 'city', area: '', liveBindings: 1, coolingBindings: 0, state: NumberState.NUMBER_STATE_FROZEN }
  const numbers = { numbers: [{ ...number, number: '7001' }], nextPageToken: 'n' }
  expect(jsonOf(numbers, numberEnums)).toEqual(
    asStranger('AdministrationService', 'ListNumbers', ListNumbersResponse.encode(numbers).finish()),
  )
  const policies = { modes: [Mode.MODE_AXB, Mode.MODE_AXG], media: [], orderIdRequired: true }
  const tenant = {
    name: 'demo',
    qualification: Qualification.QUALIFICATION_APPROVED,
    quotas: { liveBindings: 0 },
    policies,
  }
  const tenants = { tenants: [tenant], nextPageToken: '' }
  const json = jsonOf(tenants)
  expect(json).toEqual(asStranger('AdministrationService', 'ListTenants', ListTenantsResponse.encode(tenants).finish()))
  expect(json).toMatchObject({ tenants: [{ quotas: { live_bindings: 0 } }] })
  expect(JSON.stringify(json)).not.toContain('numbers_held')
})

test('--json of an explanation and of an event have the names of the contract', () => {
  const route = complete(ExplainedRoute, { bindingId: '0a01', routeDirection: 2, direction: 1, media: [1], endMs: 5 })
  const response = complete(ResolveResponse, { outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_ENDED })
  const resolve = { response, explanation: { step: 5, stepName: 'time', route, summary: 'over' } }
  const explained = ExplainResponse.encode({ explanation: { $case: 'resolve', value: resolve } }).finish()
  expect({ resolve: jsonOf(resolve, explainEnums) }).toEqual(asStranger('AllocationService', 'Explain', explained))
  const refusal = { code: 8, reason: 'POOL_EXHAUSTED', message: 'm', metadata: { in_use_by_a: '1' }, retryAfterMs: 5 }
  const allocate = complete(AllocateExplanation, { refusal, passedOver: [{ cause: 'cooling', numbers: 1 }] })
  const asked = ExplainResponse.encode({ explanation: { $case: 'allocate', value: allocate } }).finish()
  expect({ allocate: jsonOf(allocate, explainEnums) }).toEqual(asStranger('AllocationService', 'Explain', asked))
  const event = complete(WatchEvent, {
    kind: WatchKind.WATCH_KIND_CALL,
    binding,
    call: { callId: 'c', phase: 3, atMs: 1, answered: true, cause: '', caller: '1380' },
    numbers: { first: '7001', count: 2, state: NumberState.NUMBER_STATE_FROZEN },
  })
  const watched = WatchResponse.encode({ events: [event], resumeToken: 't' }).finish()
  expect({ events: [eventJson(event)], resume_token: 't' }).toEqual(asStranger('AllocationService', 'Watch', watched))
})

test('an enum value that this version does not know is shown as its number', () => {
  expect(jsonOf({ mode: 99 })).toEqual({ mode: 99 })
})

test('masking hides at least three digits or all of them, and keeps the length', () => {
  expect(masked('13800000001')).toBe('138******01')
  expect(masked('12345678')).toBe('123***78')
  expect(masked('1234567')).toBe('*******')
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{3,20}$/), (number) => {
      const shown = masked(number)
      const hidden = shown.replaceAll(/[^*]/g, '').length
      return shown.length === number.length && hidden >= Math.min(3, number.length)
    }),
  )
})

test('a binding shows no real number unless it is revealed', () => {
  const hidden = bindingText(binding, false) + table(bindingColumns(false), [binding])
  const shown = bindingText(binding, true) + table(bindingColumns(true), [binding])
  for (const number of ['13800000001', '13900000002']) {
    expect(hidden).not.toContain(number)
    expect(hidden).toContain(masked(number))
    expect(shown).toContain(number)
  }
  expect(hidden).not.toContain('13700000003')
  expect(bindingText(binding, true)).toContain('13700000003')
})

test('a binding as lines', () => {
  expect(bindingText(binding, false).split('\n')).toEqual([
    'binding        0a000000000000000001',
    'state          active',
    'mode           axyb',
    'number         700123456780001',
    'number y       700123456780002',
    'a              138******01',
    'b              139******02',
    'tenant         demo',
    'pool           city',
    'area           beijing',
    'start          2026-03-01T08:00:00Z',
    'end            2026-03-01T08:30:00Z (window 30m)',
    'cooling until  2026-03-01T09:00:00Z',
    'order          order-77',
    'user data      5 bytes',
    'revision       3',
    'direction      both',
    'media          voice, sms',
    'grace          10m, b-to-a',
    'cooldown       30m',
    'max call       2h',
    'max calls      no limit',
    'record         yes',
    'callback       fixed 137******03',
  ])
})

test('a group is named up to three members', () => {
  const members = [1, 2, 3, 4, 5].map((i) => ({ number: `1380000000${i}`, verificationRef: '' }))
  expect(bindingText({ ...binding, b: undefined, members }, true)).toContain(
    '13800000001, 13800000002, 13800000003 and 2 more',
  )
  expect(table(bindingColumns(true), [{ ...binding, b: undefined, members }])).toContain('5 members')
})

test('a table aligns, groups digits and has no colours or trailing blanks', () => {
  const columns = [
    { head: 'pool', cell: (r: { name: string; n: number }) => r.name },
    { head: 'free', cell: (r: { name: string; n: number }) => r.n },
  ]
  const text = table(columns, [
    { name: 'a', n: 1_234_567 },
    { name: 'longer', n: 8 },
  ])
  expect(text.split('\n')).toEqual(['POOL         FREE', 'a       1,234,567', 'longer          8'])
})

test('a resolution shows the callee, and says why it rejects', () => {
  const blank = ResolveResponse.decode(Buffer.alloc(0))
  const connect = {
    ...blank,
    outcome: Outcome.OUTCOME_CONNECT,
    callee: '13900000002',
    display: '7001',
    maxCallMs: 60_000,
  }
  expect(resolutionText(connect).split('\n')).toEqual([
    'outcome   connect',
    'callee    13900000002',
    'display   7001',
    'max call  1m',
  ])
  const reject = { ...blank, outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_ENDED }
  expect(resolutionText(reject)).toContain('The binding has ended.')
})

test('stats show shares and quotas', () => {
  const stats: GetStatsResponse = {
    pools: [
      {
        pool: 'city',
        numbers: 10_000,
        freeNumbers: 9_990,
        inUseNumbers: 8,
        coolingNumbers: 2,
        outOfServiceNumbers: 0,
        liveBindings: 2_500_000,
        coolingBindings: 3,
        capacity: 10_000_000,
      },
    ],
    tenants: [
      { tenant: 'demo', liveBindings: 12, numbersHeld: 10, quotas: { liveBindings: 1_000 } },
      { tenant: 'other', liveBindings: 0, numbersHeld: 0, quotas: undefined },
    ],
    nowMs: Date.UTC(2026, 2, 1, 8),
  }
  const text = statsText(stats)
  expect(text).toContain('25.0 %')
  expect(text).toContain('12 of 1,000')
  expect(text).toContain('10, no limit')
  expect(text).toContain('at 2026-03-01T08:00:00Z')
})

const exhausted = new XpoolError({
  code: status.RESOURCE_EXHAUSTED,
  message: 'no number fits pool city',
  reason: 'POOL_EXHAUSTED',
  domain: 'xpool',
  metadata: { candidates: '50000', in_use_by_a: '12', in_use_by_b: '0', cooling: '40000', field: 'pool' },
  retryAfterMs: 90_000,
})

test('a refusal reads as a sentence, with the counts by cause and when to retry', () => {
  expect(refusalText(exhausted).split('\n')).toEqual([
    'POOL_EXHAUSTED: No number of the pool can take this binding at present.',
    '  server says           no number fits pool city',
    '  numbers in the pool   50,000',
    '  numbers in use by A   12',
    '  numbers cooling down  40,000',
    '  field                 pool',
    '  retry                 not before 1m30s from now',
  ])
})

test('a refusal shows times as times and a cause in words', () => {
  const conflict = new XpoolError({
    ...exhausted,
    message: 'x',
    metadata: { from_ms: '1772352000000', cause: 'cooling' },
  })
  const text = refusalText(conflict)
  expect(text).toMatch(/from +2026-03-01T08:00:00Z/)
  expect(text).toMatch(/cause +cooling down/)
})

test('every reason of the gateway has its sentence', () => {
  expect(reasons.filter((reason) => meanings[reason] === undefined)).toEqual([])
})

test('a refusal that this version does not know still shows what the server says', () => {
  const strange = new XpoolError({ ...exhausted, message: 'the moon is full', reason: 'NEW_REASON', metadata: {} })
  expect(refusalText(strange)).toContain('NEW_REASON: the moon is full')
  const bare = new XpoolError({
    ...exhausted,
    code: 13,
    message: '',
    reason: '',
    metadata: {},
    retryAfterMs: undefined,
  })
  expect(refusalText(bare)).toBe('INTERNAL: the server gave no message')
})

test('a refusal as JSON', () => {
  expect(JSON.parse(JSON.stringify(refusalJson(exhausted)))).toEqual({
    error: {
      code: 'RESOURCE_EXHAUSTED',
      reason: 'POOL_EXHAUSTED',
      domain: 'xpool',
      message: 'no number fits pool city',
      metadata: { candidates: '50000', in_use_by_a: '12', in_use_by_b: '0', cooling: '40000', field: 'pool' },
      retry_after_ms: 90_000,
    },
  })
})

test('no answer names the server and what to do', () => {
  const late = new XpoolError({ ...exhausted, code: status.DEADLINE_EXCEEDED, domain: '', reason: '' })
  expect(unreachableText(late, '127.0.0.1:7700')).toContain('no answer from 127.0.0.1:7700 in time')
  const gone = new XpoolError({ ...late, code: status.UNAVAILABLE, message: 'ECONNREFUSED' })
  expect(unreachableText(gone, '127.0.0.1:7700')).toContain('Is xpoold running there?')
})

test.each([
  ['AX', { mode: Mode.MODE_AX }, 'anybody', 'reached by     anybody who dials the number'],
  [
    'AXE',
    { mode: Mode.MODE_AXE, extension: '0042' },
    '700123456780001 ext 0042',
    'reached by     anybody who dials the number and the extension',
  ],
  [
    'AXG',
    { mode: Mode.MODE_AXG, members: [{ number: '13900000002', verificationRef: '' }] },
    '1 member',
    '139******02',
  ],
])('a binding of mode %s says who reaches A, and whom A calls back', (_name, own, cell, line) => {
  const callback = Callback.CALLBACK_LAST_CALLER
  const options = { ...binding.options!, callback }
  const one = { ...binding, b: undefined, numberY: '', ...own, options }
  expect(table(bindingColumns(false), [one])).toContain(cell)
  expect(bindingText(one, false)).toContain(line)
  expect(bindingText(one, false)).toContain('callback       last caller within 1d')
  const without = { ...one, options: { ...options, callback: Callback.CALLBACK_NONE } }
  expect(bindingText(without, false)).toMatch(/callback +none$/)
})
