/** How a load rises and falls over a run: a factor of its peak. */

/** Before and after lunch. */
const baseOfPeak = 0.2

/** @param part of the run that is over, 0 to 1 @returns factor of the peak, above 0, at most 1 */
export type Shape = (part: number) => number

export const flat: Shape = () => 1

/** Quiet at first, the peak in the middle, quiet again. */
export const lunch: Shape = (part) => {
  const within = Math.min(1, Math.max(0, part))
  return baseOfPeak + (1 - baseOfPeak) * Math.sin(Math.PI * within) ** 2
}
