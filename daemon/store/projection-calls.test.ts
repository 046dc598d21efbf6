/** What reports of calls, chosen extensions, warnings and pool levels leave in the rows. */
import { beforeEach, describe, expect, it } from 'vitest'
import { plainBinding } from '../../test/samples/shard-data.js'
import type { Binding } from '../core/binding.js'
import { type CallPhase, type CallReport, noCalls } from '../core/calls.js'
import type { MovedRemnant, ShardEvent } from '../core/events.js'
import { DAY_MS, limits } from '../core/limits.js'
import { reservationsOf } from '../core/reservation.js'
import { readBinding } from './binding-rows.js'
import { readCalls } from './calls-rows.js'
import { readExtension } from './extension-rows.js'
import { memoryTables } from './memory-table.js'
import { readLowPools, readMarks } from './meta-rows.js'
import { applyPage } from './projection.js'
import { decodeRoute } from './route-codec.js'
import { routeKey } from './route-key.js'
import type { ShardTables } from './table.js'

const hour = 3_600_000
const cooldown = 1_800_000
const start = 1_000 * DAY_MS
const a = '13800000001'
const b = '13900000001'
const c = '13900000002'
const firstKey = Uint8Array.of(0)

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

function allocate(binding: Binding, nextExtension?: number): ShardEvent {
  return { type: 'allocated', binding, request: undefined, nextExtension }
}

function report(phase: CallPhase, atMs: number, change: Partial<CallReport> = {}): CallReport {
  return { callId: 'call-1', phase, atMs, caller: b, number: '', answered: false, cause: '', ...change }
}

function called(told: CallReport, heldUntilMs: number, freeAtMs: number, remnants: MovedRemnant[] = []): ShardEvent {
  return { type: 'called', seq: 1, tenant: 1, report: told, heldUntilMs, freeAtMs, remnants }
}

function on(party: string) {
  const payload = tables.route.get(routeKey(0, { kind: 'EXACT', party }))
  return payload === undefined ? [] : decodeRoute(payload)
}

const usual = () => plainBinding({ seq: 1, startMs: start })
const lastCaller = () => {
  const plain = usual()
  return { ...plain, terms: { ...plain.terms, callback: 'LAST_CALLER' } } satisfies Binding
}

