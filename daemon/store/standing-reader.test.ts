import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyReservation } from '../../test/samples/shard-data.js'
import { type Reservation, speaking } from '../core/reservation.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { decodeRoute, encodeRoute } from './route-codec.js'
import { routeKey, routeKeyBytes, writeRouteKeyOf } from './route-key.js'
import { DigitText, RowStanding } from './standing-reader.js'

const rows = fc.array(anyReservation, { minLength: 1, maxLength: 8 })
/** Moments at which something may change, and those beside them. */
const moment = (byStart: readonly Reservation[], pick: number): number => {
  const edges = byStart.flatMap(({ startMs, endMs, freeAtMs }) => [startMs, endMs, freeAtMs])
  return edges[pick % edges.length]! + ((pick >> 8) % 3) - 1
}

test('a row in place says what the reservation that speaks says, at any moment', () => {
  const standing = new RowStanding()
  fc.assert(
    fc.property(rows, fc.nat(), (byStart, pick) => {
      const nowMs = moment(byStart, pick)
      const row = Buffer.concat([encodeRoute(byStart), Buffer.from('what an earlier row left')])
      const length = row.length - 'what an earlier row left'.length
      const wanted = speaking(decodeRoute(row.subarray(0, length)), nowMs)
      expect(standing.read(row, length, nowMs)).toBe(wanted !== undefined)
      if (wanted === undefined) return
      const { callee, display } = wanted
      expect([standing.callee.text, standing.display.text]).toEqual([callee, display])
      expect(standing.display.is(display)).toBe(true)
      expect(standing.display.is(`${display}1`)).toBe(false)
      const { seq, tenant, role, callback, startMs, endMs, graceMs, removed, routeDirection, direction } = standing
      expect(wanted).toMatchObject({
        ...{ seq, tenant, role, callback, startMs, endMs, graceMs, removed, routeDirection, direction },
        ...{ graceDirection: standing.graceDirection, media: standing.media, maxCallMs: standing.maxCallMs },
        ...{ maxCalls: standing.maxCalls, record: standing.record, hasUserData: standing.hasUserData },
      })
    }),
    { numRuns: 2_000 },
  )
})

test('bytes that no writer of ours made are refused, and never read beyond their end', () => {
  const standing = new RowStanding()
  fc.assert(
    fc.property(rows, fc.nat(), fc.nat(), fc.nat({ max: 255 }), (byStart, pick, place, byte) => {
      const row = encodeRoute(byStart).slice()
      row[place % row.length] = byte
      const cut = place % 3 === 0 ? row.subarray(0, pick % row.length) : row
      try {
        standing.read(cut, cut.length, moment(byStart, pick))
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableBytes)
      }
    }),
    { numRuns: 2_000 },
  )
  const row = encodeRoute([]).slice()
  expect(() => standing.read(row, row.length, 0)).toThrow('a route of 0 reservations')
  expect(() => standing.read(row, 0, 0)).toThrow('a route of 0 reservations')
})

test('a row that is cut or has a tail is refused', () => {
  const standing = new RowStanding()
  fc.assert(
    fc.property(rows, fc.nat(), (byStart, pick) => {
      const row = Buffer.concat([encodeRoute(byStart), Buffer.alloc(1)])
      expect(() => standing.read(row, row.length, 0)).toThrow(UnreadableBytes)
      expect(() => standing.read(row, pick % (row.length - 1), 0)).toThrow(UnreadableBytes)
    }),
  )
})

test('digits are unpacked as they were packed, and bytes that hold none are refused', () => {
  const digits = new DigitText()
  const unpack = (hex: string): string => {
    digits.unpack(Buffer.from(hex, 'hex'), 0, hex.length / 2)
    return digits.text
  }
  expect([unpack(''), unpack('13800f'), unpack('0099')]).toEqual(['', '13800', '0099'])
  for (const hex of ['1a', 'a1', '1f00', 'ff']) expect(() => unpack(hex)).toThrow(UnreadableBytes)
})

test('a key of digits in ASCII is the key of those digits', () => {
  const party = fc.stringMatching(/^[0-9]{3,20}$/)
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), party, fc.string(), (ordinal, digits, before) => {
      const text = Buffer.from(`${before}${digits}99`)
      const from = Buffer.byteLength(before)
      const out = new Uint8Array(routeKeyBytes).fill(0xee)
      writeRouteKeyOf(ordinal, 'EXACT', text, from, from + digits.length, out)
      expect(out).toEqual(routeKey(ordinal, { kind: 'EXACT', party: digits }))
      writeRouteKeyOf(ordinal, 'EXTENSION', text, from, from + digits.length, out)
      expect(out).toEqual(routeKey(ordinal, { kind: 'EXTENSION', extension: digits }))
      writeRouteKeyOf(ordinal, 'ANY', text, from, from, out)
      expect(out).toEqual(routeKey(ordinal, { kind: 'ANY' }))
    }),
  )
})
