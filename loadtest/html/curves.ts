/**
 * Any set of curves as one page: `curves.json` in, HTML out. What the axes stand
 * for is told by their units, as in "live bindings" and "us".
 */
import { escaped } from './escaped.js'
import { linePlot, type Point, type Series } from './line-plot.js'
import { page, section, table } from './page.js'
import { carriesUnit, quantity } from './quantity.js'

export interface Curve {
  readonly name: string
  /** Of x: a unit of time, `B`, `%`, or words such as `live bindings`. */
  readonly unitX: string
  /** Of y, likewise. */
  readonly unitY: string
  readonly logX: boolean
  /** Where y spans powers of ten; by default it starts at zero. */
  readonly logY?: boolean
  /** How it was measured, and what to see in it. */
  readonly note?: string
  readonly series: readonly Series[]
}

export interface Curves {
  readonly title: string
  /** CPU model and cores; no name of a host. */
  readonly machine: string
  readonly node: string
  readonly commit: string
  readonly curves: readonly Curve[]
}

/** @returns a whole page, self-contained */
export function renderCurves({ title, machine, node, commit, curves }: Curves): string {
  const under = [machine, node === '' ? '' : `Node ${node}`, commit === '' ? '' : `commit ${commit}`]
  const head = `<h1>${escaped(title)}</h1>\n<p class="soft">${escaped(under.filter((one) => one !== '').join(' · '))}</p>`
  return page(title, [head, ...curves.map(curveSection)].join('\n'))
}

function curveSection(curve: Curve): string {
  const plot = linePlot({
    title: curve.name,
    x: { label: carriesUnit(curve.unitX) ? '' : curve.unitX, unit: curve.unitX, scale: curve.logX ? 'log' : 'linear' },
    y: { label: '', unit: curve.unitY, scale: curve.logY === true ? 'log' : 'linear' },
    series: curve.series,
  })
  return section(curve.name, noteOf(curve), plot + details(curve))
}

function noteOf({ note, unitY }: Curve): string {
  return note ?? (carriesUnit(unitY) ? '' : unitY)
}

/** The same as figures, for whoever wants to read them off. */
function details({ series, unitX, unitY }: Curve): string {
  const places = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const at = (points: readonly Point[], x: number): string => {
    const found = points.find((point) => point[0] === x)
    return found === undefined ? '' : quantity(found[1], unitY)
  }
  const rows = places.map((x) => [quantity(x, unitX), ...series.map(({ points }) => at(points, x))])
  const heads = [carriesUnit(unitX) ? '' : unitX, ...series.map(({ name }) => name)]
  return `<details><summary class="soft">Figures</summary>${table([heads, ...rows])}</details>`
}