describe('called', () => {
  it('holds the binding and its routes past the end, and lets go at the hang-up (I11)', () => {
    const before = usual()
    at(start, allocate(before))
    const limitMs = before.endMs - 1 + before.terms.maxCallMs
    at(before.endMs, called(report('STARTED', before.endMs - 1), limitMs, limitMs + cooldown))
    const held = { ...before, heldUntilMs: limitMs, freeAtMs: limitMs + cooldown }
    expect(readBinding(tables, 1)).toEqual(held)
    expect([...on(a), ...on(b)]).toEqual(reservationsOf(held).map(({ reservation }) => reservation))
    expect(on(a)[0]).toMatchObject({ endMs: before.endMs, heldUntilMs: limitMs })
    const hangUpMs = before.endMs + 60_000
    at(hangUpMs, called(report('ENDED', hangUpMs, { answered: true }), hangUpMs, hangUpMs + cooldown))
    expect(on(b)[0]).toMatchObject({ heldUntilMs: hangUpMs, freeAtMs: hangUpMs + cooldown })
    expect(readCalls(tables.calls, 1)).toEqual({
      ...{ open: [], closed: ['call-1'], answered: 1, lastHangUpMs: hangUpMs, last: undefined },
    })
  })

  it('that holds nothing new writes the calls alone', () => {
    const before = usual()
    at(start, allocate(before))
    const limitMs = start + before.terms.maxCallMs
    at(start, called(report('STARTED', start), limitMs, limitMs + cooldown))
    const rows = () => [tables.route, tables.binding].map((table) => table.rows(firstKey, undefined, 9))
    const written = rows()
    at(start + 2 * DAY_MS, called(report('ANSWERED', start + 1), limitMs, limitMs + cooldown))
    expect(rows()).toEqual(written)
    expect(readCalls(tables.calls, 1).open).toMatchObject([{ id: 'call-1', answered: true }])
  })

  it('does not bring back what a later binding has replaced (I2)', () => {
    const before = usual()
    at(start, allocate(before))
    const takesOverMs = before.endMs + 1
    at(takesOverMs, allocate(plainBinding({ seq: 2, startMs: takesOverMs })))
    at(takesOverMs + 1, called(report('ENDED', takesOverMs), takesOverMs, takesOverMs + cooldown))
    expect([...on(a), ...on(b)].map((one) => one.seq)).toEqual([2, 2])
    expect(readBinding(tables, 1)).toMatchObject({ heldUntilMs: takesOverMs, freeAtMs: takesOverMs + cooldown })
  })

  it('is cut by a booking that has begun (I11)', () => {
    const before = usual()
    at(start, allocate(before))
    const bookedMs = before.freeAtMs
    at(start, allocate(plainBinding({ seq: 2, startMs: bookedMs })))
    const limitMs = before.endMs - 1 + before.terms.maxCallMs
    at(before.endMs, called(report('STARTED', before.endMs - 1), limitMs, limitMs + cooldown))
    expect(on(a).map((one) => one.seq)).toEqual([1, 2])
    at(bookedMs, called(report('ENDED', bookedMs), bookedMs, bookedMs + cooldown))
    expect(on(a).map((one) => one.seq)).toEqual([2])
  })

  it('moves what remains of a removed party, and that alone on its key', () => {
    const before = usual()
    at(start, allocate(before))
    const removedMs = start + 10
    const [, ofB] = reservationsOf(before)
    const times = { endMs: removedMs, heldUntilMs: start + 2 * hour, freeAtMs: start + 2 * hour + cooldown }
    const remnant = { route: ofB!.route, reservation: { ...ofB!.reservation, ...times, removed: true } }
    const joined = { ...before, revision: 2, b: { number: c, verificationRef: '', sinceMs: removedMs } }
    at(removedMs, { type: 'updated', binding: joined, removed: [remnant], request: undefined })
    const hangUpMs = removedMs + 5
    const moved = { endMs: removedMs, heldUntilMs: hangUpMs, freeAtMs: hangUpMs + cooldown }
    const key = { kind: 'EXACT', party: b } as const
    at(hangUpMs, called(report('ENDED', hangUpMs), hangUpMs, before.freeAtMs, [{ ordinal: 0, key, ...moved }]))
    expect(on(b)).toEqual([{ ...remnant.reservation, ...moved }])
    expect(on(c)[0]).toMatchObject({ endMs: before.endMs, freeAtMs: before.freeAtMs, removed: false })
  })

  it('remembers who called last until A is another', () => {
    const before = lastCaller()
    at(start, allocate(before))
    at(start + 1, called(report('STARTED', start + 1), start + hour, before.freeAtMs))
    expect(readCalls(tables.calls, 1).last).toEqual({ caller: b, atMs: start + 1 })
    const update = (binding: Binding) => at(start + 2, { type: 'updated', binding, removed: [], request: undefined })
    update({ ...before, b: { number: c, verificationRef: '', sinceMs: start + 2 } })
    expect(readCalls(tables.calls, 1).last?.caller).toBe(b)
    update({ ...before, a: { number: c, verificationRef: '', sinceMs: start + 2 } })
    expect(readCalls(tables.calls, 1)).toMatchObject({ open: [{ id: 'call-1' }], last: undefined })
  })

  it('is forgotten with its binding', () => {
    at(start, allocate(usual()))
    const atMs = usual().freeAtMs + limits.bindingKeptMs
    at(start + 1, called(report('ENDED', start + 1), start + 1, usual().freeAtMs))
    at(atMs, { type: 'forgotten', fromSeq: 1, toSeq: 2, atMs })
    expect(readCalls(tables.calls, 1)).toBe(noCalls)
    expect(tables.calls.rows(firstKey, undefined, 9)).toEqual([])
  })
})

describe('what a start reads back', () => {
  it('is where the extensions of a number go on, where one was chosen', () => {
    const binding = (n: number, ordinal: number, extension: string): Binding => {
      const x = { ordinal, digits: '700123456780000' }
      return { ...plainBinding({ seq: n, startMs: start, x }), mode: 'AXE', b: undefined, extension }
    }
    at(start, allocate(binding(1, 2 ** 32 - 1, '1234'), 7), allocate(binding(2, 5, '99')))
    at(start, allocate({ ...binding(3, 2 ** 32 - 1, '77'), a: { ...usual().a, number: c } }, 0))
    const rows = tables.extension.rows(firstKey, undefined, 9)
    expect(rows.map(({ key, payload }) => readExtension(tables.extension, key, payload))).toEqual([
      { ordinal: 2 ** 32 - 1, next: 0 },
    ])
  })

  it('is how far warnings have got, and which pools are low', () => {
    const upTo = { ms: start + hour, seq: 9 }
    at(start, { type: 'expiring', seqs: [9], tenants: [1], upTo })
    expect(readMarks(tables.meta)).toMatchObject({ expiringUpTo: upTo, endedUpTo: { ms: 0, seq: 0 } })
    const level = (pool: number, low: boolean): ShardEvent => ({ type: 'pool-level', pool, low, free: 3 })
    at(start, level(1, true), level(65_535, true), level(2, false))
    expect(readLowPools(tables.meta)).toEqual(new Set([1, 65_535]))
    at(start, level(65_535, false))
    expect(readLowPools(tables.meta)).toEqual(new Set([1]))
  })
})
