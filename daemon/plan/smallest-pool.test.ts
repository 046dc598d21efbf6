import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallestPool } from './smallest-pool.js'

const usage = (numbers: number) => ({ numbers, granted: 1, refused: 0, atOnce: numbers, touched: numbers })

test('it finds the least that will do from wherever it begins, and tries few', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 }), (least, guess) => {
      const tried: number[] = []
      const found = smallestPool(
        (numbers) => {
          tried.push(numbers)
          return numbers >= least ? usage(numbers) : undefined
        },
        guess,
        5_000,
      )
      expect(found?.numbers).toBe(least)
      expect(new Set(tried).size).toBe(tried.length)
      expect(tried.length).toBeLessThanOrEqual(2 * Math.log2(5_000) + 3)
    }),
  )
})

test('nothing will do: it says so, and tried the most it may', () => {
  const tried: number[] = []
  const found = smallestPool((numbers) => void tried.push(numbers), 3, 100)
  expect(found).toBeUndefined()
  expect(tried.at(-1)).toBe(100)
})
