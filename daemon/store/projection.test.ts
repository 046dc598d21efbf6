import { beforeEach, describe, expect, it } from 'vitest'
import { plainBinding } from '../../test/samples/shard-data.js'
import type { Binding } from '../core/binding.js'
import type { ShardEvent } from '../core/events.js'
import { DAY_MS, limits } from '../core/limits.js'
import { reservationsOf } from '../core/reservation.js'
import { readBinding, readStored } from './binding-rows.js'
import { KnownRequests } from './known-requests.js'
import { memoryTables } from './memory-table.js'
import { readMarks, readRates } from './meta-rows.js'
import { applyPage } from './projection.js'
import { dayOf } from './request-row.js'
import { dropBounds, hasRequestsBefore } from './request-table.js'
import { decodeRoute } from './route-codec.js'
import { routeKey } from './route-key.js'
import type { ShardTables } from './table.js'
import { readUint48, seqKey } from './uint48.js'

const hour = 3_600_000
const start = 1_000 * DAY_MS
const a = '13800000001'
const b = '13900000001'
const c = '13900000002'

let tables: ShardTables
let seq: number

beforeEach(() => {
  tables = memoryTables()
  seq = 0
})

function at(nowMs: number, ...events: ShardEvent[]): void {
  seq += 1
  applyPage(tables, { seq, nowMs }, events)
}

function allocate(binding: Binding, requestId = ''): ShardEvent {
  const request = requestId === '' ? undefined : { id: requestId, fingerprint: 'f'.repeat(32) }
  return { type: 'allocated', binding: { ...binding, requestId }, request, nextExtension: undefined }
}

function on(party: string, ordinal = 0) {
  const payload = tables.route.get(routeKey(ordinal, { kind: 'EXACT', party }))
  return payload === undefined ? [] : decodeRoute(payload)
}

const seqsOn = (party: string) => on(party).map((one) => one.seq)

/** As a shard knows it that has just started. */
function knownRequest(id: string, nowMs: number) {
  const requests = new KnownRequests(tables)
  requests.clear()
  for (const { key, payload } of tables.binding.rows(seqKey(0), undefined, 9_999).reverse()) {
    if (!requests.load(readUint48(key, 0), payload, nowMs - limits.requestKeptMs)) break
  }
  return requests.find({ tenant: 1, pool: 1, id }, nowMs, (seq) => readStored(tables, seq, undefined))
}

const known = (id: string, nowMs: number) => knownRequest(id, nowMs)?.seq

describe('allocated', () => {
  it('writes both routes, the binding, its user data and the next seq', () => {
    const binding = plainBinding({ seq: 1, startMs: start, userData: Buffer.from('data') })
    at(start, allocate(binding))
    expect([...on(a), ...on(b)]).toEqual(reservationsOf(binding).map(({ reservation }) => reservation))
    expect(readBinding(tables, 1)).toEqual(binding)
    expect(readMarks(tables.meta).nextSeq).toBe(2)
  })

  it('puts reservations in order of start, bookings behind', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start + 9 * hour })))
    at(start, allocate(plainBinding({ seq: 2, startMs: start + 5 * hour })))
    at(start, allocate(plainBinding({ seq: 3, startMs: start })))
    expect(seqsOn(a)).toEqual([3, 2, 1])
  })

  it('drops what is spent: free, or replaced by one that has begun', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start, endMs: start + hour, freeAtMs: start + 2 * hour })))
    const takesOver = plainBinding({ seq: 2, startMs: start + hour + 1 })
    at(start + hour + 1, allocate(takesOver))
    expect(seqsOn(a)).toEqual([2])
    at(takesOver.freeAtMs, allocate(plainBinding({ seq: 3, startMs: takesOver.freeAtMs })))
    expect(seqsOn(a)).toEqual([3])
  })

  it('refuses a ninth reservation on a key as a fault', () => {
    const booked = (n: number) => allocate(plainBinding({ seq: n, startMs: start + n * 9 * hour }))
    for (let n = 1; n <= limits.reservationsPerKey; n += 1) at(start, booked(n))
    expect(() => at(start, booked(9))).toThrow(RangeError)
  })
})

