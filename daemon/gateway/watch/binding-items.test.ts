import { expect, test } from 'vitest'
import type { Binding } from '../../core/binding.js'
import { formatBindingId } from '../../core/binding-id.js'
import type { ShardEvent } from '../../core/events.js'
import { samplePool, sampleTenant } from '../../core/testing.js'
import { WatchResponse } from '../../generated/xpool/v1/allocation.js'
import { BindingState, CallPhase, NumberState, type WatchEvent, WatchKind } from '../../generated/xpool/v1/types.js'
import { MemoryDirectory, tenantDemo } from '../testing/memory-directory.js'
import { MemoryShard } from '../testing/memory-shard.js'
import { itemsOfPage, type ShardSource } from './binding-items.js'
import { itemsOfNumbers } from './number-items.js'
import type { Audience, WatchItem } from './watch-item.js'

const nowMs = 1_800_000_000_000
const secrets = ['13800000001', '13900000002', '13700000003', '13600000004', 'order-77', 'user-data', 'proof-1']

/** A binding that holds all that only its tenant may see. */
function bindingOf(tenant: number, seq: number): Binding {
  const party = (number: string) => ({ number, verificationRef: 'proof-1', sinceMs: nowMs })
  return {
    ...{ seq, revision: 1, tenant, pool: 1, mode: 'AXG', b: undefined, y: undefined, extension: '', firstParties: [] },
    ...{ a: party('13800000001'), members: [party('13900000002')], x: { ordinal: 0, digits: '700123456780000' } },
    ...{ createdMs: nowMs, startMs: nowMs, endMs: nowMs + 60_000, heldUntilMs: 0, freeAtMs: nowMs + 90_000 },
    ...{ released: false, releaseReason: '', area: '', orderId: 'order-77', requestId: '' },
    userData: Buffer.from('user-data'),
    terms: {
      ...{ graceMs: 0, graceDirection: 'BOTH', cooldownMs: 30_000, direction: 'BOTH', media: ['VOICE'] },
      ...{ maxCallMs: 60_000, maxCalls: 0, releaseOnHangup: false, record: false },
      ...{ callback: 'FIXED', callbackNumber: '13700000003', callbackWindowMs: 0 },
    },
  }
}

function fixture() {
  const directory = new MemoryDirectory(['700123456780000', '700123456780001', '700123456780003'])
  directory.tenantRows.set('other', sampleTenant({ id: 2, name: 'other' }))
  const clock = { at: nowMs, now: () => clock.at }
  const reader = new MemoryShard(directory, clock.now)
  const source: ShardSource = { shard: 3, reader, directory, clock }
  return { directory, reader, clock, source }
}

function told(items: readonly WatchItem[], audience: Audience): WatchEvent[] {
  return items.flatMap((item) => {
    const frame = item.frame(audience)
    if (frame === undefined) return []
    const { events } = WatchResponse.decode(frame.bytes)
    expect(events).toHaveLength(frame.events)
    return events
  })
}

const everyEvent = (tenant: number): ShardEvent[] => {
  const upTo = { ms: nowMs, seq: 1 }
  return [
    { type: 'allocated', binding: bindingOf(tenant, 1), request: undefined, nextExtension: undefined },
    { type: 'updated', binding: bindingOf(tenant, 1), removed: [], request: undefined },
    { type: 'expiring', seqs: [1], tenants: [tenant], upTo },
    called(tenant),
    { type: 'ended', seqs: [1, 9], tenants: [tenant, tenant], upTo },
    { type: 'released', seq: 1, tenant, revision: 2, endMs: nowMs, freeAtMs: nowMs, reason: '' },
    { type: 'purged', ordinals: [0], atMs: nowMs },
  ]
}

function called(tenant: number): ShardEvent {
  const call = { callId: 'c', atMs: nowMs, number: '700123456780000', answered: false, cause: 'busy' }
  const report = { ...call, phase: 'STARTED', caller: '13600000004' } as const
  return { type: 'called', seq: 1, tenant, report, heldUntilMs: 0, freeAtMs: nowMs, remnants: [] }
}

const kinds = [
  WatchKind.WATCH_KIND_ALLOCATED,
  WatchKind.WATCH_KIND_UPDATED,
  WatchKind.WATCH_KIND_EXPIRING,
  WatchKind.WATCH_KIND_CALL,
  WatchKind.WATCH_KIND_ENDED,
  WatchKind.WATCH_KIND_ENDED,
  WatchKind.WATCH_KIND_ENDED,
]

