/** Bad input of every kind gets the fitting code and reason, names the field, and changes nothing. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import type { XpoolError } from '../../daemon/client/error.js'
import { AllocateRequest, UpdateRequest } from '../../daemon/generated/xpool/v1/allocation.js'
import { ResolveRequest } from '../../daemon/generated/xpool/v1/resolution.js'
import { type Binding, type Callback, Mode, NumberState, Qualification } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { callRaw, varintField } from './raw.js'
import * as world from './world.js'

const { allocate, axb, blankPool, blankTenant, lend, party, person, refusal, ttl } = world

let data: string
let daemon: Daemon
let client: XpoolClient
let lent: world.Lent
let live: Binding
let before: string

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
  client = daemon.connect()
  lent = await lend(client, { pool: { maxCooldownMs: 3_600_000, minCooldownMs: 1_000 } })
  live = await allocate(client, axb(lent, person(), person()))
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

/** All that an operator and the tenant can see. */
async function everything(): Promise<string> {
  const { nowMs: _, ...stats } = await client.getStats({})
  const { bindings } = await client.listBindings({ tenant: lent.tenant })
  const { tenants } = await client.listTenants({})
  const { pools } = await client.listPools({})
  const { numbers } = await client.listNumbers({ pool: lent.pool })
  return JSON.stringify({ stats, bindings, tenants, pools, numbers })
}

beforeEach(async () => {
  before = await everything()
})

afterEach(async () => {
  expect(await everything()).toBe(before)
})

function expectRefused(error: XpoolError, code: string, reason: string, field: string): void {
  const found = { code: error.codeName, reason: error.reason, domain: error.domain }
  expect(found).toEqual({ code, reason, domain: 'xpool' })
  // A deeper place in the field, such as a.number or media[1], is as good.
  expect(error.metadata['field']).toMatch(new RegExp(`^${field}($|[.[])`))
  expect(error.retryAfterMs).toBeUndefined()
}

const long = (bytes: number) => 'x'.repeat(bytes)
const good = () => axb(lent, person(), person())
const past2100 = 4_102_444_800_000

