import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NumberRecord } from '../core/directory.js'
import { NumberCache } from './number-cache.js'

const recordOf = (digits: string): NumberRecord => ({
  digits,
  shard: 0,
  ordinal: 0,
  pool: 1,
  area: '',
  state: 'IN_SERVICE',
  stateBefore: 'IN_SERVICE',
  importId: 0,
})
const number = fc.stringMatching(/^[0-9]{3,20}$/)

test('a number is found by its digits, in a string or in the middle of bytes, and by no others', () => {
  fc.assert(
    fc.property(fc.uniqueArray(number, { minLength: 2 }), fc.string(), ([stranger, ...known], before) => {
      const cache = new NumberCache(10_000)
      for (const digits of known) cache.set(digits, recordOf(digits))
      for (const digits of known) {
        const text = Buffer.from(`${before}${digits}7`)
        const from = Buffer.byteLength(before)
        expect(cache.get(digits)?.digits).toBe(digits)
        expect(cache.getAt(text, from, from + digits.length)?.digits).toBe(digits)
      }
      expect(cache.get(stranger!)).toBeUndefined()
    }),
  )
})

test('leading zeros count', () => {
  const cache = new NumberCache(10)
  cache.set('0012', recordOf('0012'))
  cache.set('00000000000000000000', recordOf('00000000000000000000'))
  expect([cache.get('012'), cache.get('12'), cache.get('000')]).toEqual([undefined, undefined, undefined])
  expect(cache.get('00000000000000000000')?.digits).toHaveLength(20)
})

test('a record that is set again is the later one', () => {
  const cache = new NumberCache(10)
  cache.set('123', recordOf('123'))
  cache.set('123', { ...recordOf('123'), state: 'FROZEN' })
  expect([cache.get('123')?.state, cache.size]).toEqual(['FROZEN', 1])
})

test('it remembers no more than its bound, and the numbers in use longest', () => {
  const cache = new NumberCache(4_000)
  const busy = '700100000000000'
  cache.set(busy, recordOf(busy))
  for (let i = 0; i < 20_000; i += 1) {
    const digits = String(800_000_000 + i)
    cache.set(digits, recordOf(digits))
    expect(cache.get(busy)?.digits).toBe(busy)
    expect(cache.size).toBeLessThanOrEqual(4_000)
  }
  expect(cache.get('800000000')).toBeUndefined()
  cache.clear()
  expect([cache.get(busy), cache.size]).toEqual([undefined, 0])
})