test('a tenant is told of its bindings, each end in bulk by itself, in the order of the page', () => {
  const { reader, source } = fixture()
  reader.bindings.set(1, bindingOf(1, 1))
  const events = told(itemsOfPage({ seq: 1, nowMs, events: everyEvent(1) }, source), 1)
  expect(events.map(({ kind }) => kind)).toEqual(kinds)
  const [allocated, , , call, ended, forgotten] = events
  expect(allocated).toMatchObject({ atMs: nowMs, tenant: 'demo', pool: 'demo', binding: { orderId: 'order-77' } })
  expect(allocated?.bindingId).toBe(formatBindingId({ shard: 3, seq: 1 }))
  expect(call?.call).toMatchObject({ caller: '13600000004', phase: CallPhase.CALL_PHASE_STARTED, cause: 'busy' })
  expect(ended?.binding?.a?.number).toBe('13800000001')
  expect(forgotten?.binding).toBeUndefined()
})

test('nothing of another tenant is told, whatever the event', () => {
  const { reader, source } = fixture()
  reader.bindings.set(1, bindingOf(2, 1))
  expect(told(itemsOfPage({ seq: 1, nowMs, events: everyEvent(2) }, source), 1)).toEqual([])
})

test('an operator is told of all of it, and of no party, order or user data', () => {
  const { reader, source } = fixture()
  reader.bindings.set(1, bindingOf(2, 1))
  const items = itemsOfPage({ seq: 1, nowMs, events: everyEvent(2) }, source)
  const events = told(items, 'system')
  expect(events.map(({ kind }) => kind)).toEqual(kinds)
  expect(events[0]).toMatchObject({ tenant: 'other', binding: { number: '700123456780000', tenant: 'other' } })
  const bytes = Buffer.concat(items.map((item) => item.frame('system')?.bytes ?? Buffer.alloc(0)))
  for (const secret of secrets) expect(bytes.includes(secret), secret).toBe(false)
  const own = Buffer.concat(items.map((item) => item.frame(2)?.bytes ?? Buffer.alloc(0)))
  for (const secret of secrets) expect(own.includes(secret), secret).toBe(true)
})

test('an event is encoded once for each audience', () => {
  const { source } = fixture()
  const [item] = itemsOfPage({ seq: 1, nowMs, events: everyEvent(1) }, source)
  expect(item?.frame(1)).toBe(item?.frame(1))
  expect(item?.frame('system')).toBe(item?.frame('system'))
})

test('an end shows the binding as it is when it is read', () => {
  const { reader, clock, source } = fixture()
  reader.bindings.set(1, bindingOf(1, 1))
  clock.at = nowMs + 60_000
  const upTo = { ms: clock.at, seq: 1 }
  const events: ShardEvent[] = [{ type: 'ended', seqs: [1], tenants: [1], upTo }]
  const [ended] = told(itemsOfPage({ seq: 1, nowMs: clock.at, events }, source), 1)
  expect(ended?.binding?.state).toBe(BindingState.BINDING_STATE_ENDED)
})

test('a low pool is told to operators and to the tenants of the pool', () => {
  const { directory, source } = fixture()
  directory.poolRows.set('demo', samplePool({ tenants: [tenantDemo.id] }))
  const items = itemsOfPage({ seq: 1, nowMs, events: [{ type: 'pool-level', pool: 1, low: true, free: 4 }] }, source)
  const [event] = told(items, 1)
  expect(event).toMatchObject({ pool: 'demo', poolLevel: { low: true, freeNumbers: 4 } })
  expect(told(items, 'system')).toEqual([event])
  expect(told(items, 2)).toEqual([])
})

test('states of numbers are told in runs of neighbours of one pool, to the tenants of that pool', () => {
  const { directory } = fixture()
  const digits = ['700123456780000', '700123456780001', '700123456780003', '700123456780009']
  const changed = { seq: 1, nowMs, changes: [{ state: 'FROZEN' as const, digits }] }
  const runs = (audience: Audience) =>
    told(itemsOfNumbers(changed, directory), audience).map(({ pool, numbers }) => [
      pool,
      numbers?.first,
      numbers?.count,
    ])
  const ofPool = [
    ['demo', '700123456780000', 2],
    ['demo', '700123456780003', 1],
  ]
  expect(runs(1)).toEqual(ofPool)
  // The last is in no pool any more.
  expect(runs('system')).toEqual([...ofPool, ['', '700123456780009', 1]])
  expect(runs(2)).toEqual([])
  const [event] = told(itemsOfNumbers(changed, directory), 1)
  expect(event?.numbers?.state).toBe(NumberState.NUMBER_STATE_FROZEN)
})
