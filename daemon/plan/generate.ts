/** The traces that can be made here, by name. Each is a function of its seed and size alone. */
import { generateCliques, generateStars } from './generate-adversarial.js'
import { generateFood } from './generate-food.js'
import { generateParcels } from './generate-parcels.js'
import { generateRides } from './generate-rides.js'
import type { Booking } from './trace.js'

export const traceKinds = ['food', 'rides', 'parcels', 'stars', 'cliques'] as const
export type TraceKind = (typeof traceKinds)[number]

/** Those that look like a business; the others are made to hurt. */
export const realisticKinds: readonly TraceKind[] = ['food', 'rides', 'parcels']

const generators: Record<TraceKind, (seed: number, bindings: number) => Generator<Booking>> = {
  food: generateFood,
  rides: generateRides,
  parcels: generateParcels,
  stars: generateStars,
  cliques: generateCliques,
}

/** @param bindings how many at most, 1 to planLimits.bookings; stars may end a few short */
export function generate(kind: TraceKind, seed: number, bindings: number): Generator<Booking> {
  return generators[kind](seed, bindings)
}
