/**
 * Figures as people read them: 250 us, 1.5 ms, 20 k/s, 4 MB. A unit of time is
 * carried to the size that fits; so is a count or a number of bytes.
 */

/** Units of time that a unit may be given in, nanoseconds. */
const timeUnits: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 }

const timeSizes = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
] as const

const countSizes = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
] as const

/** Narrow, so that figure and unit are never parted at a line's end. */
const space = '\u202f'

/** @param unit of time (ns, us, ms, s), of memory (B), `%`, `/s`, or any word, which is left to the axis */
export function quantity(value: number, unit: string): string {
  const nanoseconds = timeUnits[unit]
  if (nanoseconds !== undefined) return sized(value * nanoseconds, timeSizes, space)
  if (unit === '%') return `${short(value)}${space}%`
  if (value === 0) return '0'
  const suffix = unit === 'B' ? 'B' : unit.startsWith('/') ? unit : ''
  const text = sized(value, countSizes, space)
  return /\d$/.test(text) && suffix === 'B' ? `${text}${space}B` : `${text}${suffix}`
}

function sized(value: number, sizes: readonly (readonly [number, string])[], gap: string): string {
  const size = sizes.find(([least]) => Math.abs(value) >= least * 0.9995) ?? sizes.at(-1)!
  if (value === 0) return '0'
  return size[1] === '' ? short(value) : `${short(value / size[0])}${gap}${size[1]}`
}

/** Three significant digits, and no zeros that say nothing. */
function short(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return String(Number(value.toFixed(Math.min(6, digits))))
}

/** Whether `quantity` writes the unit itself, so that an axis need not. */
export function carriesUnit(unit: string): boolean {
  return unit in timeUnits || unit === '%' || unit === 'B' || unit.startsWith('/')
}
