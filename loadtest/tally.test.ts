import { expect, test } from 'vitest'
import { arrivals } from './arrivals.js'
import { emptyHistogram, encodeHistogram, mergeEncoded, percentileCurve } from './histograms.js'
import { intervalMsFor, intervalsMax, Meter } from './meter.js'
import { Random } from './random.js'
import { flat, lunch } from './shape.js'
import { stepOf } from './step.js'
import { sumOf } from './tally.js'

const percentilesAsked = [0, 1, 50, 90, 99, 99.9, 99.99, 100]

test('histograms of several processes add up exactly', () => {
  const random = new Random(11)
  const whole = emptyHistogram(3)
  const parts = Array.from({ length: 4 }, () => emptyHistogram(3))
  for (let i = 0; i < 20_000; i += 1) {
    const value = 1 + Math.floor(2 ** (random.below(2_500) / 100))
    whole.recordValue(value)
    parts[i % parts.length]!.recordValue(value)
  }
  const merged = mergeEncoded(parts.map(encodeHistogram), 3)
  expect(merged.totalCount).toBe(whole.totalCount)
  for (const percentile of percentilesAsked) {
    expect(merged.getValueAtPercentile(percentile)).toBe(whole.getValueAtPercentile(percentile))
  }
})

test('tallies add up: items, refusals, overrun, intervals', () => {
  const tallies = [1, 2].map((factor) => {
    const meter = new Meter(2_000)
    meter.begin(0)
    for (let i = 0; i < factor; i += 1) meter.record(stepOf({ kind: 'resolve', resolved: 3 }), 100, 200)
    meter.record(stepOf({ kind: 'allocate', allocated: 1, refused: ['POOL_EXHAUSTED'] }), 900, 1_100)
    meter.recordOverrun(1_500, factor)
    return meter.tally(2_000 + factor, 10)
  })
  const sum = sumOf(tallies)
  expect(sum).toMatchObject({ elapsedMs: 2_002, clientCpuUs: [10, 10], overrun: 3, refused: { POOL_EXHAUSTED: 2 } })
  expect(sum.items).toEqual({ resolve: 9, allocate: 2, release: 0, report: 0 })
  // Answers count when they come, latency where the step was due.
  expect(sum.intervals.map(({ items }) => [items.resolve, items.allocate])).toEqual([
    [9, 0],
    [0, 2],
  ])
  expect(sum.intervals[0]!.latency.get('allocate')!.totalCount).toBe(2)
  expect(sum.intervals[1]!.overrun).toBe(3)
})

test('an interval in which nothing happened is there all the same', () => {
  const meter = new Meter(3_000)
  meter.begin(0)
  meter.record(stepOf({ kind: 'resolve', resolved: 1 }), 2_100, 2_200)
  expect(sumOf([meter.tally(3_000, 0)]).intervals.map(({ items }) => items.resolve)).toEqual([0, 0, 1])
})

test('however long a run, its intervals are bounded', () => {
  for (const seconds of [1, 599, 600, 601, 86_400]) {
    const intervalMs = intervalMsFor(seconds * 1_000)
    expect((seconds * 1_000) / intervalMs).toBeLessThanOrEqual(intervalsMax)
    expect(intervalMs % 1_000).toBe(0)
  }
})

test('the curve of percentiles rises from the least to the greatest', () => {
  const histogram = emptyHistogram(3)
  for (let value = 1; value <= 1_000; value += 1) histogram.recordValue(value)
  const curve = percentileCurve(histogram)
  expect(curve[0]).toEqual([0, 1])
  expect(curve.at(-1)).toEqual([3, 1_000])
  expect(curve.map(([, us]) => us)).toEqual(curve.map(([, us]) => us).toSorted((a, b) => a - b))
  expect(curve.find(([nines]) => nines === 1)?.[1]).toBe(900)
})

const wanted = { perSecond: 100, durationMs: 10_000, phase: 0.5, shape: flat }

test('constant arrivals are even, and processes send in turn', () => {
  const random = new Random(1)
  const due = [...arrivals({ ...wanted, kind: 'constant', random })]
  expect(due.length).toBe(1_000)
  expect(due[0]).toBe(5)
  expect(due[1]! - due[0]!).toBeCloseTo(10)
})

test('Poisson arrivals keep the rate, and the same seed gives the same', () => {
  const draw = (seed: number) => [...arrivals({ ...wanted, kind: 'poisson', random: new Random(seed) })]
  expect(Math.abs(draw(4).length - 1_000)).toBeLessThan(150)
  expect(draw(4)).toEqual(draw(4))
  expect(draw(4)).not.toEqual(draw(5))
})

test('at lunch most is due in the middle', () => {
  const due = [...arrivals({ ...wanted, kind: 'constant', shape: lunch, random: new Random(1) })]
  const within = (from: number, to: number) => due.filter((at) => at >= from && at < to).length
  expect(within(4_000, 6_000)).toBeGreaterThan(3 * within(0, 2_000))
  expect(within(4_000, 6_000)).toBeGreaterThan(3 * within(8_000, 10_000))
})
