/** When each step of an open loop is due: decided by a clock and a seed alone, never by the answers. */
import type { Random } from './random.js'
import type { Shape } from './shape.js'

export const arrivalKinds = ['constant', 'poisson'] as const
export type ArrivalKind = (typeof arrivalKinds)[number]

const twoTo32 = 0x1_0000_0000

export interface ArrivalsWanted {
  readonly kind: ArrivalKind
  /** Steps a second at the peak of the shape, above 0. */
  readonly perSecond: number
  readonly durationMs: number
  readonly shape: Shape
  /** Of a step's distance, 0 to 1: several processes send in turn and not all at once. */
  readonly phase: number
  readonly random: Random
}

/** Moments in [0, duration), ms, in order. */
export function* arrivals(wanted: ArrivalsWanted): Generator<number> {
  const { kind, durationMs, random } = wanted
  let at = gapMs(wanted, 0) * (kind === 'constant' ? wanted.phase : exponential(random))
  while (at < durationMs) {
    yield at
    // The rate hardly changes from one step to the next, so the one of this moment serves for the whole gap.
    at += gapMs(wanted, at) * (kind === 'constant' ? 1 : exponential(random))
  }
}

function gapMs({ perSecond, durationMs, shape }: ArrivalsWanted, atMs: number): number {
  return 1_000 / (perSecond * shape(atMs / durationMs))
}

/** Of mean 1: gaps like these are what many callers who know nothing of each other make. */
function exponential(random: Random): number {
  return -Math.log((random.next() + 1) / twoTo32)
}
