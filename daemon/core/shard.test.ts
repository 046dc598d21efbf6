import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkInvariants } from './invariants.js'
import { noWishes, sampleAllocate } from './testing.js'
import { Bench, reason, t0 } from './testing-bench.js'

describe('a shard of the core', () => {
  it('packs strangers on one number and parts a shared party [I1]', () => {
    const bench = new Bench(3)
    const first = bench.allocate('13800000001', '13900000001')
    const second = bench.allocate('13800000002', '13900000002')
    const third = bench.allocate('13800000001', '13900000003')
    expect(second.x).toEqual(first.x)
    expect(third.x).not.toEqual(first.x)
    checkInvariants(bench.state)
  })

  it('keeps a number cooling for its pair alone, then lends it again [I2]', () => {
    const bench = new Bench(1)
    const first = bench.allocate('13800000001', '13900000001')
    bench.release(first.seq)
    expect(reason(bench.run(sampleAllocate('13800000001', '13900000002')))).toBe('POOL_EXHAUSTED')
    expect(bench.allocate('13800000001', '13900000001').x).toEqual(first.x)
    bench.pass(60_000 + 1_800_000)
    expect(bench.allocate('13800000001', '13900000002').x).toEqual(first.x)
    checkInvariants(bench.state)
  })

  it('names the causes of a refusal and a time at which it is over', () => {
    const bench = new Bench(2, { pool: { maxBindingsPerNumber: 1 } })
    bench.allocate('13800000001', '13900000001')
    bench.pass(10)
    bench.allocate('13800000002', '13900000002')
    const outcome = bench.run(sampleAllocate('13800000003', '13900000003'))
    expect(outcome).toMatchObject({
      ok: false,
      refusal: { reason: 'POOL_EXHAUSTED', retryAtMs: t0 + 60_000, metadata: { candidates: '2', at_capacity: '2' } },
    })
  })

  it('gives both numbers of AXYB, different ones, and both again while they cool', () => {
    const bench = new Bench(3)
    const first = bench.allocate('13800000001', '13900000001', { mode: 'AXYB' })
    expect(first.y).toBeDefined()
    expect(first.y).not.toEqual(first.x)
    bench.release(first.seq)
    const again = bench.allocate('13800000001', '13900000001', { mode: 'AXYB' })
    expect([again.x, again.y]).toEqual([first.x, first.y])
    checkInvariants(bench.state)
  })

  it('swaps a party: the old one cools by itself, the new one owns its key from now on', () => {
    const bench = new Bench(1)
    const { seq } = bench.allocate('13800000001', '13900000001')
    bench.pass(1_000)
    const swap = {
      type: 'update',
      seq,
      tenant: undefined,
      expectedRevision: 1,
      endMs: undefined,
      a: undefined,
    } as const
    const rest = {
      members: [],
      wanted: noWishes,
      orderId: undefined,
      userData: undefined,
      request: undefined,
      banned: [],
    }
    const b = { number: '13900000002', verificationRef: '' }
    expect(reason(bench.run({ ...swap, ...rest, b }))).toBe('OK')
    expect(reason(bench.run({ ...swap, ...rest, b }))).toBe('REVISION_MISMATCH')
    expect(reason(bench.run(sampleAllocate('13800000009', '13900000001')))).toBe('POOL_EXHAUSTED')
    checkInvariants(bench.state)
    bench.pass(3_600_000)
    checkInvariants(bench.state)
    expect(bench.state.bindings.size).toBe(0)
    expect(bench.state.keys.size).toBe(0)
  })

  it('holds quotas to the unit [I4]', () => {
    const bench = new Bench(5, { tenant: { quotas: quotas({ liveBindings: 2, liveBindingsPerParty: 1 }) } })
    bench.allocate('13800000001', '13900000001')
    expect(reason(bench.run(sampleAllocate('13800000001', '13900000002')))).toBe('QUOTA_PER_PARTY')
    bench.allocate('13800000002', '13900000002')
    expect(reason(bench.run(sampleAllocate('13800000003', '13900000003')))).toBe('QUOTA_LIVE_BINDINGS')
    bench.pass(60_000)
    bench.allocate('13800000003', '13900000003')
  })

  it('refills the rate limiter at its rate [I4]', () => {
    const bench = new Bench(5, { tenant: { quotas: quotas({ allocationsPerSecond: 2, allocationsBurst: 2 }) } })
    bench.allocate('13800000001', '13900000001')
    bench.allocate('13800000002', '13900000002')
    expect(bench.run(sampleAllocate('13800000003', '13900000003'))).toMatchObject({
      refusal: { reason: 'QUOTA_RATE', retryAtMs: t0 + 500 },
    })
    bench.pass(500)
    bench.allocate('13800000003', '13900000003')
  })

  it('undoes a batch to the cell: later decisions are the same [I5, I8]', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.nat(3)), { maxLength: 60 }), fc.nat(60), (steps, cut) => {
        const kept = new Bench(3, { pool: { maxBindingsPerNumber: 3 } })
        const undone = new Bench(3, { pool: { maxBindingsPerNumber: 3 } })
        const step = (bench: Bench, [a, b, what]: [number, number, number]) => {
          if (what === 0) bench.pass(20_000)
          if (what === 1 && bench.bindings.has(a + 1)) return reason(bench.release(a + 1))
          return reason(
            bench.run(sampleAllocate(`1380000000${a}`, `1390000000${b}`, { mode: what === 3 ? 'AXYB' : 'AXB' })),
          )
        }
        const before = steps.slice(0, cut)
        for (const s of before) expect(step(undone, s)).toBe(step(kept, s))
        const { now } = undone
        const rows = new Map(undone.bindings)
        undone.state.undo.begin()
        for (const s of steps) step(undone, s)
        undone.state.undo.rollBack()
        undone.now = now
        undone.bindings.clear()
        for (const [seq, row] of rows) undone.bindings.set(seq, row)
        checkInvariants(undone.state)
        for (const s of steps) expect(step(undone, s)).toBe(step(kept, s))
        expect(undone.bindings).toEqual(kept.bindings)
      }),
      { numRuns: 100 },
    )
  })
})

function quotas(change: object) {
  return {
    liveBindings: undefined,
    liveBindingsPerParty: undefined,
    numbersHeld: undefined,
    allocationsPerSecond: undefined,
    allocationsBurst: undefined,
    allocationsPerPartyPerDay: undefined,
    ...change,
  }
}
