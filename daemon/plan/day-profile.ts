/** How the demand of a day rises and falls. */
import type { Random } from './random.js'

export const hourMs = 3_600_000
export const minuteMs = 60_000
/** All generated traces begin on this day, a Monday at midnight UTC. */
export const dayOneMs = Date.UTC(2026, 2, 2)

/** An hour of the day and how lively it is then; straight lines in between. */
export type Knot = readonly [hour: number, liveliness: number]

/** `count` times in order, spread as the profile says; @returns unix ms of day one */
export function* arrivals(count: number, profile: readonly Knot[], random: Random): Generator<number> {
  const areas = profile.slice(1).map(([hour, to], i) => ((hour - profile[i]![0]) * (to + profile[i]![1])) / 2)
  const total = areas.reduce((sum, area) => sum + area, 0)
  let part = 0
  let before = 0
  for (let i = 0; i < count; i += 1) {
    const wanted = ((i + random.next()) / count) * total
    while (part < areas.length - 1 && before + areas[part]! < wanted) {
      before += areas[part]!
      part += 1
    }
    const [fromHour, from] = profile[part]!
    const [toHour, to] = profile[part + 1]!
    const share = shareOf(from, to, Math.min(1, (wanted - before) / areas[part]!))
    yield dayOneMs + Math.round((fromHour + share * (toHour - fromHour)) * hourMs)
  }
}

/** Where on a line from `from` to `to` the given share of the area under it is reached, 0 to 1. */
function shareOf(from: number, to: number, area: number): number {
  const slope = to - from
  if (Math.abs(slope) < 1e-9) return area
  return (Math.sqrt(from * from + slope * (from + to) * area) - from) / slope
}
