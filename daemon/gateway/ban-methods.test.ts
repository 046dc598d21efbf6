import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { BanCallerRequest, ListBansRequest, RemoveNumbersRequest } from '../generated/xpool/v1/administration.js'
import { Reason } from '../generated/xpool/v1/resolution.js'
import { a, allocateRequest, b, nowMs, serve, unary, x } from './testing/serve.js'

type Served = Awaited<ReturnType<typeof serve>>

const nothing = new Uint8Array(0)

function asker({ administration, allocation }: Served) {
  const banRequest = (change: Partial<BanCallerRequest>) => ({
    ...BanCallerRequest.decode(nothing),
    caller: b,
    ...change,
  })
  return {
    ban: (change: Partial<BanCallerRequest> = {}) =>
      unary(administration.banCaller.bind(administration), banRequest(change)),
    banAsTenant: (change: Partial<BanCallerRequest> = {}) =>
      unary(allocation.banPartyCaller.bind(allocation), banRequest({ tenant: 'demo', ...change })),
    unban: (tenant: string) => unary(administration.unbanCaller.bind(administration), { caller: b, callee: a, tenant }),
    unbanAsTenant: (tenant: string) =>
      unary(allocation.unbanPartyCaller.bind(allocation), { caller: b, callee: a, tenant }),
    list: (change: Partial<ListBansRequest> = {}) =>
      unary(administration.listBans.bind(administration), { ...ListBansRequest.decode(nothing), ...change }),
    remove: (change: Partial<RemoveNumbersRequest>) =>
      unary(administration.removeNumbers.bind(administration), {
        ...RemoveNumbersRequest.decode(nothing),
        pool: 'demo',
        ...change,
      }),
  }
}

describe('bans', () => {
  test('an operator bans for everybody or for one tenant, a tenant for itself alone', async () => {
    await using one = await serve()
    const ask = asker(one)
    await ask.ban({ caller: `+0086${b}`, reason: 'spam' })
    await ask.ban({ tenant: 'demo', callee: a, untilMs: nowMs + 1 })
    await ask.banAsTenant()
    expect(one.directory.asked).toEqual([
      { type: 'ban', caller: `+0086${b}`, callee: '', tenant: '', untilMs: undefined, reason: 'spam' },
      { type: 'ban', caller: b, callee: a, tenant: 'demo', untilMs: nowMs + 1, reason: '' },
      { type: 'ban', caller: b, callee: '', tenant: 'demo', untilMs: undefined, reason: '' },
    ])
    expect(await ask.banAsTenant({ tenant: '' })).toMatchObject({
      reason: 'FIELD_REQUIRED',
      metadata: { field: 'tenant' },
    })
  })

  test('lifting says whether there was one', async () => {
    await using one = await serve()
    const ask = asker(one)
    expect(await ask.unban('')).toEqual({ ok: { lifted: true } })
    expect(await ask.unbanAsTenant('demo')).toEqual({ ok: { lifted: true } })
    one.directory.answerNext = { ok: true, lifted: false }
    expect(await ask.unban('')).toEqual({ ok: { lifted: false } })
    expect(await ask.unbanAsTenant('')).toMatchObject({ reason: 'FIELD_REQUIRED' })
    expect(one.directory.asked[1]).toEqual({ type: 'unban', caller: b, callee: a, tenant: 'demo' })
  })

  test.each<[string, Partial<BanCallerRequest>, string, string]>([
    ['no caller', { caller: '' }, 'INVALID_NUMBER', 'caller'],
    ['a callee of letters', { callee: 'x' }, 'INVALID_NUMBER', 'callee'],
    ['an end of 0', { untilMs: 0 }, 'INVALID_WINDOW', 'until_ms'],
    ['a long reason', { reason: 'r'.repeat(129) }, 'FIELD_TOO_LONG', 'reason'],
  ])('%s is refused', async (_name, change, reason, field) => {
    await using one = await serve()
    expect(await asker(one).ban(change)).toMatchObject({ code: status.INVALID_ARGUMENT, reason, metadata: { field } })
    expect(one.directory.asked).toEqual([])
  })

  test('a banned caller is rejected, and allocated for no more', async () => {
    await using one = await serve()
    const made = await one.allocate()
    if (!('ok' in made)) throw new Error(made.reason)
    await asker(one).ban()
    expect(await one.resolve({ caller: b })).toMatchObject({ ok: { reason: Reason.REASON_BANNED } })
    await one.allocate()
    expect(one.shard.submitted.at(-1)).toMatchObject({ type: 'allocate', banned: ['b'] })
    const { bindingId } = made.ok.binding!
    const change = {
      ...allocateRequest({ b: undefined }),
      bindingId,
      a: { number: b, verificationRef: '' },
      tenant: '',
    }
    const update = { ...change, expectedRevision: undefined, endMs: undefined, userData: undefined }
    await unary(one.allocation.update.bind(one.allocation), update)
    expect(one.shard.submitted.at(-1)).toMatchObject({ type: 'update', banned: ['a'] })
  })

  test('a ban from one callee leaves the caller to others', async () => {
    await using one = await serve()
    await asker(one).ban({ callee: '777' })
    await one.allocate()
    expect(one.shard.submitted.at(-1)).toMatchObject({ banned: [] })
    expect(await one.resolve({ caller: b })).toMatchObject({ ok: { callee: a } })
  })
})

