import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { ListBindingsRequest, type ListBindingsResponse } from '../generated/xpool/v1/allocation.js'
import { BindingState } from '../generated/xpool/v1/types.js'
import { bounds } from './bounds.js'
import { type Came, nowMs, serve, unary, x, y } from './testing/serve.js'

type Served = Awaited<ReturnType<typeof serve>>

function list(one: Served, change: Partial<ListBindingsRequest>): Promise<Came<ListBindingsResponse>> {
  const request = { ...ListBindingsRequest.decode(new Uint8Array(0)), ...change }
  return unary(one.allocation.listBindings.bind(one.allocation), request)
}

async function all(one: Served, change: Partial<ListBindingsRequest>) {
  const pages: string[][] = []
  let pageToken = ''
  do {
    const came = await list(one, { ...change, pageToken })
    if (!('ok' in came)) throw new Error(came.reason)
    pages.push(came.ok.bindings.map(({ orderId }) => orderId))
    pageToken = came.ok.nextPageToken
  } while (pageToken !== '')
  return pages
}

async function filled(count: number) {
  const one = await serve()
  for (let i = 1; i <= count; i += 1) {
    const b = { number: `139${String(i).padStart(8, '0')}`, verificationRef: '' }
    await one.allocate({ b, orderId: `o${i}`, number: i % 2 === 0 ? x : y })
  }
  return one
}

describe('ListBindings', () => {
  test('newest first, page by page, each once', async () => {
    await using one = await filled(7)
    expect(await all(one, { pageSize: 3, tenant: 'demo' })).toEqual([['o7', 'o6', 'o5'], ['o4', 'o3', 'o2'], ['o1']])
  })

  test('filters by party, number, order and state', async () => {
    await using one = await filled(6)
    expect(await all(one, { party: '+0086' + '13900000003' })).toEqual([['o3']])
    expect(await all(one, { number: x })).toEqual([['o6', 'o4', 'o2']])
    expect(await all(one, { orderId: 'o5' })).toEqual([['o5']])
    one.clock.at = nowMs + 60_000
    await one.allocate({ orderId: 'late' })
    expect(await all(one, { state: BindingState.BINDING_STATE_ACTIVE })).toEqual([['late']])
    expect((await all(one, { state: BindingState.BINDING_STATE_ENDED })).flat()).toHaveLength(6)
  })

  test('I12: a call examines a bounded number of rows and says where to go on', async () => {
    await using one = await filled(1)
    const [row] = one.shard.bindings.values()
    for (let seq = 2; seq <= bounds.scanRowsPerCall + 100; seq += 1) {
      one.shard.bindings.set(seq, { ...row!, seq, orderId: 'other' })
    }
    const pages = await all(one, { orderId: 'o1' })
    expect(pages).toEqual([[], ['o1']])
  })

  test('I12: a page of heavy bindings ends early and has a successor', async () => {
    await using one = await filled(1)
    const [row] = one.shard.bindings.values()
    for (let seq = 2; seq <= 1_000; seq += 1) {
      one.shard.bindings.set(seq, { ...row!, seq, userData: Buffer.alloc(2_048) })
    }
    const pages = await all(one, { pageSize: 1_000 })
    expect(pages.length).toBe(2)
    expect(pages.flat()).toHaveLength(1_000)
  })

  test('a tenant without a home has no bindings; another tenant sees none of these', async () => {
    await using one = await filled(2)
    const { asked: _asked, tenantRows } = one.directory
    tenantRows.set('new', { ...tenantRows.get('demo')!, id: 2, name: 'new', home: undefined })
    tenantRows.set('other', { ...tenantRows.get('demo')!, id: 3, name: 'other' })
    expect(await all(one, { tenant: 'new' })).toEqual([[]])
    expect(await all(one, { tenant: 'other' })).toEqual([[]])
  })

  test.each<[Partial<ListBindingsRequest>, string, string]>([
    [{ pageToken: 'nonsense' }, 'INVALID_PAGE_TOKEN', 'page_token'],
    [{ pageSize: 1_001 }, 'INVALID_PAGE_SIZE', 'page_size'],
    [{ party: 'x' }, 'INVALID_NUMBER', 'party'],
    [{ number: '1' }, 'INVALID_NUMBER', 'number'],
    [{ state: 9 as BindingState }, 'INVALID_OPTION', 'state'],
    [{ orderId: 'o'.repeat(129) }, 'FIELD_TOO_LONG', 'order_id'],
  ])('%j is refused', async (change, reason, field) => {
    await using one = await serve()
    expect(await list(one, change)).toMatchObject({ code: status.INVALID_ARGUMENT, reason, metadata: { field } })
  })
})
