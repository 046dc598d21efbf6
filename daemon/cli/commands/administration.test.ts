import { expect, test } from 'vitest'
import type { CannedMethods } from '../../client/canned-server.js'
import {
  type AddNumbersRequest,
  GetStatsResponse,
  type ListNumbersRequest,
  type SetNumberStateRequest,
  type UpdatePoolRequest,
  type UpdateTenantRequest,
} from '../../generated/xpool/v1/administration.js'
import { Mode, NumberState, Qualification } from '../../generated/xpool/v1/types.js'
import { runCanned as xpool } from '../canned-run.js'

test('a list follows short pages until it has what was asked for, and says how to go on', async () => {
  const got: ListNumbersRequest[] = []
  const listNumbers: CannedMethods['listNumbers'] = ({ request }, answer) => {
    got.push(request)
    const number = {
      pool: 'demo',
      area: '',
      state: NumberState.NUMBER_STATE_IN_SERVICE,
      liveBindings: 0,
      coolingBindings: 0,
    }
    const many = Math.min(2, request.pageSize)
    const numbers = Array.from({ length: many }, (_, i) => ({ ...number, number: `700${got.length}${i}` }))
    answer(null, { numbers, nextPageToken: got.length < 5 ? `t${got.length}` : '' })
  }
  const three = await xpool({ listNumbers }, 'number', 'list', '--limit', '3', '--state', 'in-service')
  expect(got.map((r) => [r.pageSize, r.pageToken, r.state])).toEqual([
    [3, '', 1],
    [1, 't1', 1],
  ])
  expect(three.out.split('\n')).toHaveLength(5)
  expect(three.out).toContain('more: --page-token t2')
  got.length = 0
  const all = await xpool({ listNumbers }, 'number', 'list', '--all', '--json')
  expect(JSON.parse(all.out).numbers).toHaveLength(10)
  expect(got.every((r) => r.pageSize === 1_000)).toBe(true)
})

test('tenant create and update: quotas, policies, and a mask only with --clear', async () => {
  const got: UpdateTenantRequest[] = []
  const updateTenant: CannedMethods['updateTenant'] = ({ request }, answer) => {
    got.push(request)
    answer(null, { tenant: request.tenant })
  }
  const createTenant: CannedMethods['createTenant'] = ({ request }, answer) => {
    expect(request.tenant).toMatchObject({
      qualification: Qualification.QUALIFICATION_APPROVED,
      utcOffsetMinutes: -300,
    })
    answer(null, { tenant: request.tenant })
  }
  const create = 'tenant create shop --qualification approved --live-bindings 0 --utc-offset-minutes -300'.split(' ')
  const created = await xpool({ createTenant }, ...create)
  expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/live bindings +0\n/) })
  expect(created.out).toContain('-05:00')
  expect(created.out).toMatch(/numbers held +no limit/)
  const update = 'tenant update shop --numbers-held 50 --modes axb axyb --no-order-id-required'.split(' ')
  await xpool({ updateTenant }, ...update)
  expect(got[0]!.updateMask).toBeUndefined()
  expect(got[0]!.tenant).toMatchObject({
    quotas: { numbersHeld: 50 },
    policies: { modes: [Mode.MODE_AXB, Mode.MODE_AXYB], orderIdRequired: false },
  })
  await xpool({ updateTenant }, ...update, '--clear', 'live-bindings', 'max-window')
  expect(got[1]!.updateMask?.toSorted()).toEqual([
    'policies.max_window_ms',
    'policies.modes',
    'policies.order_id_required',
    'quotas.live_bindings',
    'quotas.numbers_held',
  ])
})

test('pool update clears by mask', async () => {
  const got: UpdatePoolRequest[] = []
  const updatePool: CannedMethods['updatePool'] = ({ request }, answer) => {
    got.push(request)
    answer(null, { pool: request.pool })
  }
  const args = 'pool update city --tenants demo shop --default-ttl 2h --clear fallback-number unmatched'.split(' ')
  const { out } = await xpool({ updatePool }, ...args)
  expect(got[0]!.updateMask?.toSorted()).toEqual(['default_ttl_ms', 'fallback_number', 'tenants', 'unmatched'])
  expect(got[0]!.pool).toMatchObject({ name: 'city', tenants: ['demo', 'shop'], defaultTtlMs: 7_200_000 })
  expect(out).toMatch(/default ttl +2h/)
})

test('number add and state: single numbers and ranges', async () => {
  const added: AddNumbersRequest[] = []
  const states: SetNumberStateRequest[] = []
  const methods: CannedMethods = {
    addNumbers: ({ request }, answer) => {
      added.push(request)
      answer(null, { added: 10_001, live: 10_001 })
    },
    setNumberState: ({ request }, answer) => {
      states.push(request)
      answer(null, { changed: 100 })
    },
  }
  const range = await xpool(methods, 'number', 'add', '--pool', 'p', '--block', '700123456780000:10000', '7010:1')
  expect(range.out).toBe('live in pool p: 10,001 numbers')
  await xpool(methods, 'number', 'add', '7001', '7002', '--pool', 'p', '--area', 'paris')
  expect(added[0]).toMatchObject({ numbers: [], blocks: [{ first: '700123456780000', count: 10_000 }, { count: 1 }] })
  expect(added[1]).toMatchObject({ numbers: ['7001', '7002'], blocks: [], area: 'paris', importId: '', last: false })
  await xpool(methods, 'number', 'state', '7001', '--state', 'frozen', '--reason', 'complaint')
  await xpool(methods, 'number', 'state', '--block', '7001:100', '--state', 'retired')
  expect(states[0]).toMatchObject({ target: { $case: 'number', value: '7001' }, state: 3, reason: 'complaint' })
  expect(states[1]).toMatchObject({ target: { $case: 'block', value: { first: '7001', count: 100 } }, state: 5 })
})

test('stats and clock confirm', async () => {
  const methods: CannedMethods = {
    getStats: (_call, answer) =>
      answer(null, { ...GetStatsResponse.decode(Buffer.alloc(0)), nowMs: 1_772_352_000_000 }),
    confirmClock: (_call, answer) => answer(null, { nowMs: 1_772_352_000_000 }),
  }
  expect((await xpool(methods, 'stats')).out).toContain('no pools')
  expect((await xpool(methods, 'clock', 'confirm')).out).toBe("the server's time is 2026-03-01T08:00:00Z")
  expect(JSON.parse((await xpool(methods, 'clock', 'confirm', '--json')).out)).toEqual({ now_ms: 1_772_352_000_000 })
})