describe('ListBans', () => {
  async function listed() {
    const one = await serve()
    await asker(one).ban({ reason: 'spam', untilMs: nowMs + 5 })
    await asker(one).ban({ caller: a, callee: b, tenant: 'demo' })
    await asker(one).ban({ caller: '13700000003' })
    return one
  }

  test('shows nobody in clear, and gives tokens that nobody reads', async () => {
    await using one = await listed()
    const came = await asker(one).list({ pageSize: 1 })
    expect(came).toMatchObject({
      ok: { bans: [{ caller: '139******02', callee: '', tenant: '', untilMs: nowMs + 5, reason: 'spam' }] },
    })
    const all = await asker(one).list()
    expect(all).toMatchObject({ ok: { bans: [{}, { callee: '139******02', tenant: 'demo' }, {}], nextPageToken: '' } })
    if (!('ok' in came)) throw new Error(came.reason)
    expect(Buffer.from(came.ok.nextPageToken, 'base64url').toString()).toMatch(/^1:bans:[\w-]{38,}$/)
  })

  test('goes page by page, filtered by caller or tenant', async () => {
    await using one = await listed()
    const ask = asker(one)
    const callers: string[] = []
    let pageToken = ''
    do {
      const came = await ask.list({ pageSize: 1, pageToken })
      if (!('ok' in came)) throw new Error(came.reason)
      callers.push(...came.ok.bans.map(({ caller }) => caller))
      pageToken = came.ok.nextPageToken
    } while (pageToken !== '')
    expect(callers).toEqual(['139******02', '138******01', '137******03'])
    expect(await ask.list({ caller: `+${a}`, pageSize: 1 })).toMatchObject({ ok: { bans: [{ tenant: 'demo' }] } })
    expect(await ask.list({ tenant: 'demo' })).toMatchObject({ ok: { bans: [{ caller: '138******01' }] } })
    expect(await ask.list({ tenant: 'nobody' })).toMatchObject({ reason: 'TENANT_NOT_FOUND' })
  })

  test('a token of its own shape that it did not seal is refused', async () => {
    await using one = await listed()
    const pageToken = Buffer.from(`1:bans:${'A'.repeat(40)}`).toString('base64url')
    expect(await asker(one).list({ pageToken })).toMatchObject({ reason: 'INVALID_PAGE_TOKEN' })
  })
})

describe('RemoveNumbers', () => {
  test('hands numbers over as they were sent, and counts', async () => {
    await using one = await serve()
    const blocks = [{ first: x, count: 2 }]
    expect(await asker(one).remove({ blocks, numbers: ['123'], reason: 'sold' })).toEqual({ ok: { removed: 1 } })
    expect(one.directory.asked).toEqual([
      { type: 'remove-numbers', pool: 'demo', blocks, numbers: ['123'], reason: 'sold' },
    ])
  })

  test("the directory's refusal keeps its count", async () => {
    await using one = await serve()
    one.directory.answerNext = {
      ok: false,
      reason: 'NUMBERS_IN_USE',
      message: '2 numbers carry routes',
      field: 'blocks',
      metadata: { numbers: '2' },
    }
    expect(await asker(one).remove({ numbers: [x] })).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'NUMBERS_IN_USE',
      metadata: { numbers: '2' },
    })
  })

  test.each<[string, Partial<RemoveNumbersRequest>, string, string]>([
    ['no number', {}, 'FIELD_REQUIRED', 'numbers'],
    ['no pool', { pool: '', numbers: [x] }, 'FIELD_REQUIRED', 'pool'],
    ['a block of none', { blocks: [{ first: x, count: 0 }] }, 'INVALID_OPTION', 'blocks[0].count'],
    ['a long reason', { numbers: [x], reason: 'r'.repeat(129) }, 'FIELD_TOO_LONG', 'reason'],
  ])('%s is refused', async (_name, change, reason, field) => {
    await using one = await serve()
    expect(await asker(one).remove(change)).toMatchObject({ reason, metadata: { field } })
    expect(one.directory.asked).toEqual([])
  })
})
