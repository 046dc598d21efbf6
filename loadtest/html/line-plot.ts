/** A plot of lines as SVG: drawn once wide and once narrow, so that a small screen need not shrink the words. */
import { line } from 'd3-shape'
import { escaped } from './escaped.js'
import { seriesClass, strokeDash } from './palette.js'
import { endLabels, labelledSeriesMax, labelMarginPx } from './plot-labels.js'
import { carriesUnit, quantity } from './quantity.js'
import { type AxisScale, axisScale, type ScaleKind } from './scale.js'

export type Point = readonly [x: number, y: number]

export interface Series {
  readonly name: string
  readonly points: readonly Point[]
  /** Place of its colour; by default its place among the series. */
  readonly colour?: number
  readonly dashed?: boolean
}

export interface PlotAxis {
  /** What it shows; the unit is added where the marks do not carry it. */
  readonly label: string
  readonly unit: string
  readonly scale: ScaleKind
  /** How a value reads in the hover text; by default as on the axis. */
  readonly text?: (value: number) => string
}

export interface Plot {
  readonly title: string
  readonly x: PlotAxis
  readonly y: PlotAxis
  readonly series: readonly Series[]
}

/** With its colour decided. */
type ShownSeries = Series & { readonly colour: number }
type ShownPlot = Omit<Plot, 'series'> & { readonly series: readonly ShownSeries[] }

interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly marksX: number
  readonly marksY: number
}

const wide: Frame = { width: 860, height: 340, left: 70, right: 24, top: 14, bottom: 46, marksX: 9, marksY: 6 }
const narrow: Frame = { width: 350, height: 270, left: 58, right: 16, top: 12, bottom: 44, marksX: 4, marksY: 5 }

/** What the name of an axis takes below its marks. */
const nameRoomPx = 18

/** Up to so many points of a series are marked by a dot. */
const dottedPointsMax = 24
/** Up to so many different x have a hover text. */
const hoverColumnsMax = 240

/** @returns two SVG elements, of which the page's style shows one, and the legend for the narrow one */
export function linePlot(plot: Plot): string {
  const coloured = plot.series.map((series, index) => ({ ...series, colour: series.colour ?? index }))
  const shown = { ...plot, series: coloured.filter((series) => series.points.length > 0) }
  if (shown.series.length === 0) return '<p class="soft">Nothing to show.</p>'
  const right = Math.max(wide.right, labelMarginPx(shown.series.map(({ name }) => name)))
  return `${legend(shown.series)}${svg(shown, { ...wide, right }, 'wide')}${svg(shown, narrow, 'narrow')}`
}

function legend(series: readonly ShownSeries[]): string {
  if (series.length < 2) return ''
  const entries = series.map((one) => {
    const stroke = `<line x1="1" y1="5" x2="23" y2="5" class="line" stroke-dasharray="${strokeDash(one)}"/>`
    return `<span class="${seriesClass(one.colour)}"><svg width="24" height="10" aria-hidden="true">${stroke}</svg>${escaped(one.name)}</span>`
  })
  const spare = series.length <= labelledSeriesMax ? ' spare' : ''
  return `<div class="legend${spare}">${entries.join('')}</div>`
}

function svg(plot: ShownPlot, given: Frame, kind: 'wide' | 'narrow'): string {
  // Without a name the axis needs no room for one.
  const unnamed = axisName(plot.x) === ''
  const frame = unnamed ? { ...given, bottom: given.bottom - nameRoomPx, height: given.height - nameRoomPx } : given
  const x = scaleOf(plot, 0, frame)
  const y = scaleOf(plot, 1, frame)
  const label = `${plot.title}: ${plot.series.map(({ name }) => name).join(', ')}`
  const body = [
    grid(x, y, frame, plot),
    ...plot.series.map((series) => path(series, x, y)),
    kind === 'wide' ? endLabels(plot.series, x, y, frame) : '',
    hover(plot, x, frame),
  ]
  return `<svg class="plot ${kind}" viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${escaped(label)}">${body.join('')}</svg>`
}