describe('released', () => {
  const release = (nowMs: number, freeAtMs: number, of = 1): ShardEvent => {
    return { type: 'released', seq: of, tenant: 1, revision: 2, endMs: nowMs, freeAtMs, reason: 'done' }
  }

  it('ends the binding and its reservations', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start })))
    at(start + 5, release(start + 5, start + 5 + hour))
    expect(readBinding(tables, 1)).toMatchObject({
      released: true,
      endMs: start + 5,
      releaseReason: 'done',
      revision: 2,
    })
    expect(on(a)[0]).toMatchObject({ released: true, endMs: start + 5, freeAtMs: start + 5 + hour })
  })

  it('of a booking frees its keys at once, and what was there before stays (I1)', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start })))
    at(start, allocate(plainBinding({ seq: 2, startMs: start + 5 * hour })))
    at(start + 5, release(start + 5, start + 5, 2))
    expect(seqsOn(a)).toEqual([1])
    at(start + 5, allocate(plainBinding({ seq: 3, startMs: start + 5 * hour }, c, '13900000009')))
    at(start + 6, release(start + 6, start + 6, 3))
    expect(tables.route.get(routeKey(0, { kind: 'EXACT', party: c }))).toBeUndefined()
  })

  it('without cooldown lets nothing come back that the binding had replaced (I2)', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start, endMs: start + hour, freeAtMs: start + 9 * hour })))
    at(start + 2 * hour, allocate(plainBinding({ seq: 2, startMs: start + 2 * hour })))
    at(start + 3 * hour, release(start + 3 * hour, start + 3 * hour, 2))
    expect(on(a)).toEqual([])
  })
})

describe('updated', () => {
  const updated = (binding: Binding, removed: Extract<ShardEvent, { type: 'updated' }>['removed'] = []): ShardEvent => {
    return { type: 'updated', binding, removed, request: undefined }
  }

  it('moves a route to the party that came, and lets the removed one cool by itself', () => {
    const before = plainBinding({ seq: 1, startMs: start, userData: Buffer.from('data') })
    at(start, allocate(before))
    const nowMs = start + 10
    const party = { number: c, verificationRef: '', sinceMs: nowMs }
    const after = { ...before, revision: 2, b: party, userData: Buffer.alloc(0) }
    const removed = reservationsOf(before)
      .slice(1)
      .map(({ route, reservation }) => ({
        route,
        reservation: { ...reservation, endMs: nowMs, freeAtMs: nowMs + hour, removed: true },
      }))
    at(nowMs, updated(after, removed))
    expect(on(a)[0]).toMatchObject({ callee: c, endMs: before.endMs })
    expect(on(b)).toEqual([removed[0]!.reservation])
    expect(on(c)[0]).toMatchObject({ startMs: nowMs, callee: a })
    expect(readBinding(tables, 1)).toEqual(after)
    expect(tables.user_data.get(seqKey(1))).toBeUndefined()
    const released = {
      type: 'released',
      seq: 1,
      tenant: 1,
      revision: 3,
      endMs: nowMs + 1,
      freeAtMs: nowMs + 2 * hour,
    } as const
    at(nowMs + 1, { ...released, reason: '' })
    expect(on(b)).toEqual([removed[0]!.reservation])
    expect(on(c)[0]).toMatchObject({ released: true, endMs: nowMs + 1 })
  })
})

describe('time and housekeeping', () => {
  it('ended and freed leave only their marks', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start })))
    const before = tables.route.rows(Uint8Array.of(0), undefined, 9)
    at(start + 1, { type: 'ended', seqs: [1], tenants: [1], upTo: { ms: start + 1, seq: 1 } })
    at(start + 2, { type: 'freed', seqs: [1], upTo: { ms: start + 2, seq: 1 } })
    expect(tables.route.rows(Uint8Array.of(0), undefined, 9)).toEqual(before)
    const { endedUpTo, freedUpTo } = readMarks(tables.meta)
    expect([endedUpTo, freedUpTo]).toEqual([
      { ms: start + 1, seq: 1 },
      { ms: start + 2, seq: 1 },
    ])
  })

  it('purged drops what is spent on the named numbers alone', () => {
    const other = { ordinal: 1, digits: '700123456780001' }
    at(start, allocate(plainBinding({ seq: 1, startMs: start })))
    at(start, allocate(plainBinding({ seq: 2, startMs: start, x: other })))
    at(start, allocate(plainBinding({ seq: 3, startMs: start + 90 * hour })))
    at(start + 10 * hour, { type: 'purged', ordinals: [0, 7], atMs: start + 10 * hour })
    expect(seqsOn(a)).toEqual([3])
    expect(on(a, 1)).toHaveLength(1)
    at(start + 200 * hour, { type: 'purged', ordinals: [0], atMs: start + 200 * hour })
    expect(tables.route.get(routeKey(0, { kind: 'EXACT', party: a }))).toBeUndefined()
  })

  it('forgotten drops bindings of its range a day after they are free', () => {
    for (const n of [1, 2, 3])
      at(start, allocate(plainBinding({ seq: n, startMs: start + n, userData: Buffer.from('x') })))
    const atMs = plainBinding({ seq: 2, startMs: start + 2 }).freeAtMs + limits.bindingKeptMs
    at(atMs, { type: 'forgotten', fromSeq: 2, toSeq: 4, atMs })
    expect([1, 2, 3].map((n) => readBinding(tables, n)?.seq)).toEqual([1, undefined, 3])
    expect(tables.user_data.get(seqKey(2))).toBeUndefined()
    expect(readMarks(tables.meta).forgottenUpTo).toBe(4)
  })

  it('rate keeps one row a tenant, fractions included', () => {
    at(start, { type: 'rate', tenant: 7, theoreticalMs: start + 1 / 3 })
    at(start, { type: 'rate', tenant: 300, theoreticalMs: 5 })
    at(start, { type: 'rate', tenant: 7, theoreticalMs: start + 2 / 3 })
    expect([...readRates(tables.meta)]).toEqual([
      [7, start + 2 / 3],
      [300, 5],
    ])
  })
})

