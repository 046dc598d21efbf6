/** Points in time in a trace: ISO 8601 with a zone, or unix milliseconds. */
import { limits } from '../core/limits.js'

const iso = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})$/i

/** Unix ms below 2100; undefined when the text is none, or says no zone: this machine's own tells nothing. */
export function readTime(text: string): number | undefined {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : readIso(text)
  return ms !== undefined && ms >= 0 && ms < limits.timeMs ? ms : undefined
}

function readIso(text: string): number | undefined {
  const [, date, time, zone] = iso.exec(text) ?? []
  if (date === undefined) return undefined
  // The platform rolls some impossible dates over: ask whether it is still the same day.
  if (new Date(`${date}T00:00Z`).toJSON()?.startsWith(date) !== true) return undefined
  const ms = Date.parse(`${date}T${time}${zone!.toUpperCase()}`)
  return Number.isNaN(ms) ? undefined : ms
}