const allocations: [string, string, string, () => world.Wanted | Promise<world.Wanted>][] = [
  ['no pool', 'FIELD_REQUIRED pool', '', () => ({ ...good(), pool: '' })],
  ['an unknown pool', 'POOL_NOT_FOUND pool', 'NOT_FOUND', () => ({ ...good(), pool: 'nowhere' })],
  ['an unknown tenant', 'TENANT_NOT_FOUND tenant', 'NOT_FOUND', () => ({ ...good(), tenant: 'nobody' })],
  ['no mode', 'INVALID_MODE mode', '', () => ({ ...good(), mode: Mode.MODE_UNSPECIFIED })],
  ['an unknown mode', 'INVALID_MODE mode', '', () => ({ ...good(), mode: 99 as Mode })],
  ['a negative mode', 'INVALID_MODE mode', '', () => ({ ...good(), mode: -7 as Mode })],
  ['no a', 'INVALID_NUMBER a', '', () => ({ ...good(), a: undefined })],
  ['no b', 'INVALID_NUMBER b', '', () => ({ ...good(), b: undefined })],
  ['letters in a', 'INVALID_NUMBER a.number', '', () => ({ ...good(), a: party('13x00') })],
  ['digits of another script', 'INVALID_NUMBER a.number', '', () => ({ ...good(), a: party('١٣٨٠٠١٣٨٠٠٠') })],
  ['two digits', 'INVALID_NUMBER b.number', '', () => ({ ...good(), b: party('12') })],
  ['21 digits', 'INVALID_NUMBER b.number', '', () => ({ ...good(), b: party('1'.repeat(21)) })],
  ['an empty number', 'INVALID_NUMBER a.number', '', () => ({ ...good(), a: party('') })],
  ['two plus signs', 'INVALID_NUMBER a.number', '', () => ({ ...good(), a: party('++13800138000') })],
  ['a party in a pool', 'INVALID_NUMBER a.number', '', () => ({ ...good(), a: party(lent.numbers[0]!) })],
  ['both parties the same', 'SAME_PARTY b', '', () => axb(lent, live.a!.number, live.a!.number)],
  ['the same but for a plus', 'SAME_PARTY b', '', () => axb(lent, live.a!.number, `+${live.a!.number}`)],
  ['a number that is none', 'INVALID_NUMBER number', '', () => ({ ...good(), number: 'abc' })],
  [
    'a number of no pool',
    'NUMBER_UNAVAILABLE number',
    'FAILED_PRECONDITION',
    () => ({ ...good(), number: '70011122233' }),
  ],
  ['a long verification', 'FIELD_TOO_LONG a.verification_ref', '', () => verified(long(129))],
  ['a long request id', 'FIELD_TOO_LONG request_id', '', () => ({ ...good(), requestId: long(129) })],
  ['a long order id', 'FIELD_TOO_LONG order_id', '', () => ({ ...good(), orderId: long(129) })],
  ['3 MiB of user data', 'FIELD_TOO_LONG user_data', '', () => ({ ...good(), userData: Buffer.alloc(3 * 1_048_576) })],
  ['2,049 bytes of user data', 'FIELD_TOO_LONG user_data', '', () => ({ ...good(), userData: Buffer.alloc(2_049) })],
  ['ttl 0', 'INVALID_WINDOW ttl_ms', '', () => ({ ...good(), expiry: ttl(0) })],
  ['a negative ttl', 'INVALID_WINDOW ttl_ms', '', () => ({ ...good(), expiry: ttl(-1) })],
  ['a ttl of centuries', 'INVALID_WINDOW ttl_ms', '', () => ({ ...good(), expiry: ttl(past2100) })],
  ['a window above the longest', 'INVALID_WINDOW ttl_ms', '', () => ({ ...good(), expiry: ttl(401 * 86_400_000) })],
  ['no end', 'INVALID_WINDOW expiry', '', () => ({ ...good(), expiry: undefined })],
  ['an end in the past', 'INVALID_WINDOW end_ms', '', async () => ({ ...good(), expiry: end(await now(-1)) })],
  ['an end beyond 2100', 'INVALID_WINDOW end_ms', '', () => ({ ...good(), expiry: end(past2100) })],
  [
    'an end before the start',
    'INVALID_WINDOW end_ms',
    '',
    async () => ({ ...(await booked(5_000)), expiry: end(await now(4_000)) }),
  ],
  ['a start an hour ago', 'INVALID_WINDOW start_ms', '', async () => ({ ...(await booked(-3_600_000)) })],
  ['a negative start', 'INVALID_WINDOW start_ms', '', () => ({ ...good(), startMs: -5 })],
  ['a booking too far ahead', 'INVALID_WINDOW start_ms', '', async () => booked(401 * 86_400_000)],
  ['a negative cooldown', 'INVALID_WINDOW cooldown_ms', '', () => ({ ...good(), cooldownMs: -1 })],
  ['a cooldown below the pool', 'INVALID_WINDOW cooldown_ms', '', () => ({ ...good(), cooldownMs: 999 })],
  ['a cooldown above the pool', 'INVALID_WINDOW cooldown_ms', '', () => ({ ...good(), cooldownMs: 3_600_001 })],
  ['grace above the cooldown', 'INVALID_WINDOW grace_ms', '', () => ({ ...good(), cooldownMs: 1_000, graceMs: 1_001 })],
  ['a negative grace', 'INVALID_WINDOW grace_ms', '', () => ({ ...good(), graceMs: -1 })],
  ['an unknown direction', 'INVALID_OPTION direction', '', () => ({ ...good(), direction: 9 as never })],
  [
    'an unknown grace direction',
    'INVALID_OPTION grace_direction',
    '',
    () => ({ ...good(), graceDirection: 9 as never }),
  ],
  ['an unknown medium', 'INVALID_OPTION media', '', () => ({ ...good(), media: [1, 99] as never })],
  ['an unknown selection', 'INVALID_OPTION selection', '', () => ({ ...good(), selection: 42 as never })],
  ['an unknown callback', 'INVALID_OPTION callback', '', () => ({ ...good(), callback: 42 as Callback })],
  ['a call of under a second', 'INVALID_OPTION max_call_ms', '', () => ({ ...good(), maxCallMs: 999 })],
  ['a call of over a day', 'INVALID_OPTION max_call_ms', '', () => ({ ...good(), maxCallMs: 86_400_001 })],
  ['negative max_calls', 'INVALID_OPTION max_calls', '', () => ({ ...good(), maxCalls: -1 })],
  ['nine areas', 'TOO_MANY areas', '', () => ({ ...good(), areas: [...'abcdefghi'] })],
  ['a long area', 'FIELD_TOO_LONG areas', '', () => ({ ...good(), areas: [long(65)] })],
]

