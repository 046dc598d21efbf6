/** What is grown, and how far. */

export const growthSeed = 1
/** Bindings that the client knows of a level, spread evenly over all of it: enough that no cache holds their pages. */
export const sampleBindingsMax = 200_000
/** Bindings that one number carries; the daemon's default. */
const bindingsPerNumber = 1_000
/**
 * In a pool that is to be almost full: a courier has four bindings at once, so the last
 * hundredth of its capacity must be spread over more numbers than four.
 */
const bindingsPerNumberFull = 100

/** One point of a curve. */
export interface Level {
  readonly name: string
  readonly live: number
  /** Numbers of the pool. */
  readonly numbers: number
  /** Bindings that each of them carries. */
  readonly bindingsPerNumber: number
}

/** Fewer would not do for one courier. */
const numbersMin = 10

/** Of growing size, the pool growing with them: a third of it is taken. */
export function levelsOfSize(sizes: readonly number[]): Level[] {
  return sizes.map((live) => ({
    name: `${live.toLocaleString('en')} live`,
    live,
    numbers: Math.max(numbersMin, Math.ceil((3 * live) / bindingsPerNumber)),
    bindingsPerNumber,
  }))
}

/** One pool, more and more of it taken. @param capacity bindings that it carries */
export function levelsOfFullness(capacity: number, percents: readonly number[]): Level[] {
  return percents.map((percent) => ({
    name: `${percent} % full`,
    live: Math.floor((capacity * percent) / 100),
    numbers: Math.ceil(capacity / bindingsPerNumberFull),
    bindingsPerNumber: bindingsPerNumberFull,
  }))
}
