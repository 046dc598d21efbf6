import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTime } from '../parse/time.js'
import { fromNow, localTime, moment } from './moment.js'

test.each([
  [0, 'now'],
  [-5, 'now'],
  [1, 'in 1 s'],
  [45_000, 'in 45 s'],
  [90_000, 'in 1 min 30 s'],
  [120_000, 'in 2 min'],
  [179_001, 'in 3 min'],
  [7_500_000, 'in 2 h 5 min'],
  [3_600_000, 'in 1 h'],
  [3 * 86_400_000 + 4 * 3_600_000 + 60_000, 'in 3 d 4 h'],
])('%d ms are %s', (ms, text) => {
  expect(fromNow(ms)).toBe(text)
})

test('a local time names its offset, so that it is the same moment wherever it is read, and never too early', () => {
  fc.assert(
    fc.property(fc.nat({ max: 4_000_000_000_000 }), (ms) => {
      const back = parseTime(localTime(ms))!
      return back >= ms && back < ms + 1_000
    }),
  )
  const at = Date.UTC(2026, 2, 1, 8)
  expect(moment(at, at - 180_000)).toMatch(/^2026-0[23]-\d\d \d\d:\d\d:00[+-]\d\d:\d\d, in 3 min$/)
})