function end(value: number) {
  return { $case: 'endMs', value } as const
}

async function now(offsetMs: number): Promise<number> {
  return (await world.nowOf(client)) + offsetMs
}

async function booked(offsetMs: number): Promise<world.Wanted> {
  return { ...good(), startMs: await now(offsetMs) }
}

function verified(verificationRef: string): world.Wanted {
  return { ...good(), a: { number: person(), verificationRef } }
}

test.each(allocations)('Allocate with %s: %s', async (_, expected, code, request) => {
  const [reason, field] = expected.split(' ') as [string, string]
  expectRefused(await refusal(client.allocate(await request())), code || 'INVALID_ARGUMENT', reason, field)
})

describe('an int64 beyond 2^53', () => {
  const beyond = 2n ** 53n + 1n
  const wanted = (): AllocateRequest => ({
    ...AllocateRequest.decode(new Uint8Array()),
    ...(good() as AllocateRequest),
  })
  const fields: [string, number, bigint][] = [
    ['start_ms', 12, beyond],
    ['end_ms', 13, 2n ** 62n],
    ['ttl_ms', 14, beyond],
    ['ttl_ms', 14, -(2n ** 62n)],
    ['cooldown_ms', 15, 2n ** 63n - 1n],
    ['max_calls', 21, -beyond],
  ]
  test.each(fields)('in %s of Allocate', async (field, tag, value) => {
    const request = Buffer.concat([AllocateRequest.encode(wanted()).finish(), varintField(tag, value)])
    const error = await refusal(callRaw(daemon.grpc, '/xpool.v1.AllocationService/Allocate', request))
    expect([error.codeName, error.metadata['field']]).toEqual(['INVALID_ARGUMENT', field])
  })

  test('in end_ms of Update', async () => {
    const update = UpdateRequest.encode({
      ...UpdateRequest.decode(new Uint8Array()),
      bindingId: live.bindingId,
    }).finish()
    const request = Buffer.concat([update, varintField(4, beyond)])
    const error = await refusal(callRaw(daemon.grpc, '/xpool.v1.AllocationService/Update', request))
    expect([error.codeName, error.metadata['field']]).toEqual(['INVALID_ARGUMENT', 'end_ms'])
  })
})

test.each(['/xpool.v1.AllocationService/Allocate', '/xpool.v1.ResolutionService/Resolve'])(
  'bytes that are no message fail %s alone, and the daemon goes on',
  async (path) => {
    const garbage = Buffer.from('ff'.repeat(40), 'hex')
    const error = await refusal(callRaw(daemon.grpc, path, garbage))
    expect(['INVALID_ARGUMENT', 'INTERNAL']).toContain(error.codeName)
    expect(await world.ask(client, live.number, live.a!.number)).toContain(live.b!.number)
  },
)

const changes: [string, string, string, () => object][] = [
  ['an id that is none', 'BINDING_NOT_FOUND binding_id', 'NOT_FOUND', () => ({ bindingId: 'no such thing' })],
  ['no id', 'FIELD_REQUIRED binding_id', 'INVALID_ARGUMENT', () => ({ bindingId: '' })],
]

