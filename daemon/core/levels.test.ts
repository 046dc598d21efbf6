import { describe, expect, it } from 'vitest'
import { apply } from './apply.js'
import { decideLevels } from './levels.js'
import { samplePool } from './testing.js'
import { Bench } from './testing-bench.js'

/** Ten numbers for one binding each, without cooldown; low below five. */
function tenNumbers(): Bench {
  return new Bench(10, { pool: { maxBindingsPerNumber: 1, cooldownMs: 0, lowNumbers: 5, sparePercent: 0 } })
}

function allocate(bench: Bench, count: number): void {
  for (let i = 0; i < count; i += 1) bench.allocate(`138000000${10 + i}`, `139000000${10 + i}`)
}

function tell(bench: Bench): unknown[] {
  const events = decideLevels(bench.state)
  for (const event of events) apply(bench.state, event)
  return events
}

const level = (low: boolean, free: number) => [{ type: 'pool-level', pool: 1, low, free }]

describe('the level of a pool', () => {
  it('is told once when it falls below low_numbers, and once when a margin above it is free again', () => {
    const bench = tenNumbers()
    allocate(bench, 5)
    expect(tell(bench)).toEqual([])
    allocate(bench, 1)
    expect(tell(bench)).toEqual(level(true, 4))
    expect(tell(bench)).toEqual([])
    bench.release(1)
    expect(tell(bench)).toEqual([])
    bench.release(2)
    expect(tell(bench)).toEqual(level(false, 6))
    expect(tell(bench)).toEqual([])
  })

  it('is told again where the batch that told it was undone [I5]', () => {
    const bench = tenNumbers()
    allocate(bench, 6)
    bench.state.undo.begin()
    expect(tell(bench)).toEqual(level(true, 4))
    bench.state.undo.rollBack()
    expect(tell(bench)).toEqual(level(true, 4))
    expect(tell(bench)).toEqual([])
  })

  it('follows a change of low_numbers, and 0 warns of nothing', () => {
    const bench = tenNumbers()
    const adopt = (lowNumbers: number) => {
      const pool = samplePool({ ...bench.state.pools.get(1)!.policy, lowNumbers })
      bench.state.adopt({ type: 'pool', pool })
    }
    adopt(11)
    expect(tell(bench)).toEqual(level(true, 10))
    adopt(0)
    expect(tell(bench)).toEqual(level(false, 10))
    bench.state.adopt({ type: 'number-state', ordinals: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], state: 'DRAINING' })
    expect(tell(bench)).toEqual([])
  })
})
