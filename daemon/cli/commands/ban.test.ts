import { expect, test } from 'vitest'
import type { CannedMethods } from '../../client/canned-server.js'
import type {
  BanCallerRequest,
  ListBansRequest,
  RemoveNumbersRequest,
  UnbanCallerRequest,
} from '../../generated/xpool/v1/administration.js'
import type { BanPartyCallerRequest, UnbanPartyCallerRequest } from '../../generated/xpool/v1/allocation.js'
import { runCanned as xpool } from '../canned-run.js'

test("ban add and remove: for everybody, or by the tenant itself, or by an operator in a tenant's bindings", async () => {
  const byOperator: (BanCallerRequest | UnbanCallerRequest)[] = []
  const byTenant: (BanPartyCallerRequest | UnbanPartyCallerRequest)[] = []
  const methods: CannedMethods = {
    banCaller: ({ request }, answer) => {
      byOperator.push(request)
      answer(null, {})
    },
    unbanCaller: ({ request }, answer) => {
      byOperator.push(request)
      answer(null, { lifted: false })
    },
    banPartyCaller: ({ request }, answer) => {
      byTenant.push(request)
      answer(null, {})
    },
    unbanPartyCaller: ({ request }, answer) => {
      byTenant.push(request)
      answer(null, { lifted: true })
    },
  }
  const forever = await xpool(methods, ...'ban add 13700000003 --reason threats'.split(' '))
  expect(forever).toMatchObject({ code: 0, out: "banned from everybody's bindings, until it is lifted" })
  const until = '--callee 13800000001 --tenant shop --until 2026-03-01T08:00Z'.split(' ')
  expect((await xpool(methods, 'ban', 'add', '13700000003', ...until)).out).toBe(
    'banned from one party in the bindings of shop until 2026-03-01T08:00:00Z',
  )
  const before = Date.now()
  await xpool(methods, ...'ban add 13700000003 --tenant shop --as-operator --for 2h'.split(' '))
  expect((await xpool(methods, 'ban', 'remove', '13700000003')).out).toContain('there was no such ban')
  expect((await xpool(methods, 'ban', 'remove', '13700000003', '--tenant', 'shop')).out).toBe('lifted')
  expect(byOperator).toMatchObject([
    { caller: '13700000003', callee: '', tenant: '', reason: 'threats' },
    { caller: '13700000003', callee: '', tenant: 'shop' },
    { caller: '13700000003', callee: '', tenant: '' },
  ])
  expect((byOperator[0] as BanCallerRequest).untilMs).toBeUndefined()
  const { untilMs } = byOperator[1] as BanCallerRequest
  expect(untilMs! - 7_200_000).toBeGreaterThanOrEqual(before)
  expect(untilMs! - 7_200_000).toBeLessThanOrEqual(Date.now())
  expect(byTenant).toMatchObject([
    { tenant: 'shop', caller: '13700000003', callee: '13800000001', untilMs: Date.UTC(2026, 2, 1, 8) },
    { tenant: 'shop', caller: '13700000003', callee: '' },
  ])
})

test('ban list', async () => {
  const got: ListBansRequest[] = []
  const listBans: CannedMethods['listBans'] = ({ request }, answer) => {
    got.push(request)
    const ban = { caller: '137******03', callee: '', tenant: '', reason: 'threats', sinceMs: Date.UTC(2026, 2, 1, 8) }
    const party = { ...ban, callee: '138******01', tenant: 'shop', untilMs: Date.UTC(2026, 2, 2, 8) }
    answer(null, { bans: got.length === 1 ? [ban, party] : [], nextPageToken: '' })
  }
  const { out } = await xpool({ listBans }, ...'ban list --tenant shop --caller 13700000003'.split(' '))
  expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['CALLER', 'MAY NOT REACH', 'TENANT', 'SINCE', 'UNTIL', 'REASON'],
    ['137******03', 'anybody', 'all', '2026-03-01T08:00:00Z', 'lifted', 'threats'],
    ['137******03', '138******01', 'shop', '2026-03-01T08:00:00Z', '2026-03-02T08:00:00Z', 'threats'],
  ])
  expect(got[0]).toMatchObject({ tenant: 'shop', caller: '13700000003', pageSize: 100 })
  expect((await xpool({ listBans }, 'ban', 'list')).out).toBe('no bans')
})

test('number remove: single numbers or ranges', async () => {
  const got: RemoveNumbersRequest[] = []
  const removeNumbers: CannedMethods['removeNumbers'] = ({ request }, answer) => {
    got.push(request)
    answer(null, { removed: 101 })
  }
  const ranges = 'number remove --pool city --block 700123456780000:100 7010:1 --reason returned'.split(' ')
  expect((await xpool({ removeNumbers }, ...ranges)).out).toBe('removed from pool city: 101 numbers')
  await xpool({ removeNumbers }, 'number', 'remove', '7001', '7002', '--pool', 'city')
  expect(got[0]).toMatchObject({
    pool: 'city',
    numbers: [],
    blocks: [{ first: '700123456780000', count: 100 }, { first: '7010' }],
    reason: 'returned',
  })
  expect(got[1]).toMatchObject({ numbers: ['7001', '7002'], blocks: [] })
  expect((await xpool({}, 'number', 'remove', '--pool', 'city')).code).toBe(2)
})
