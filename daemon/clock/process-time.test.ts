import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adopt, confirm, jumpMs, type ProcessTime, type Reading, startTime, timeMs } from './process-time.js'

const second = 1_000_000
const reading = (wallS: number, monotonicS: number): Reading => ({
  wallUs: wallS * second,
  monotonicUs: monotonicS * second,
})

/** What may happen between two looks: monotonic time passes, the wall clock moves by as much and then is set elsewhere. */
const moves = fc.array(
  fc.record({
    passUs: fc.integer({ min: 0, max: 3_600 * second }),
    setUs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: -20_000, max: 20_000 }),
      fc.integer({ min: -1_000 * second, max: 1_000 * second }),
      fc.integer({ min: -40_000_000 * second, max: 40_000_000 * second }),
    ),
    confirm: fc.boolean(),
  }),
  { maxLength: 60 },
)
const beginnings = fc.record({
  storedMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  wallUs: fc.integer({ min: 0, max: 4_000_000_000 * second }),
  monotonicUs: fc.integer({ min: 0, max: 1_000_000_000 * second }),
})

describe('process time', () => {
  test('I9 starts at the later of stored and wall', () => {
    expect(timeMs(startTime(5_000, reading(9, 2)).offsetUs, 2 * second)).toBe(9_000)
    expect(timeMs(startTime(50_000, reading(9, 2)).offsetUs, 2 * second)).toBe(50_000)
  })

  test('I9 a wall clock that steps back revives nothing: the monotonic clock carries on', () => {
    const start = startTime(0, reading(10_000, 0))
    const after = adopt(start, reading(6_400, 1))
    expect(after).toBe(start)
    expect(timeMs(after.offsetUs, 5 * second)).toBe(10_005_000)
  })

  test('I9 ten minutes ahead is adopted, a microsecond more is a jump', () => {
    const start = startTime(0, reading(10_000, 0))
    const edge = adopt(start, reading(10_601, 1))
    expect(edge.jumped).toBe(false)
    expect(timeMs(edge.offsetUs, second)).toBe(10_601_000)
    const beyond = adopt(start, { wallUs: 10_601 * second + 1, monotonicUs: second })
    expect(beyond).toEqual({ offsetUs: start.offsetUs, jumped: true })
  })

  test('I9 a jump stays until it is confirmed, even if the wall clock comes back', () => {
    const jumped = adopt(startTime(0, reading(10_000, 0)), reading(20_000, 1))
    const back = adopt(jumped, reading(10_002, 2))
    expect(back.jumped).toBe(true)
    expect(timeMs(back.offsetUs, 2 * second)).toBe(10_002_000)
    expect(confirm(back, reading(10_003, 3))).toEqual({ offsetUs: 10_000 * second, jumped: false })
  })

  test('confirm adopts a wall clock however far ahead, and never one that is behind', () => {
    const jumped = adopt(startTime(0, reading(10_000, 0)), reading(90_000, 1))
    expect(confirm(jumped, reading(90_001, 2)).offsetUs).toBe(89_999 * second)
    expect(confirm(jumped, reading(1, 2))).toEqual({ offsetUs: 10_000 * second, jumped: false })
  })

  test('I9 for all clocks: never falls, never runs behind, never adopts more than 10 minutes unasked', () => {
    fc.assert(
      fc.property(beginnings, moves, ({ storedMs, wallUs: wall0, monotonicUs: monotonic0 }, steps) => {
        let [wallUs, monotonicUs] = [wall0, monotonic0]
        let time: ProcessTime = startTime(storedMs, { wallUs, monotonicUs })
        let last = timeMs(time.offsetUs, monotonicUs)
        expect(last).toBe(Math.max(storedMs, Math.floor(wallUs / 1_000)))
        for (const step of steps) {
          monotonicUs += step.passUs
          wallUs += step.passUs + step.setUs
          const carried = timeMs(time.offsetUs, monotonicUs)
          const at = { wallUs, monotonicUs }
          const wasJumped = time.jumped
          time = step.confirm ? confirm(time, at) : adopt(time, at)
          const now = timeMs(time.offsetUs, monotonicUs)
          expect(now).toBeGreaterThanOrEqual(last)
          expect(now).toBeGreaterThanOrEqual(carried)
          if (step.confirm) {
            expect(time.jumped).toBe(false)
            expect(now).toBe(Math.max(carried, Math.floor(wallUs / 1_000)))
          } else {
            expect(now - carried).toBeLessThanOrEqual(jumpMs)
            const wallMs = Math.floor(wallUs / 1_000)
            if (wallMs > carried + jumpMs) expect([now, time.jumped]).toEqual([carried, true])
            if (wallMs <= carried) expect([now, time.jumped]).toEqual([carried, wasJumped])
            if (wallMs > carried && wallMs < carried + jumpMs) expect(now).toBe(wallMs)
          }
          last = now
        }
      }),
      { numRuns: 500 },
    )
  })
})
