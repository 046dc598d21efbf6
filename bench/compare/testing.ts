/** Noise for the tests of the statistics. */

/** A draw from the standard normal distribution (Box and Muller). @param draw in [0, 1) */
export function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw())
}
