/**
 * Parcels. In the morning a courier loads 100 to 200 of them, a few couriers
 * far more, and is bound to each recipient for the day. Offices, shops and
 * porters get many parcels from many couriers.
 */
import { dayOneMs, hourMs, minuteMs } from './day-profile.js'
import { Random, Weighted } from './random.js'
import type { Booking } from './trace.js'

const parcelsMedian = 150
const parcelsLeast = 60
const parcelsMost = 450
const busyShare = 0.2
const parcelsPerBusyPlace = 60
/** One scan after the other while the van is loaded. */
const scanMs = 3_000
const windowMs = 14 * hourMs

/** @param bindings how many, in order of start; each starts when it is asked for */
export function* generateParcels(seed: number, bindings: number): Generator<Booking> {
  const random = new Random(seed)
  const busy = new Weighted(
    Array.from({ length: Math.ceil((bindings * busyShare) / parcelsPerBusyPlace) }, () => random.pareto(1.8, 8)),
  )
  const all: Booking[] = []
  for (let courier = 0; all.length < bindings; courier += 1) {
    const drawn = Math.round(random.logNormal(parcelsMedian, 0.35))
    const parcels = Math.min(bindings - all.length, parcelsMost, Math.max(parcelsLeast, drawn))
    const loadingMs = dayOneMs + 6.5 * hourMs + Math.round(random.between(0, 150) * minuteMs)
    for (let parcel = 0; parcel < parcels; parcel += 1) {
      const startMs = loadingMs + parcel * scanMs
      const b = random.next() < busyShare ? `office-${busy.draw(random)}` : `home-${all.length}`
      all.push({ bookedMs: startMs, startMs, endMs: startMs + windowMs, a: `courier-${courier}`, b, area: '' })
    }
  }
  yield* all.sort((x, y) => x.startMs - y.startMs)
}
