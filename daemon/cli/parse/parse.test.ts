import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Direction, Mode } from '../../generated/xpool/v1/types.js'
import { formatDuration, parseDuration } from './duration.js'
import { formatEnum, namesOf, parseEnum } from './enum-name.js'
import { parseNumberBlock } from './number-block.js'
import { parseParty } from './party.js'
import { formatTime, parseTime } from './time.js'

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['250ms', 250],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['1800000', 1_800_000],
  ['0', 0],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', 'm', '-5m', '5 m', '30s1h', '1h1h', '1w', '0.5ms', '5m!', '99999999999999999', 'NaN'])(
  '"%s" is no length of time',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

test('every length of time reads back as what was written', () => {
  fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (ms) => parseDuration(formatDuration(ms)) === ms))
  expect(formatDuration(5_400_000)).toBe('1h30m')
  expect(formatDuration(0)).toBe('0s')
})

test.each([
  ['2026-03-01T08:00:00Z', Date.UTC(2026, 2, 1, 8)],
  ['2026-03-01T08:00Z', Date.UTC(2026, 2, 1, 8)],
  ['2026-03-01 08:00:00.250Z', Date.UTC(2026, 2, 1, 8, 0, 0, 250)],
  ['2026-03-01T16:00+08:00', Date.UTC(2026, 2, 1, 8)],
  ['2026-03-01T16:00+0800', Date.UTC(2026, 2, 1, 8)],
  ['2026-03-01t08:00z', Date.UTC(2026, 2, 1, 8)],
  ['2026-03-01', Date.UTC(2026, 2, 1)],
  ['1772352000000', 1_772_352_000_000],
])('%s is a point in time', (text, ms) => {
  expect(parseTime(text)).toBe(ms)
})

test.each([
  ['2026-03-01T08:00', 'no zone'],
  ['2026-02-30', 'no such day'],
  ['2026-02-30T08:00Z', 'no such day'],
  ['2026-13-01', 'no such month'],
  ['2026-03-01T25:00Z', 'no such hour'],
  ['4102444800000', '2100 and later'],
  ['tomorrow', 'a word'],
  ['-1', 'before 1970'],
  ['', 'nothing'],
])('%s is no point in time: %s', (text) => {
  expect(parseTime(text)).toBeUndefined()
})

test('times are written in UTC whatever the zone of the machine', () => {
  expect(formatTime(Date.UTC(2026, 2, 1, 8))).toBe('2026-03-01T08:00:00Z')
  expect(formatTime(Date.UTC(2026, 2, 1, 8) + 5)).toBe('2026-03-01T08:00:00.005Z')
})

test('enum values go by short name, by full name, and with hyphens', () => {
  expect(parseEnum(Mode, 'MODE_', 'axb')).toBe(Mode.MODE_AXB)
  expect(parseEnum(Mode, 'MODE_', 'MODE_AXYB')).toBe(Mode.MODE_AXYB)
  expect(parseEnum(Direction, 'DIRECTION_', 'a-to-b')).toBe(Direction.DIRECTION_A_TO_B)
  expect(parseEnum(Mode, 'MODE_', 'unspecified')).toBeUndefined()
  expect(parseEnum(Mode, 'MODE_', 'unrecognized')).toBeUndefined()
  expect(parseEnum(Mode, 'MODE_', '1')).toBeUndefined()
  expect(namesOf(Mode, 'MODE_')).toEqual(['axb', 'axyb', 'ax', 'axe', 'axg'])
  expect(formatEnum(Direction, 'DIRECTION_', Direction.DIRECTION_B_TO_A)).toBe('b-to-a')
  expect(formatEnum(Mode, 'MODE_', 77)).toBe('77')
})

test('a party is a number with an optional reference, which may hold anything', () => {
  expect(parseParty('13800000001')).toEqual({ number: '13800000001', verificationRef: '' })
  expect(parseParty('13800000001@kyc/7@x')).toEqual({ number: '13800000001', verificationRef: 'kyc/7@x' })
})

test('a range is FIRST:COUNT of 1 to 50,000 numbers', () => {
  expect(parseNumberBlock('700123456780000:10000')).toEqual({ first: '700123456780000', count: 10_000 })
  expect(parseNumberBlock('0012:50000')?.first).toBe('0012')
  for (const text of ['7001', '7001:0', '7001:50001', '70:5', '7001:-1', 'x:5', '123456789012345678901:1']) {
    expect(parseNumberBlock(text), text).toBeUndefined()
  }
})
