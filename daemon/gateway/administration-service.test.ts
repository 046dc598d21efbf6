import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import {
  AddNumbersRequest,
  ListNumbersRequest,
  Pool,
  Tenant,
  type UpdateTenantRequest,
} from '../generated/xpool/v1/administration.js'
import { type Mode, NumberState, Qualification, Selection } from '../generated/xpool/v1/types.js'
import { serve, unary, x, y } from './testing/serve.js'

type Served = Awaited<ReturnType<typeof serve>>
const nothing = new Uint8Array(0)
const tenant = (change: Partial<Tenant> = {}): Tenant => ({
  ...Tenant.decode(nothing),
  name: 'shop',
  qualification: Qualification.QUALIFICATION_APPROVED,
  ...change,
})
const pool = (change: Partial<Pool> = {}): Pool => ({ ...Pool.decode(nothing), name: 'north', ...change })

function asker(one: Served) {
  const client = one.administration
  return {
    createTenant: (value: Tenant | undefined) => unary(client.createTenant.bind(client), { tenant: value }),
    updateTenant: (request: UpdateTenantRequest) => unary(client.updateTenant.bind(client), request),
    createPool: (value: Pool) => unary(client.createPool.bind(client), { pool: value }),
    updatePool: (value: Pool, updateMask?: string[]) =>
      unary(client.updatePool.bind(client), { pool: value, updateMask }),
    addNumbers: (change: Partial<AddNumbersRequest>) =>
      unary(client.addNumbers.bind(client), { ...AddNumbersRequest.decode(nothing), pool: 'demo', ...change }),
    listNumbers: (change: Partial<ListNumbersRequest>) =>
      unary(client.listNumbers.bind(client), { ...ListNumbersRequest.decode(nothing), ...change }),
  }
}

describe('tenants and pools', () => {
  test('a new tenant: what is absent is left to the directory', async () => {
    await using one = await serve()
    const quotas = { liveBindings: 0, numbersHeld: 5 }
    expect(await asker(one).createTenant(tenant({ quotas: quotas as Tenant['quotas'] }))).toHaveProperty('ok')
    const [command] = one.directory.asked
    expect(command).toMatchObject({ type: 'create-tenant', name: 'shop', wanted: { qualification: 'APPROVED' } })
    if (command?.type !== 'create-tenant') throw new Error('another command')
    expect(command.wanted.quotas).toMatchObject({ liveBindings: 0, numbersHeld: 5, allocationsBurst: undefined })
    expect(command.wanted.policies?.modes).toBeUndefined()
  })

  test('with a mask, what it names and the message leaves absent is cleared, and nothing else changes', async () => {
    await using one = await serve()
    const changed = tenant({
      qualification: Qualification.QUALIFICATION_UNSPECIFIED,
      utcOffsetMinutes: 60,
      quotas: { numbersHeld: 5 } as Tenant['quotas'],
    })
    await asker(one).updateTenant({ tenant: changed, updateMask: ['quotas', 'policies.modes'] })
    expect(one.directory.asked[0]).toMatchObject({
      type: 'update-tenant',
      wanted: {
        qualification: undefined,
        utcOffsetMinutes: undefined,
        quotas: { numbersHeld: 5, liveBindings: null, allocationsPerSecond: null },
        policies: { modes: null, media: undefined, maxWindowMs: undefined },
      },
    })
  })

  test('a pool in the words of the core', async () => {
    await using one = await serve()
    await asker(one).createPool(pool({ tenants: ['demo'], selection: Selection.SELECTION_SPREAD, cooldownMs: 0 }))
    expect(one.directory.asked[0]).toMatchObject({
      type: 'create-pool',
      name: 'north',
      wanted: { tenants: ['demo'], selection: 'SPREAD', cooldownMs: 0, maxCallMs: undefined },
    })
  })

  test.each<[string, (ask: ReturnType<typeof asker>) => Promise<unknown>, string, string]>([
    ['no tenant', (ask) => ask.createTenant(undefined), 'FIELD_REQUIRED', 'tenant'],
    ['no name', (ask) => ask.createTenant(tenant({ name: '' })), 'FIELD_REQUIRED', 'tenant.name'],
    [
      'no qualification on create',
      (ask) => ask.createTenant(tenant({ qualification: 0 })),
      'INVALID_OPTION',
      'tenant.qualification',
    ],
    [
      'a qualification beyond the enum',
      (ask) => ask.createTenant(tenant({ qualification: 8 as Qualification })),
      'INVALID_OPTION',
      'tenant.qualification',
    ],
    [
      'a mode beyond the enum',
      (ask) => ask.createTenant(tenant({ policies: { modes: [9 as Mode], media: [] } as never })),
      'INVALID_OPTION',
      'tenant.policies.modes[0]',
    ],
    ['a negative cooldown', (ask) => ask.createPool(pool({ cooldownMs: -1 })), 'INVALID_OPTION', 'pool.cooldown_ms'],
    ['a mask of nothing', (ask) => ask.updatePool(pool(), ['name']), 'INVALID_OPTION', 'update_mask'],
    [
      'a block of none',
      (ask) => ask.addNumbers({ blocks: [{ first: x, count: 0 }] }),
      'INVALID_OPTION',
      'blocks[0].count',
    ],
    ['a long area', (ask) => ask.addNumbers({ area: 'a'.repeat(65) }), 'FIELD_TOO_LONG', 'area'],
  ])('%s is refused', async (_name, call, reason, field) => {
    await using one = await serve()
    expect(await call(asker(one))).toMatchObject({ code: status.INVALID_ARGUMENT, reason, metadata: { field } })
    expect(one.directory.asked).toEqual([])
  })

  test("the directory's refusals keep their reason", async () => {
    await using one = await serve()
    one.directory.answerNext = { ok: false, reason: 'NUMBER_EXISTS', message: 'taken', field: 'numbers' }
    expect(await asker(one).addNumbers({ numbers: [x] })).toMatchObject({
      code: status.ALREADY_EXISTS,
      reason: 'NUMBER_EXISTS',
    })
  })

  test('lists go by name, page by page', async () => {
    await using one = await serve()
    for (const name of ['zoo', 'ant']) await asker(one).createTenant(tenant({ name }))
    const client = one.administration
    const page = async (pageToken: string) => {
      const came = await unary(client.listTenants.bind(client), { pageSize: 2, pageToken })
      if (!('ok' in came)) throw new Error(came.reason)
      return came.ok
    }
    const first = await page('')
    expect(first.tenants.map(({ name }) => name)).toEqual(['ant', 'demo'])
    const second = await page(first.nextPageToken)
    expect(second).toMatchObject({ tenants: [{ name: 'zoo' }], nextPageToken: '' })
  })
})

