import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbersFrom } from '../../test/directory/writer-fixture.js'
import { BanFilter, banFilterCells } from './ban-filter.js'

function filter(): BanFilter {
  return new BanFilter(new Uint8Array(banFilterCells))
}

const digits = fc.stringMatching(/^[0-9]{3,20}$/)

describe('the filter of bans', () => {
  it('never says no of a caller that was added more often than removed, whatever else comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(digits, fc.integer({ min: 1, max: 300 }), fc.boolean())), (steps) => {
        const there = filter()
        const kept = new Set<string>()
        for (const [caller, times, stays] of steps) {
          for (let i = 0; i < times; i += 1) there.add(caller)
          for (let i = 0; i < (stays ? times - 1 : times); i += 1) there.remove(caller)
          if (stays) kept.add(caller)
        }
        for (const caller of kept) {
          expect(there.mayHold(caller)).toBe(true)
          expect(there.mayHoldAt(Buffer.from(`0${caller}0`), 1, 1 + caller.length)).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('says no again once every ban is lifted', () => {
    const there = filter()
    const callers = numbersFrom(13_800_000_000, 5_000)
    for (const caller of callers) there.add(caller)
    for (const caller of callers) there.remove(caller)
    expect(callers.filter((caller) => there.mayHold(caller))).toEqual([])
  })

  it('keeps a cell that was full for good: it no longer knows how many it stands for', () => {
    const there = filter()
    for (let i = 0; i < 300; i += 1) there.add('13800000000')
    for (let i = 0; i < 300; i += 1) there.remove('13800000000')
    expect(there.mayHold('13800000000')).toBe(true)
  })

  it('mistakes few of the callers who were never banned', () => {
    const there = filter()
    for (const caller of numbersFrom(13_800_000_000, 100_000)) there.add(caller)
    const mistaken = numbersFrom(15_900_000_000, 100_000).filter((caller) => there.mayHold(caller))
    // Two cells of a million with 200,000 marks: 3 % by chance.
    expect(mistaken.length).toBeLessThan(4_000)
    expect(there.mayHoldAt(Buffer.from(mistaken[0]!), 0, mistaken[0]!.length)).toBe(true)
    const right = numbersFrom(15_900_000_000, 1_000).find((caller) => !there.mayHold(caller))!
    expect(there.mayHoldAt(Buffer.from(right), 0, right.length)).toBe(false)
  })
})
