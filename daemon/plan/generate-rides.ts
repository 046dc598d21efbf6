/**
 * Ride hailing over a day. A driver takes one trip after another and is promised
 * the next before the present one ends, so that windows overlap; one ride in
 * ten is booked ahead for a driver.
 */
import { arrivals, type Knot, minuteMs } from './day-profile.js'
import { Random } from './random.js'
import type { Booking } from './trace.js'

const day: readonly Knot[] = [
  [5, 0.1],
  [8, 1],
  [10, 0.45],
  [16, 0.5],
  [18.5, 1],
  [21, 0.5],
  [23.9, 0.15],
]
const tripsPerDriver = 12
const ridesPerRider = 1.4
const aheadShare = 0.1
/** The next trip is promised at most so long before the present one ends. */
const promisedMs = 6 * minuteMs
/** A lost umbrella can be asked for so long after the ride. */
const afterRideMs = 10 * minuteMs

/** @param bindings how many, in order of asking */
export function* generateRides(seed: number, bindings: number): Generator<Booking> {
  const random = new Random(seed)
  const freeMs: number[] = Array.from({ length: Math.ceil(bindings / tripsPerDriver) }, () => 0)
  const riders = Math.ceil(bindings / ridesPerRider)
  for (const bookedMs of arrivals(bindings, day, random)) {
    const rideMs = Math.round(Math.min(90, Math.max(6, random.logNormal(17, 0.5))) * minuteMs)
    const b = `rider-${random.below(riders)}`
    if (random.next() < aheadShare) {
      const startMs = bookedMs + Math.round(random.between(15, 60) * minuteMs)
      const a = `driver-${random.below(freeMs.length)}`
      yield { bookedMs, startMs, endMs: startMs + rideMs + afterRideMs, a, b, area: '' }
      continue
    }
    const driver = freeDriver(random, freeMs, bookedMs)
    const rideEndMs = Math.max(bookedMs, freeMs[driver]!) + rideMs
    freeMs[driver] = rideEndMs
    yield { bookedMs, startMs: bookedMs, endMs: rideEndMs + afterRideMs, a: `driver-${driver}`, b, area: '' }
  }
}

/** One that is free or soon will be; the fleet grows where none of many draws is. */
function freeDriver(random: Random, freeMs: number[], nowMs: number): number {
  for (let tries = 0; tries < 40; tries += 1) {
    const driver = random.below(freeMs.length)
    if (freeMs[driver]! - promisedMs <= nowMs) return driver
  }
  freeMs.push(0)
  return freeMs.length - 1
}
