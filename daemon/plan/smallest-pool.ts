/**
 * The smallest pool that is large enough, by a search that doubles its step
 * until it has an answer on either side, then halves the gap. More numbers
 * refuse no more in all but odd cases; what is found was tried as it stands, and so was one number fewer.
 */
import type { Usage } from './simulate.js'

/** Plays a pool of so many numbers; undefined where it refuses too much. */
export type Try = (numbers: number) => Usage | undefined

/**
 * @param guess where to begin, 1 to most
 * @param most numbers to consider
 * @returns undefined when even `most` numbers refuse too much
 */
export function smallestPool(attempt: Try, guess: number, most: number): Usage | undefined {
  let best = attempt(guess)
  let tooFew = guess
  if (best === undefined) {
    for (let step = 1; best === undefined; step *= 2) {
      if (tooFew >= most) return undefined
      const numbers = Math.min(most, tooFew + step)
      best = attempt(numbers)
      if (best === undefined) tooFew = numbers
    }
  } else {
    for (let step = 1; ; step *= 2) {
      tooFew = Math.max(0, best.numbers - step)
      const fewer = tooFew === 0 ? undefined : attempt(tooFew)
      if (fewer === undefined) break
      best = fewer
    }
  }
  while (best.numbers - tooFew > 1) {
    const middle = Math.floor((best.numbers + tooFew) / 2)
    const found = attempt(middle)
    if (found === undefined) tooFew = middle
    else best = found
  }
  return best
}