test.each(changes)('Release, Update and GetBinding with %s', async (_, expected, code, request) => {
  const [reason, field] = expected.split(' ') as [string, string]
  for (const method of ['release', 'update', 'getBinding'] as const) {
    expectRefused(await refusal(client[method](request())), code, reason, field)
  }
})

const updates: [string, string, () => object | Promise<object>][] = [
  ['letters in b', 'INVALID_NUMBER b.number', () => ({ b: party('abc') })],
  ['b the same as a', 'SAME_PARTY b', () => ({ b: party(live.a!.number) })],
  ['an end in the past', 'INVALID_WINDOW end_ms', async () => ({ endMs: await now(-10) })],
  ['an end of 0', 'INVALID_WINDOW end_ms', () => ({ endMs: 0 })],
  ['an end beyond the longest window', 'INVALID_WINDOW end_ms', async () => ({ endMs: await now(401 * 86_400_000) })],
  ['an unknown direction', 'INVALID_OPTION direction', () => ({ direction: 77 })],
  ['too much user data', 'FIELD_TOO_LONG user_data', () => ({ userData: Buffer.alloc(2_049) })],
  ['grace above the cooldown', 'INVALID_WINDOW grace_ms', () => ({ cooldownMs: 1_000, graceMs: 2_000 })],
]

test.each(updates)('Update with %s: %s', async (_, expected, change) => {
  const [reason, field] = expected.split(' ') as [string, string]
  const request = { bindingId: live.bindingId, ...(await change()) }
  expectRefused(await refusal(client.update(request)), 'INVALID_ARGUMENT', reason, field)
})

test('Update of a and b both at once is refused', async () => {
  const request = { bindingId: live.bindingId, a: party(person()), b: party(person()) }
  expect((await refusal(client.update(request))).codeName).toBe('INVALID_ARGUMENT')
})

test('Resolve answers a withheld caller, and refuses what is no dialled number', async () => {
  for (const caller of ['', 'anonymous', '+', '12', '1'.repeat(21), long(500)]) {
    expect(await world.ask(client, live.number, caller)).toBe('ANONYMOUS_CALLER')
  }
  for (const number of ['', 'abc', '1'.repeat(21)]) {
    expectRefused(await refusal(world.call(client, number, person())), 'INVALID_ARGUMENT', 'INVALID_NUMBER', 'number')
  }
  const odd = { ...ResolveRequest.decode(new Uint8Array()), number: live.number, caller: live.a!.number }
  expectRefused(
    await refusal(client.resolve({ ...odd, media: 9 as never })),
    'INVALID_ARGUMENT',
    'INVALID_OPTION',
    'media',
  )
})

const first = world.block(10)[0]!
const block = (start: string, count: number) => ({ blocks: [{ first: start, count }] })
const numbers: [string, string, string, () => object][] = [
  ['an unknown pool', 'POOL_NOT_FOUND pool', 'NOT_FOUND', () => ({ pool: 'nowhere', ...block(first, 1) })],
  ['nothing', 'INVALID_ARGUMENT', '', () => ({})],
  ['a block of none', 'INVALID_ARGUMENT', '', () => block(first, 0)],
  ['a block of less than none', 'INVALID_ARGUMENT', '', () => block(first, -3)],
  ['more than 50,000', 'INVALID_ARGUMENT', '', () => block(first, 50_001)],
  ['letters', 'INVALID_ARGUMENT', '', () => ({ numbers: ['12345x'] })],
  ['a block that runs out of digits', 'INVALID_ARGUMENT', '', () => block('995', 10)],
  ['a number twice', '', '', () => ({ numbers: [first, first] })],
  ['a block that overlaps one that exists', 'ALREADY_EXISTS', '', () => block(lent.numbers[0]!, 5)],
  ['a long area', 'INVALID_ARGUMENT', '', () => ({ area: long(65), ...block(first, 1) })],
]

