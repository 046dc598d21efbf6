/** When an exclusive number is free: between the reservations of its any key, cooldowns included (I3). */
import type { Ordinal } from './binding.js'
import type { Gap } from './gap-tree.js'
import type { KeyTable } from './key-table.js'
import { limits } from './limits.js'
import type { ReservationTable } from './reservation-table.js'

/** In order; none where the key holds as many reservations as it can. */
export function exclusiveGaps(keys: KeyTable, reservations: ReservationTable, ordinal: Ordinal): Gap[] {
  const gaps: Gap[] = []
  const key = keys.find({ kind: 'ANY' }, ordinal)
  let freeFromMs = 0
  let held = 0
  for (let slot = key === 0 ? 0 : keys.head.get(key); slot !== 0; slot = reservations.nextOfKey.get(slot)) {
    const startMs = reservations.startMs(slot)
    if (startMs > freeFromMs) gaps.push({ startMs: freeFromMs, endMs: startMs })
    freeFromMs = Math.max(freeFromMs, reservations.ownsUntilMs(slot))
    held += 1
  }
  if (held >= limits.reservationsPerKey) return []
  return [...gaps, { startMs: freeFromMs, endMs: Number.POSITIVE_INFINITY }]
}
