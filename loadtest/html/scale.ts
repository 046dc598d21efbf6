/** Where a value stands on an axis, and which values are marked. */
import { scaleLinear, scaleLog } from 'd3-scale'

export type ScaleKind = 'linear' | 'log' | 'percentile'

export interface Tick {
  readonly value: number
  readonly label: string
}

export interface AxisScale {
  /** Pixels. */
  at(value: number): number
  readonly ticks: readonly Tick[]
  /** Ends of the axis, which are round. */
  readonly domain: readonly [number, number]
}

export interface ScaleWanted {
  readonly kind: ScaleKind
  /** Least and greatest value that it must show. */
  readonly extent: readonly [number, number]
  /** Pixels. */
  readonly range: readonly [number, number]
  /** About so many marks. */
  readonly marks: number
  /** Whether the ends move out to round values. */
  readonly round: boolean
  readonly label: (value: number) => string
}

export function axisScale(wanted: ScaleWanted): AxisScale {
  if (wanted.kind === 'percentile') return percentileScale(wanted)
  return wanted.kind === 'log' ? logScale(wanted) : linearScale(wanted)
}

function linearScale({ extent, range, marks, round, label }: ScaleWanted): AxisScale {
  const scale = scaleLinear().domain(apart(extent)).range(range)
  if (round) scale.nice(marks)
  const [from, to] = scale.domain() as [number, number]
  const ticks = scale.ticks(marks).map((value) => ({ value, label: label(value) }))
  return { at: (value) => scale(value), ticks, domain: [from, to] }
}

function apart([least, greatest]: readonly [number, number]): [number, number] {
  return greatest > least ? [least, greatest] : [Math.min(0, least), greatest > 0 ? greatest : 1]
}

/** Zero has no place on such an axis: it stands at its lower end, three powers of ten below the greatest. */
function apartPositive([least, greatest]: readonly [number, number]): [number, number] {
  const to = greatest > 0 ? greatest : 1
  const from = least > 0 ? least : to / 1_000
  return to > from ? [from, to] : [from / 10, from * 10]
}

/** Each power of ten; 2 and 5 between them while there is room. */
function logScale({ extent, range, marks, round, label }: ScaleWanted): AxisScale {
  const positive = apartPositive(extent)
  const [from, to] = round ? [stepBelow(positive[0]), stepAbove(positive[1])] : positive
  const scale = scaleLog().domain([from, to]).range(range)
  const candidates = [[1, 2, 5], [1, 3], [1]].map((steps) => logTicks(from, to, steps))
  const chosen = candidates.find((values) => values.length <= marks) ?? thinned(candidates.at(-1)!, marks)
  return {
    at: (value) => scale(Math.max(from, value)),
    ticks: chosen.map((value) => ({ value, label: label(value) })),
    domain: [from, to],
  }
}

const roundSteps = [1, 2, 5, 10]

function stepBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * roundSteps.findLast((step) => step * power <= value * 1.000001)!
}

function stepAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * roundSteps.find((step) => step * power >= value * 0.999999)!
}

function logTicks(from: number, to: number, steps: readonly number[]): number[] {
  const values: number[] = []
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
    for (const step of steps) {
      const value = Number(`${step}e${power}`)
      if (value >= from * 0.999 && value <= to * 1.001) values.push(value)
    }
  }
  return values
}

function thinned(values: readonly number[], marks: number): number[] {
  const every = Math.ceil(values.length / marks)
  return values.filter((_, index) => index % every === 0)
}

/** Values are log10(1 / (1 - p)): 1 is 90 %, 2 is 99 %, and each nine takes the same room. */
function percentileScale({ extent, range }: ScaleWanted): AxisScale {
  const to = Math.max(1, Math.ceil(extent[1] - 1e-9))
  const scale = scaleLinear().domain([0, to]).range(range)
  const nines = Array.from({ length: to }, (_, index) => ({ value: index + 1, label: percentLabel(index + 1) }))
  return {
    at: (value) => scale(value),
    ticks: [{ value: 0, label: '0' }, { value: Math.log10(2), label: '50' }, ...nines],
    domain: [0, to],
  }
}

/** 1 gives 90, 2 gives 99, 3 gives 99.9; the axis says that it is per cent. */
function percentLabel(nines: number): string {
  if (nines === 1) return '90'
  return nines === 2 ? '99' : `99.${'9'.repeat(nines - 2)}`
}
