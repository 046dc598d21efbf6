/**
 * Food delivery at lunch. Couriers carry several orders at once, a few of them
 * far more than the rest; each order binds courier and customer until it is
 * delivered, one in five also courier and restaurant until it is picked up.
 */
import { arrivals, type Knot, minuteMs } from './day-profile.js'
import { Random, Weighted } from './random.js'
import type { Booking } from './trace.js'

const lunch: readonly Knot[] = [
  [10.5, 0.1],
  [11.25, 0.7],
  [12, 1],
  [12.5, 0.9],
  [13.5, 0.25],
  [14.5, 0.1],
]
const bindingsPerCourier = 16
const bindingsPerRestaurant = 80
/** What a platform lets one courier carry at once. */
const ordersAtOnce = 12
const restaurantShare = 0.2
const returningShare = 0.08

/** @param bindings how many, in order of start; each starts when it is asked for */
export function* generateFood(seed: number, bindings: number): Generator<Booking> {
  const random = new Random(seed)
  const couriers = new Couriers(Math.ceil(bindings / bindingsPerCourier), random)
  const restaurants = new Weighted(
    Array.from({ length: Math.ceil(bindings / bindingsPerRestaurant) }, () => random.pareto(1.6, 4)),
  )
  let customers = 0
  for (const startMs of arrivals(bindings, lunch, random)) {
    const toRestaurant = random.next() < restaurantShare
    const windowMs = Math.round(random.between(30, 60) * minuteMs)
    const a = `courier-${couriers.draw(random, startMs, startMs + windowMs)}`
    const again = customers > 0 && random.next() < returningShare
    if (!toRestaurant && !again) customers += 1
    const customer = again ? random.below(customers) + 1 : customers
    const b = toRestaurant ? `restaurant-${restaurants.draw(random)}` : `customer-${customer}`
    yield { bookedMs: startMs, startMs, endMs: startMs + windowMs, a, b, area: '' }
  }
}

class Couriers {
  readonly #weights: Weighted
  readonly #ends: number[][]

  constructor(count: number, random: Random) {
    this.#weights = new Weighted(Array.from({ length: count }, () => random.pareto(1.4, 12)))
    this.#ends = Array.from({ length: count }, () => [])
  }

  /** A courier with room for one more; the fleet grows where none of a few draws has any. */
  draw(random: Random, nowMs: number, endMs: number): number {
    for (let tries = 0; tries < 20; tries += 1) {
      const courier = this.#weights.draw(random)
      const live = this.#ends[courier]!.filter((one) => one > nowMs)
      this.#ends[courier] = live
      if (live.length >= ordersAtOnce) continue
      live.push(endMs)
      return courier
    }
    this.#ends.push([endMs])
    return this.#ends.length - 1
  }
}
