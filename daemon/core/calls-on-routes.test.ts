import { describe, expect, it } from 'vitest'
import type { Binding } from './binding.js'
import type { AllocateCommand, UpdateCommand } from './commands.js'
import { checkInvariants } from './invariants.js'
import { noWishes, sampleAllocate } from './testing.js'
import { Bench, reason, t0 } from './testing-bench.js'

const [ann, bob, cid, dan] = ['13800000001', '13900000002', '13900000003', '13900000004'] as const
const minuteMs = 60_000
const maxCallMs = 10 * minuteMs

/** One number, a cooldown of a minute, calls of ten at most. */
function oneNumber(change: Partial<AllocateCommand['wanted']> = {}): { bench: Bench; binding: Binding } {
  const bench = new Bench(1, { pool: { cooldownMs: minuteMs, maxCallMs } })
  const binding = bench.allocate(ann, bob, { ttlMs: 5 * minuteMs, wanted: { ...noWishes, ...change } })
  return { bench, binding }
}

function allocate(bench: Bench, a: string, b: string, change: Partial<AllocateCommand> = {}): string {
  return reason(bench.run(sampleAllocate(a, b, change)))
}

function swapB(seq: number, number: string): UpdateCommand {
  const nothing = { endMs: undefined, a: undefined, members: [], wanted: noWishes, orderId: undefined }
  const b = { number, verificationRef: '' }
  const rest = { tenant: undefined, expectedRevision: undefined, userData: undefined, request: undefined, banned: [] }
  return { type: 'update', seq, b, ...nothing, ...rest }
}

describe('calls and the routes they are on', () => {
  it('I11: nobody gets a route while a call is in progress, not even its own pair', () => {
    const { bench, binding } = oneNumber()
    bench.report(binding.seq, 'STARTED')
    bench.release(binding.seq)
    expect(allocate(bench, ann, cid)).toBe('POOL_EXHAUSTED')
    expect(allocate(bench, ann, bob)).toBe('POOL_EXHAUSTED')
    bench.pass(2 * minuteMs)
    expect(allocate(bench, ann, cid)).toBe('POOL_EXHAUSTED')
    bench.report(binding.seq, 'ENDED', { answered: true })
    expect(bench.bindings.get(binding.seq)!.freeAtMs).toBe(t0 + 3 * minuteMs)
    expect(allocate(bench, ann, cid)).toBe('POOL_EXHAUSTED')
    expect(allocate(bench, ann, bob)).toBe('OK')
    checkInvariants(bench.state)
  })

  it('I11: without ENDED the routes are free at the longest call and the cooldown', () => {
    const { bench, binding } = oneNumber()
    bench.report(binding.seq, 'STARTED')
    bench.release(binding.seq)
    bench.pass(maxCallMs + minuteMs - 1)
    expect(allocate(bench, ann, cid)).toBe('POOL_EXHAUSTED')
    bench.pass(1)
    expect(allocate(bench, ann, cid)).toBe('OK')
    checkInvariants(bench.state)
  })

  it('I11: a call that ends within the window holds nothing longer', () => {
    const { bench, binding } = oneNumber()
    bench.report(binding.seq, 'STARTED')
    expect(bench.bindings.get(binding.seq)!.freeAtMs).toBe(t0 + maxCallMs + minuteMs)
    bench.pass(minuteMs)
    bench.report(binding.seq, 'ENDED')
    expect(bench.bindings.get(binding.seq)!.freeAtMs).toBe(binding.endMs + minuteMs)
  })

  it('I11: a booking acknowledged before wins at its start and cuts the hold', () => {
    const { bench, binding } = oneNumber()
    const booked = bench.allocate(ann, cid, { startMs: binding.freeAtMs, ttlMs: minuteMs })
    bench.report(binding.seq, 'STARTED')
    checkInvariants(bench.state)
    expect(bench.bindings.get(binding.seq)!.freeAtMs).toBeGreaterThan(booked.startMs)
    bench.pass(booked.freeAtMs - t0)
    checkInvariants(bench.state)
    expect(allocate(bench, ann, dan)).toBe('OK')
    checkInvariants(bench.state)
  })

  it('I11: a party that is removed during a call is held by it, and cools down from the hang-up', () => {
    const { bench, binding } = oneNumber()
    bench.report(binding.seq, 'STARTED')
    expect(reason(bench.run(swapB(binding.seq, cid)))).toBe('OK')
    bench.pass(2 * minuteMs)
    expect(allocate(bench, dan, bob)).toBe('POOL_EXHAUSTED')
    bench.report(binding.seq, 'ENDED')
    bench.pass(minuteMs - 1)
    expect(allocate(bench, dan, bob)).toBe('POOL_EXHAUSTED')
    bench.pass(1)
    expect(allocate(bench, dan, bob)).toBe('OK')
    checkInvariants(bench.state)
  })

  it('a party comes back to its own binding during the call', () => {
    const { bench, binding } = oneNumber()
    bench.report(binding.seq, 'STARTED')
    expect(reason(bench.run(swapB(binding.seq, cid)))).toBe('OK')
    expect(reason(bench.run(swapB(binding.seq, bob)))).toBe('OK')
    checkInvariants(bench.state)
  })

  it('release_on_hangup ends the binding with the last answered call', () => {
    const { bench, binding } = oneNumber({ releaseOnHangup: true })
    bench.report(binding.seq, 'STARTED')
    bench.report(binding.seq, 'STARTED', { callId: 'c2' })
    bench.report(binding.seq, 'ENDED', { answered: true })
    expect(bench.bindings.get(binding.seq)!.released).toBe(false)
    bench.report(binding.seq, 'ANSWERED', { callId: 'c2' })
    bench.pass(1_000)
    bench.report(binding.seq, 'ENDED', { callId: 'c2' })
    const ended = bench.bindings.get(binding.seq)!
    expect([ended.released, ended.releaseReason, ended.endMs]).toEqual([true, 'HANGUP', t0 + 1_000])
    expect(ended.freeAtMs).toBe(t0 + 1_000 + minuteMs)
    checkInvariants(bench.state)
  })

  it('reports on a booking, and on what is free, tell nothing', () => {
    const { bench, binding } = oneNumber()
    const booked = bench.allocate(ann, cid, { startMs: binding.freeAtMs, ttlMs: minuteMs })
    expect(bench.report(booked.seq, 'STARTED')).toBe(false)
    bench.pass(binding.freeAtMs - t0)
    expect(bench.report(binding.seq, 'STARTED')).toBe(false)
    expect(bench.report(booked.seq, 'STARTED')).toBe(true)
    expect(bench.report(booked.seq, 'STARTED')).toBe(false)
  })
})
