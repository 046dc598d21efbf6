/** Traces made to hurt an allocator that cannot see the future. */
import { dayOneMs, hourMs } from './day-profile.js'
import { Random } from './random.js'
import type { Booking } from './trace.js'

/** The most bindings that a hub of `stars` has at once. */
export const starPartners = 40
const cliqueHalves = 10

/**
 * Stars: hubs, each with half of its partners of its own, on whom the same
 * numbers serve every hub; then the hubs are bound to each other, where those
 * numbers are of no use. No party ever has more than starPartners at once.
 */
export function* generateStars(seed: number, bindings: number): Generator<Booking> {
  const random = new Random(seed)
  const own = starPartners / 2
  // Half of a hub's bindings are its own, the other half count for two hubs.
  const hubs = Math.max(2, Math.ceil(bindings / (own * 1.5)))
  let made = 0
  const bound = (a: string, b: string): Booking => {
    const startMs = dayOneMs + made
    made += 1
    return { bookedMs: startMs, startMs, endMs: dayOneMs + 2 * hourMs + made, a, b, area: '' }
  }
  for (let partner = 0; partner < own; partner += 1) {
    for (let hub = 0; hub < hubs && made < bindings; hub += 1) yield bound(`hub-${hub}`, `leaf-${hub}-${partner}`)
  }
  const order = random.shuffle(Array.from({ length: hubs }, (_, hub) => hub))
  const pairs: [number, number][] = []
  for (let round = 1; round <= own / 2; round += 1) {
    for (let at = 0; at < hubs; at += 1) {
      const other = (at + round) % hubs
      if (other !== at) pairs.push([order[at]!, order[other]!])
    }
  }
  for (const [one, other] of random.shuffle(pairs)) {
    if (made >= bindings) return
    yield bound(`hub-${one}`, `hub-${other}`)
  }
}

/**
 * Odd cliques: 3, 5, 7 and so on up to 21 parties, each bound to each, in random
 * order. 2k + 1 parties have 2k bindings each and need 2k + 1 numbers.
 */
export function* generateCliques(seed: number, bindings: number): Generator<Booking> {
  const random = new Random(seed)
  let made = 0
  for (let clique = 0; made < bindings; clique += 1) {
    const parties = 2 * ((clique % cliqueHalves) + 1) + 1
    const pairs: [number, number][] = []
    for (let one = 0; one < parties; one += 1) for (let two = 0; two < one; two += 1) pairs.push([one, two])
    for (const [one, two] of random.shuffle(pairs)) {
      if (made >= bindings) return
      const startMs = dayOneMs + made * 100
      made += 1
      const name = (party: number) => `clique-${clique}-${party}`
      yield { bookedMs: startMs, startMs, endMs: startMs + hourMs, a: name(one), b: name(two), area: '' }
    }
  }
}