function scaleOf(plot: Plot, at: 0 | 1, frame: Frame): AxisScale {
  const axis = at === 0 ? plot.x : plot.y
  const values = plot.series.flatMap(({ points }) => points.map((point) => point[at]))
  const shown = axis.scale === 'log' ? values.filter((value) => value > 0) : values
  const least = shown.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const greatest = shown.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  // Heights are compared, so a linear axis of them begins at zero; places along x need not.
  const from = axis.scale === 'linear' && at === 1 ? Math.min(0, least) : least
  return axisScale({
    kind: axis.scale,
    extent: Number.isFinite(least) ? [from, greatest] : [0, 1],
    range: at === 0 ? [frame.left, frame.width - frame.right] : [frame.height - frame.bottom, frame.top],
    marks: at === 0 ? frame.marksX : frame.marksY,
    round: at === 1,
    label: (value) => quantity(value, axis.unit),
  })
}

function grid(x: AxisScale, y: AxisScale, frame: Frame, plot: Plot): string {
  const [left, right] = [frame.left, frame.width - frame.right]
  const floor = frame.height - frame.bottom
  const across = y.ticks.map(
    ({ value, label }) =>
      `<line class="grid" x1="${left}" x2="${right}" y1="${px(y.at(value))}" y2="${px(y.at(value))}"/>` +
      `<text class="tick" x="${left - 8}" y="${px(y.at(value) + 4)}" text-anchor="end">${escaped(label)}</text>`,
  )
  const up = x.ticks.map(
    ({ value, label }) =>
      `<line class="mark" x1="${px(x.at(value))}" x2="${px(x.at(value))}" y1="${floor}" y2="${floor + 5}"/>` +
      `<text class="tick" x="${px(x.at(value))}" y="${floor + 19}" text-anchor="middle">${escaped(label)}</text>`,
  )
  const base = `<line class="mark" x1="${left}" x2="${right}" y1="${floor}" y2="${floor}"/>`
  const name = `<text class="axis" x="${(left + right) / 2}" y="${frame.height - 6}" text-anchor="middle">${escaped(axisName(plot.x))}</text>`
  return [...across, ...up, base, name].join('')
}

export function axisName({ label, unit }: PlotAxis): string {
  if (unit === '' || carriesUnit(unit) || label === unit) return label
  return label === '' ? unit : `${label}, ${unit}`
}

function path(series: ShownSeries, x: AxisScale, y: AxisScale): string {
  const place = line<Point>(
    (point) => x.at(point[0]),
    (point) => y.at(point[1]),
  ).digits(1)
  const drawn = `<path class="line ${seriesClass(series.colour)}" stroke-dasharray="${strokeDash(series)}" d="${place([...series.points]) ?? ''}"/>`
  if (series.points.length > dottedPointsMax) return drawn
  const dots = series.points.map(
    ([at, height]) =>
      `<circle class="dot ${seriesClass(series.colour)}" cx="${px(x.at(at))}" cy="${px(y.at(height))}" r="3.5"/>`,
  )
  return drawn + dots.join('')
}

/** A column for every x: the browser shows what stands in it when the pointer rests there. */
function hover({ x: axisX, y: axisY, series }: Plot, x: AxisScale, frame: Frame): string {
  const columns = new Map<number, string[]>()
  const text = (axis: PlotAxis, value: number): string => axis.text?.(value) ?? quantity(value, axis.unit)
  for (const { name, points } of series) {
    for (const [at, height] of points) {
      const lines = columns.get(at) ?? []
      columns.set(at, lines)
      lines.push(`${name}: ${text(axisY, height)}`)
    }
  }
  if (columns.size > hoverColumnsMax) return ''
  const places = [...columns.keys()].sort((a, b) => a - b)
  return places
    .map((at, index) => {
      const from = index === 0 ? frame.left : (x.at(places[index - 1]!) + x.at(at)) / 2
      const to = index === places.length - 1 ? frame.width - frame.right : (x.at(at) + x.at(places[index + 1]!)) / 2
      const says = [text(axisX, at), ...columns.get(at)!].map(escaped).join('\n')
      const size = `x="${px(from)}" y="${frame.top}" width="${px(Math.max(1, to - from))}" height="${frame.height - frame.top - frame.bottom}"`
      return `<rect class="hover" ${size}><title>${says}</title></rect>`
    })
    .join('')
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}
