import { describe, expect, it } from 'vitest'
import type { AllocateCommand } from './commands.js'
import { explainAllocate } from './explain.js'
import { checkInvariants } from './invariants.js'
import { sampleAllocate } from './testing.js'
import { Bench } from './testing-bench.js'

const [ann, bob, cid, dan] = ['13800000001', '13900000002', '13900000003', '13900000004'] as const
const facts = { known: undefined, binding: undefined, calls: undefined }
const none = {
  not_in_service: 0,
  other_area: 0,
  other_family: 0,
  at_capacity: 0,
  in_use_by_a: 0,
  in_use_by_b: 0,
  cooling: 0,
}

function explain(bench: Bench, a: string, b: string, change: Partial<AllocateCommand> = {}) {
  return explainAllocate(bench.state, sampleAllocate(a, b, change), facts, bench.now)
}

describe('an Allocate explained', () => {
  it('says how the number would be come by, and changes nothing', () => {
    const bench = new Bench(3)
    expect(explain(bench, ann, bob)).toMatchObject({ outcome: { chosenBy: 'IDLE' }, candidates: 3, passedOver: none })
    const { x, seq } = bench.allocate(ann, bob)
    expect(explain(bench, cid, dan).outcome).toMatchObject({ chosenBy: 'IN_USE', binding: { x, seq: seq + 1 } })
    expect(explain(bench, cid, dan, { x }).outcome).toMatchObject({ chosenBy: 'ASKED_FOR', binding: { x } })
    expect(explain(bench, ann, cid).passedOver).toEqual({ ...none, in_use_by_a: 1 })
    bench.release(seq)
    expect(explain(bench, ann, bob).outcome).toMatchObject({ chosenBy: 'STICKY', binding: { x } })
    expect(bench.state.progress.nextSeq).toBe(seq + 1)
    checkInvariants(bench.state)
  })

  it('counts why each number is out of the question, and when a retry can succeed', () => {
    const bench = new Bench(3)
    bench.allocate(ann, '', { mode: 'AX', b: undefined })
    bench.allocate(ann, bob)
    bench.state.adopt({ type: 'number-state', ordinals: [2], state: 'FROZEN' })
    const explained = explain(bench, ann, cid)
    expect(explained.passedOver).toEqual({ ...none, not_in_service: 1, other_family: 1, in_use_by_a: 1 })
    expect(explained.outcome).toMatchObject({
      granted: false,
      refusal: { reason: 'POOL_EXHAUSTED', retryAtMs: bench.now + 60_000 },
    })
  })

  it('tells an empty bucket of the rate limiter, and takes nothing from a full one [I4]', () => {
    const quotas = { liveBindings: undefined, liveBindingsPerParty: undefined, numbersHeld: undefined }
    const rate = { allocationsPerSecond: 1, allocationsBurst: 1, allocationsPerPartyPerDay: undefined }
    const bench = new Bench(3, { tenant: { quotas: { ...quotas, ...rate } } })
    for (let i = 0; i < 3; i += 1) expect(explain(bench, ann, bob).outcome.granted).toBe(true)
    bench.allocate(ann, bob)
    const explained = explain(bench, ann, cid)
    expect(explained.outcome).toMatchObject({ refusal: { reason: 'QUOTA_RATE' } })
    expect(explained.passedOver).toEqual({ ...none, in_use_by_a: 1 })
  })

  it('explains a known request id by the binding it made, and another request under it by a refusal [I7]', () => {
    const bench = new Bench(1)
    const binding = bench.allocate(ann, bob)
    const request = { id: 'r', fingerprint: 'f' }
    const known = (fingerprint: string) =>
      explainAllocate(
        bench.state,
        sampleAllocate(ann, bob, { request }),
        { known: { seq: binding.seq, fingerprint }, binding, calls: undefined },
        bench.now,
      ).outcome
    expect(known('f')).toEqual({ granted: true, binding, chosenBy: 'REPLAYED' })
    expect(known('g')).toMatchObject({ granted: false, refusal: { reason: 'REQUEST_ID_REUSED' } })
  })

  it('explains a refusal that comes before the choice, with the size of the pool', () => {
    const bench = new Bench(2, { tenant: { qualification: 'PENDING' } })
    expect(explain(bench, ann, bob)).toMatchObject({
      outcome: { granted: false, refusal: { reason: 'TENANT_NOT_QUALIFIED' } },
      candidates: 2,
      passedOver: none,
    })
  })
})
