import { expect, test } from 'vitest'
import { normal } from './compare/testing.js'
import { draws } from './sample.js'
import { interquartileMean, medianOf, trimmedInterval } from './statistics.js'

test('the median stands in the middle, between two when they are even', () => {
  expect(medianOf([3, 1, 2])).toBe(2)
  expect(medianOf([4, 1, 2, 3])).toBe(2.5)
  expect(() => medianOf([])).toThrow('nothing')
})

test('the interquartile mean leaves out what is far off', () => {
  expect(interquartileMean([1, 2, 3, 4])).toBe(2.5)
  expect(interquartileMean([2, 2, 2, 4, 4, 4, 4, 900])).toBe(3.5)
  expect(interquartileMean([7])).toBe(7)
})

test('an interval holds the truth about as often as it says', () => {
  const draw = draws(11)
  const trials = 4_000
  let missed = 0
  for (let trial = 0; trial < trials; trial += 1) {
    const { lower, upper } = trimmedInterval(Array.from({ length: 8 }, () => 3 + normal(draw)))
    if (lower > 3 || upper < 3) missed += 1
  }
  // Once in 2,000 on either side is once in 1,000; of 4,000 trials 4.
  expect(missed).toBeLessThan(12)
})

test('one disturbed sample moves the middle of an interval no further than its neighbours lie', () => {
  const quiet = [0.99, 1, 1, 1.01, 1, 0.99, 1.01, 1]
  const disturbed = trimmedInterval([...quiet.slice(1), 40])
  expect(disturbed.middle).toBeCloseTo(1, 1)
  expect(disturbed.upper).toBeLessThan(1.1)
})

test('of three samples nothing is said', () => {
  expect(() => trimmedInterval([1, 2, 3])).toThrow('too few')
})