test.each(numbers)('AddNumbers with %s', async (_, expected, __, request) => {
  const error = await refusal(client.addNumbers({ pool: lent.pool, ...request() }))
  if (expected === '') expect(['INVALID_ARGUMENT', 'ALREADY_EXISTS']).toContain(error.codeName)
  else expect([error.codeName, error.reason, `${error.reason} ${error.metadata['field']}`]).toContain(expected)
  expect(error.metadata['field']).toBeTruthy()
})

const operations: [string, string, () => Promise<unknown>][] = [
  ['a tenant without a name', 'name', () => client.createTenant({ tenant: approved('') })],
  ['a tenant with a bad name', 'name', () => client.createTenant({ tenant: approved('No Such Name!') })],
  ['a tenant with a long name', 'name', () => client.createTenant({ tenant: approved('n'.repeat(65)) })],
  ['a tenant without a qualification', 'qualification', () => client.createTenant({ tenant: tenant('q', 0) })],
  ['a tenant with an unknown qualification', 'qualification', () => client.createTenant({ tenant: tenant('q', 55) })],
  ['no tenant', 'tenant', () => client.createTenant({})],
  [
    'an offset of two days',
    'utc_offset_minutes',
    () => client.createTenant({ tenant: { ...approved('q'), utcOffsetMinutes: 2_880 } }),
  ],
  [
    'a negative quota',
    'live_bindings',
    () => client.createTenant({ tenant: { ...approved('q'), quotas: { liveBindings: -1 } } }),
  ],
  ['a pool without a name', 'name', () => client.createPool({ pool: pool({ name: '' }) })],
  ['a pool with a negative cooldown', 'cooldown_ms', () => client.createPool({ pool: pool({ cooldownMs: -1 }) })],
  [
    'a pool with bounds crossed',
    'cooldown_ms',
    () => client.createPool({ pool: pool({ minCooldownMs: 9, maxCooldownMs: 3 }) }),
  ],
  [
    'a pool with no capacity',
    'max_bindings_per_number',
    () => client.createPool({ pool: pool({ maxBindingsPerNumber: 0 }) }),
  ],
  ['a pool with 91 % spare', 'spare_percent', () => client.createPool({ pool: pool({ sparePercent: 91 }) })],
  [
    'a pool with an unknown selection',
    'selection',
    () => client.createPool({ pool: pool({ selection: 12 as never }) }),
  ],
  [
    'a fallback to nowhere',
    'fallback_number',
    () => client.createPool({ pool: pool({ unmatched: 2, fallbackNumber: '' }) }),
  ],
  [
    'a number state that is none',
    'state',
    () => client.setNumberState({ target: lentNumber(), state: NumberState.NUMBER_STATE_UNSPECIFIED }),
  ],
  ['a number state unknown', 'state', () => client.setNumberState({ target: lentNumber(), state: 33 as NumberState })],
  ['a state for no number', 'number', () => client.setNumberState({ state: NumberState.NUMBER_STATE_FROZEN })],
  ['a page of minus one', 'page_size', () => client.listTenants({ pageSize: -1 })],
  ['a page of a million', 'page_size', () => client.listBindings({ tenant: lent.tenant, pageSize: 1_000_000 })],
  ['a page token that is none', 'page_token', () => client.listNumbers({ pageToken: '\u0000not a token' })],
]

const tenant = (name: string, qualification: number) => ({ ...blankTenant(), name, qualification })
const approved = (name: string) => tenant(name, Qualification.QUALIFICATION_APPROVED)
const pool = (some: object) => ({ ...blankPool(), name: 'q', tenants: [lent.tenant], ...some })
const lentNumber = () => ({ $case: 'number', value: lent.numbers[0]! }) as const

test.each(operations)('%s: INVALID_ARGUMENT, naming %s', async (_, field, operate) => {
  const error = await refusal(operate())
  expect([error.codeName, error.domain]).toEqual(['INVALID_ARGUMENT', 'xpool'])
  expect(error.metadata['field']).toContain(field)
})
