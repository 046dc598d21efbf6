import { describe, expect, test } from 'vitest'
import { generate, traceKinds } from './generate.js'
import { starPartners } from './generate-adversarial.js'
import { lowerBound } from './lower-bound.js'
import { mostAtOnce } from './occupation.js'
import { type Booking, traceOf } from './trace.js'
import { lineOf, readHeader, readLine, writtenHeader } from './trace-line.js'

const bindings = 3_000

describe.each(traceKinds)('%s', (kind) => {
  const bookings = [...generate(kind, 1, bindings)]

  test('the same seed gives the same trace, another seed another', () => {
    expect([...generate(kind, 1, bindings)]).toEqual(bookings)
    expect([...generate(kind, 2, bindings)]).not.toEqual(bookings)
  })

  test('it has as many bindings as asked for, in order of asking, each of which can be read', () => {
    expect(bookings.length).toBe(bindings)
    const columns = readHeader(writtenHeader)
    if ('fault' in columns) throw new Error(columns.fault)
    for (const [i, booking] of bookings.entries()) {
      expect(readLine(columns, lineOf(booking))).toEqual(booking)
      expect(booking.bookedMs).toBeGreaterThanOrEqual(bookings[i - 1]?.bookedMs ?? 0)
    }
  })
})

function countsByA(bookings: Iterable<Booking>): number[] {
  const counts = new Map<string, number>()
  for (const { a } of bookings) counts.set(a, (counts.get(a) ?? 0) + 1)
  return [...counts.values()].sort((x, y) => y - x)
}

test('food: windows of 30 to 60 minutes, and a few couriers carry far more than the rest', () => {
  const bookings = [...generate('food', 1, bindings)]
  for (const { startMs, endMs } of bookings) {
    expect(endMs - startMs).toBeGreaterThanOrEqual(1_800_000)
    expect(endMs - startMs).toBeLessThanOrEqual(3_600_000)
  }
  const counts = countsByA(bookings)
  expect(counts[0]!).toBeGreaterThan(3 * counts[Math.floor(counts.length / 2)]!)
})

test('rides: no driver has many windows at once, many have two', () => {
  const trace = traceOf(generate('rides', 1, bindings))
  const { party } = lowerBound(trace, 0, 1_000)
  expect(party).toBeGreaterThanOrEqual(2)
  expect(party).toBeLessThanOrEqual(6)
})

test('parcels: nearly every courier has 60 to 450 in a day, half of them 100 to 200 or more', () => {
  const counts = countsByA(generate('parcels', 1, bindings)).slice(0, -1)
  expect(Math.max(...counts)).toBeLessThanOrEqual(450)
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(60)
  expect(counts.filter((count) => count >= 100 && count <= 200).length).toBeGreaterThan(counts.length / 2)
})

test('stars: no party has more than its share, and all stand at once', () => {
  const trace = traceOf(generate('stars', 1, bindings))
  expect(lowerBound(trace, 0, 1_000).party).toBe(starPartners)
  expect(mostAtOnce(trace.startMs, trace.endMs)).toBe(trace.bookings)
})

test('cliques: it is the odd sets that tell what they need', () => {
  expect(lowerBound(traceOf(generate('cliques', 1, bindings)), 0, 1_000)).toMatchObject({
    numbers: 21,
    party: 20,
    oddSet: 21,
  })
})
