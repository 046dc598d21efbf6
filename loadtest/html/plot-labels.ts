/** The name of each series at the end of its line; names that would lie on each other are moved apart. */
import { escaped } from './escaped.js'
import { seriesClass } from './palette.js'
import type { AxisScale } from './scale.js'

/** Between the lines of two names, pixels. */
const gapPx = 16
/** A name longer than the margin holds is cut; the legend has it whole. */
const nameCharsMax = 24
/** A letter of the labels' font, about, pixels. */
const letterPx = 7.2
/** From the end of the lines to the name, pixels. */
const leadPx = 19
/** More series than that, and the legend alone names them. */
export const labelledSeriesMax = 8

export interface LabelledSeries {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
  readonly colour: number
}

export interface LabelFrame {
  readonly width: number
  readonly right: number
  readonly height: number
  readonly top: number
  readonly bottom: number
}

/** The room that the names need beside the plot, pixels; 0 where they are not shown there. */
export function labelMarginPx(names: readonly string[]): number {
  if (!isLabelled(names.length)) return 0
  return leadPx + letterPx * Math.min(nameCharsMax, Math.max(...names.map((name) => name.length)))
}

/** One line needs no name: the title says what it is. */
function isLabelled(count: number): boolean {
  return count > 1 && count <= labelledSeriesMax
}

export function endLabels(series: readonly LabelledSeries[], x: AxisScale, y: AxisScale, frame: LabelFrame): string {
  if (!isLabelled(series.length)) return ''
  const wanted = series.map(({ points }) => y.at(points.at(-1)![1]))
  const placed = spreadOut(wanted, frame.top + 4, frame.height - frame.bottom)
  const edge = frame.width - frame.right
  return series
    .map(({ name, points, colour }, index) => {
      const end = Math.min(edge, x.at(points.at(-1)![0]))
      const shown = name.length > nameCharsMax ? `${name.slice(0, nameCharsMax - 1)}…` : name
      const lead = `<path class="lead ${seriesClass(colour)}" d="M${(end + 5).toFixed(1)} ${wanted[index]!.toFixed(1)}L${edge + 12} ${placed[index]!.toFixed(1)}h4"/>`
      return `${lead}<text class="label" x="${edge + leadPx}" y="${(placed[index]! + 4).toFixed(1)}">${escaped(shown)}</text>`
    })
    .join('')
}

/** Places in the order of the wishes, at least a gap apart, between the bounds where they fit. */
export function spreadOut(wanted: readonly number[], top: number, bottom: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]!)
  const placed = [...wanted]
  let least = top
  for (const index of order) {
    placed[index] = Math.max(placed[index]!, least)
    least = placed[index]! + gapPx
  }
  let most = bottom
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index]!, most)
    most = placed[index]! - gapPx
  }
  return placed
}
