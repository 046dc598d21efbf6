/** Points in time: ISO 8601 with a zone, or unix milliseconds. */
import { limits } from '../../core/limits.js'

const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2}))?$/i

/**
 * Unix milliseconds below 2100; undefined when the text is no point in time. A
 * date alone is its midnight in UTC. A time of day needs its zone (`Z`,
 * `+08:00`): this machine's own zone says nothing about what was meant.
 */
export function parseTime(text: string): number | undefined {
  const ms = /^\d+$/.test(text) ? Number(text) : parseIso(text)
  return ms !== undefined && ms >= 0 && ms < limits.timeMs ? ms : undefined
}

function parseIso(text: string): number | undefined {
  const found = iso.exec(text)
  if (found === null) return undefined
  const [, date, time = '00:00', zone = 'Z'] = found
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`)
  // The platform rolls some impossible dates over (30 February to 2 March): ask whether it is still the same day.
  const sameDay = new Date(`${date}T00:00Z`).toJSON()?.startsWith(date!) ?? false
  return Number.isNaN(ms) || !sameDay ? undefined : ms
}

/** ISO 8601 in UTC, whatever the zone of the machine; without milliseconds when they are zero. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