describe('request ids (I7)', () => {
  const drop = (nowMs: number): ShardEvent => ({ type: 'requests-dropped', beforeDay: dayOf(nowMs) - 1, atMs: nowMs })

  it('are known for a day, over midnight, and then no more', () => {
    const made = start + 23 * hour
    at(made, allocate(plainBinding({ seq: 1, startMs: made }), 'one'))
    at(made + DAY_MS - 1, drop(made + DAY_MS - 1))
    expect(known('one', made + DAY_MS - 1)).toBe(1)
    expect(known('one', made + DAY_MS)).toBeUndefined()
    expect(known('other', made)).toBeUndefined()
  })

  it('of a long window are known until its end', () => {
    at(start, allocate(plainBinding({ seq: 1, startMs: start, endMs: start + 9 * DAY_MS }), 'long'))
    at(start + 8 * DAY_MS, drop(start + 8 * DAY_MS))
    expect(known('long', start + 9 * DAY_MS - 1)).toBe(1)
    expect(known('long', start + 9 * DAY_MS)).toBeUndefined()
    at(start + 9 * DAY_MS, drop(start + 9 * DAY_MS))
    expect(tables.request.rows(Uint8Array.of(0), undefined, 9)).toEqual([])
  })

  it('are kept when an update lengthens the binding past a day, again and again', () => {
    const binding = { ...plainBinding({ seq: 1, startMs: start }), requestId: 'grows' }
    at(start, allocate(binding, 'grows'))
    for (const days of [3, 9]) {
      const endMs = start + days * DAY_MS
      at(start + hour, { type: 'updated', binding: { ...binding, endMs }, removed: [], request: undefined })
      at(endMs - 1, drop(endMs - 1))
      expect(known('grows', endMs - 1)).toBe(1)
      expect(known('grows', endMs)).toBeUndefined()
    }
    expect(tables.request.rows(Uint8Array.of(0), undefined, 9)).toHaveLength(1)
  })

  it('of an update are known as well', () => {
    const binding = plainBinding({ seq: 1, startMs: start })
    at(start, allocate(binding))
    const request = { id: 'change', fingerprint: 'g'.repeat(32) }
    at(start + 1, { type: 'updated', binding, removed: [], request })
    expect(knownRequest('change', start + 2)).toEqual({ seq: 1, fingerprint: 'g'.repeat(32) })
  })

  it('are dropped in bounded steps, and each step goes on where the last stopped', () => {
    const count = dropBounds.longRows + 5
    const events: ShardEvent[] = []
    for (let n = 1; n <= count; n += 1) {
      const parties = [String(10_000_000 + n), String(20_000_000 + n)] as const
      const short = n % 2 === 0
      const binding = plainBinding({ seq: n, startMs: start, endMs: start + (short ? 1 : 3 * DAY_MS) }, ...parties)
      events.push(allocate(binding, `id ${n}`))
      const request = { id: `change ${n}`, fingerprint: 'g'.repeat(32) }
      if (short) events.push({ type: 'updated', binding, removed: [], request })
      else events.push(allocate({ ...binding, tenant: 2 }, `id ${n}`))
    }
    at(start, ...events)
    const left = () => tables.request.rows(Uint8Array.of(0), undefined, 9_999).length
    const nowMs = start + 4 * DAY_MS
    expect(hasRequestsBefore(tables.request, dayOf(nowMs) - 1)).toBe(true)
    at(nowMs, drop(nowMs))
    expect(left()).toBeGreaterThan(0)
    at(nowMs, drop(nowMs))
    expect(left()).toBe(0)
    expect(hasRequestsBefore(tables.request, dayOf(nowMs) - 1)).toBe(false)
  })
})
