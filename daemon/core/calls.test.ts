import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Binding } from './binding.js'
import {
  afterReport,
  type CallReport,
  type Calls,
  callsUsed,
  heldUntil,
  isCalling,
  lastCaller,
  noCalls,
} from './calls.js'
import { limits } from './limits.js'

const a = '13800000001'
const b = '13800000002'
const maxCallMs = 60_000
const binding = { a: { number: a }, terms: { maxCallMs, callback: 'LAST_CALLER' } } as Binding

function report(phase: CallReport['phase'], atMs: number, change: Partial<CallReport> = {}): CallReport {
  return { callId: 'c1', phase, atMs, caller: b, number: '', answered: false, cause: '', ...change }
}

function callsAfter(...reports: CallReport[]): Calls {
  return reports.reduce((calls, one) => afterReport(calls, one, binding, one.atMs), noCalls)
}

describe('the calls of a binding', () => {
  it('I11: a call in progress holds to its limit, one that has ended to its hang-up', () => {
    const started = callsAfter(report('STARTED', 1_000))
    expect([heldUntil(started), isCalling(started, 1_000)]).toEqual([1_000 + maxCallMs, true])
    const ended = callsAfter(report('STARTED', 1_000), report('ENDED', 5_000))
    expect([heldUntil(ended), isCalling(ended, 5_000)]).toEqual([5_000, false])
  })

  it('I11: a call whose ENDED is lost is over at its limit', () => {
    const calls = callsAfter(report('STARTED', 1_000), report('ANSWERED', 2_000))
    expect(isCalling(calls, 1_000 + maxCallMs)).toBe(false)
    expect(callsUsed(calls, 1_000 + maxCallMs)).toBe(1)
    const unanswered = callsAfter(report('STARTED', 1_000))
    expect(callsUsed(unanswered, 1_000 + maxCallMs)).toBe(0)
  })

  it('I11: repeated and late reports change nothing', () => {
    const reports = [report('STARTED', 1_000), report('ANSWERED', 2_000), report('ENDED', 5_000, { answered: true })]
    const once = callsAfter(...reports)
    for (const again of reports) expect(afterReport(once, again, binding, 6_000)).toBe(once)
    expect(callsUsed(once, 6_000)).toBe(1)
  })

  it('I11: whatever the order and the repeats, an answered call counts once and is over', () => {
    const all = [report('STARTED', 1_000), report('ANSWERED', 2_000), report('ENDED', 5_000, { answered: true })]
    const orders = fc.array(fc.constantFrom(...all), { maxLength: 9 })
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 3 }), orders, (each, repeats) => {
        const calls = [...each, ...repeats].reduce((so, one) => afterReport(so, one, binding, 6_000), noCalls)
        expect([callsUsed(calls, 6_000), isCalling(calls, 6_000), calls.lastHangUpMs]).toEqual([1, false, 5_000])
      }),
    )
  })

  it('I12: remembers a bounded number of calls, and holds for those it forgets', () => {
    const started = Array.from({ length: limits.openCalls + 5 }, (_, i) =>
      report('STARTED', 1_000 + i, { callId: `c${i}` }),
    )
    const calls = callsAfter(...started)
    expect(calls.open).toHaveLength(limits.openCalls)
    expect(calls.closed.length).toBeLessThanOrEqual(limits.closedCalls)
    expect(heldUntil(calls)).toBe(1_000 + limits.openCalls + 4 + maxCallMs)
  })

  it('the last caller is that of the latest call towards A, within the window', () => {
    const calls = callsAfter(
      report('STARTED', 2_000),
      report('STARTED', 1_000, { callId: 'late', caller: '13800000009' }),
    )
    expect(lastCaller(calls, 500, 2_499)).toBe(b)
    expect(lastCaller(calls, 500, 2_500)).toBeUndefined()
    const byA = callsAfter(report('STARTED', 2_000), report('STARTED', 3_000, { callId: 'c2', caller: a }))
    expect(lastCaller(byA, 5_000, 3_000)).toBe(b)
    const withheld = callsAfter(report('STARTED', 2_000), report('STARTED', 3_000, { callId: 'c2', caller: undefined }))
    expect(lastCaller(withheld, 5_000, 3_000)).toBeUndefined()
  })
})
