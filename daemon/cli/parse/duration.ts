/** Lengths of time as people write them: `90s`, `30m`, `1h30m`, `2d`, `250ms`, or a plain number of milliseconds. */
const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const

const part = /(\d+(?:\.\d+)?)(ms|[dhms])/y

/** Whole milliseconds, 0 or more; undefined when the text is no length of time. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return whole(Number(text))
  let total = 0
  let smallest = Number.POSITIVE_INFINITY
  part.lastIndex = 0
  for (let at = 0; at < text.length; at = part.lastIndex) {
    const found = part.exec(text)
    if (found === null) return undefined
    const unit = unitMs[found[2] as keyof typeof unitMs]
    // Units fall from left to right, so that a slip such as `30s1h` is not read as something.
    if (unit >= smallest) return undefined
    smallest = unit
    total += Number(found[1]) * unit
  }
  return smallest === Number.POSITIVE_INFINITY ? undefined : whole(total)
}

/** The shortest exact form, as `parseDuration` reads it: 5400000 is `1h30m`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  let rest = ms
  let text = ''
  for (const [unit, size] of Object.entries(unitMs)) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text
}

function whole(ms: number): number | undefined {
  const rounded = Math.round(ms)
  const exact = Math.abs(ms - rounded) < 1e-6
  return exact && Number.isSafeInteger(rounded) ? rounded : undefined
}