describe('numbers and counts', () => {
  test('a number with its occupancy', async () => {
    await using one = await serve()
    await one.allocate()
    const client = one.administration
    expect(await unary(client.getNumber.bind(client), { number: `+${x}` })).toMatchObject({
      ok: { number: { number: x, pool: 'demo', state: NumberState.NUMBER_STATE_IN_SERVICE, liveBindings: 1 } },
    })
    expect(await unary(client.getNumber.bind(client), { number: '404' })).toMatchObject({ code: status.NOT_FOUND })
  })

  test('numbers by pool and state, page by page', async () => {
    await using one = await serve()
    const ask = asker(one)
    const first = await ask.listNumbers({ pageSize: 1 })
    if (!('ok' in first)) throw new Error(first.reason)
    expect(first.ok.numbers.map(({ number }) => number)).toEqual([x])
    const second = await ask.listNumbers({ pageSize: 1, pageToken: first.ok.nextPageToken })
    expect(second).toMatchObject({ ok: { numbers: [{ number: y }] } })
    expect(await ask.listNumbers({ state: NumberState.NUMBER_STATE_FROZEN })).toMatchObject({ ok: { numbers: [] } })
    expect(await ask.listNumbers({ pool: 'nowhere' })).toMatchObject({ reason: 'POOL_NOT_FOUND' })
  })

  test('a state goes to one number or a block', async () => {
    await using one = await serve()
    const client = one.administration
    const set = (target: never, state: NumberState) =>
      unary(client.setNumberState.bind(client), { target, state, reason: 'r' })
    await set({ $case: 'number', value: x } as never, NumberState.NUMBER_STATE_FROZEN)
    expect(one.directory.asked[0]).toEqual({
      type: 'set-number-state',
      target: { number: x },
      state: 'FROZEN',
      reason: 'r',
    })
    expect(await set(undefined as never, NumberState.NUMBER_STATE_FROZEN)).toMatchObject({ reason: 'FIELD_REQUIRED' })
    expect(await set({ $case: 'number', value: x } as never, 0)).toMatchObject({ metadata: { field: 'state' } })
  })

  test('counts under names, and the clock', async () => {
    await using one = await serve()
    const client = one.administration
    expect(await unary(client.getStats.bind(client), { pool: '' })).toMatchObject({
      ok: {
        pools: [{ pool: 'demo', numbers: 2, capacity: 2_000 }],
        tenants: [{ tenant: 'demo', liveBindings: 1 }],
        nowMs: one.clock.at,
      },
    })
    expect(await unary(client.confirmClock.bind(client), {})).toEqual({ ok: { nowMs: one.clock.at } })
  })
})
