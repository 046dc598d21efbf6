/** What the rounds say about a target. */
import { median, spread } from '../scripts/script-options.js'
import type { Target } from './targets.js'

export type Verdict = 'goal' | 'must' | 'within noise' | 'short'

export interface Judged {
  /** Median of the rounds. */
  readonly figure: number
  /** (greatest - least) / median. */
  readonly spread: number
  readonly verdict: Verdict
}

/**
 * The median decides. Where it stands on one side of the must and a round on
 * the other, the noise of this run is greater than its distance from the must.
 * @param figures of the rounds, at least one
 */
export function judge(target: Target, figures: readonly number[]): Judged {
  if (figures.length === 0 || figures.some((one) => !Number.isFinite(one))) {
    throw new Error(`${target.id}: figures are wanted, and came ${figures.join(', ') || 'none'}`)
  }
  const meets = (figure: number, wanted: number): boolean => {
    return target.better === 'more' ? figure >= wanted : figure <= wanted
  }
  const figure = median(figures)
  const met = figures.filter((one) => meets(one, target.must)).length
  const straddles = met > 0 && met < figures.length
  const level = meets(figure, target.goal) ? 'goal' : meets(figure, target.must) ? 'must' : 'short'
  return { figure, spread: spread(figures), verdict: straddles ? 'within noise' : level }
}
