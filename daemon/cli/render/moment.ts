/** A moment ahead as somebody at a desk reads it: the clock on the wall, and how long that is from now. */
const msPerSecond = 1_000
const msPerMinute = 60_000
const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: msPerMinute },
  { name: 's', ms: msPerSecond },
] as const
/** Below so long seconds are told, above it minutes are the finest. */
const secondsBelowMs = 2 * msPerMinute

/** In the zone of this machine, with its offset: `2026-03-01 16:00:00+08:00`. A part of a second counts as a whole one. */
export function localTime(ms: number): string {
  const at = Math.ceil(ms / msPerSecond) * msPerSecond
  const offsetMinutes = -new Date(at).getTimezoneOffset()
  const local = new Date(at + offsetMinutes * msPerMinute).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60]
  const offset = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':')
  return `${local.replace('T', ' ')}${offsetMinutes < 0 ? '-' : '+'}${offset}`
}

/** `in 3 min`, `in 2 h 5 min`, `in 45 s`, `now`: its two largest units, rounded up so that it is not too early. */
export function fromNow(ms: number): string {
  if (ms <= 0) return 'now'
  const finest = ms < secondsBelowMs ? msPerSecond : msPerMinute
  let rest = Math.ceil(ms / finest) * finest
  const parts: string[] = []
  for (const unit of units) {
    const count = Math.floor(rest / unit.ms)
    rest -= count * unit.ms
    if (count > 0) parts.push(`${count} ${unit.name}`)
  }
  return `in ${parts.slice(0, 2).join(' ')}`
}

/** `2026-03-01 16:00:00+08:00, in 3 min` */
export function moment(ms: number, nowMs: number): string {
  return `${localTime(ms)}, ${fromNow(ms - nowMs)}`
}
