/**
 * Makes the numbers of an AddNumbers request ready: a small request where it
 * stands, a large one on a thread of the job pool, so that no call waits for it.
 */
import type { Piscina } from 'piscina'
import type { NumberRule } from '../core/canonical-number.js'
import { directoryLimits } from '../directory/limits.js'
import { askedCount, type NumbersAsked, type PreparedNumbers, prepareNumbers } from '../directory/prepared-numbers.js'
import { type DirectoryRefusal, refuse } from '../directory/refusal.js'

interface PrepareTask {
  readonly asked: NumbersAsked
  readonly rules: readonly NumberRule[]
}

/** The job's own file, for a pool that runs several. */
export const prepareNumbersFile: string = new URL('./prepare-numbers.js', import.meta.url).href

/** Runs in a thread of the pool. */
export function prepareNumbersJob({ asked, rules }: PrepareTask): PreparedNumbers | DirectoryRefusal {
  return prepareNumbers(asked, rules)
}

/**
 * @param pool undefined: everything is done where it stands (tests, offline commands)
 * @param file the job as the pool's threads can load it
 */
export function numberPreparer(
  pool: Pick<Piscina, 'run' | 'queueSize' | 'options'> | undefined,
  rules: readonly NumberRule[],
  file = prepareNumbersFile,
): (asked: NumbersAsked) => Promise<PreparedNumbers | DirectoryRefusal> {
  return async (asked) => {
    const small = askedCount(asked) <= directoryLimits.numbersPreparedInline
    if (small || pool === undefined) return prepareNumbers(asked, rules)
    if (pool.queueSize >= pool.options.maxQueue) return refuse('OVERLOADED', 'all job threads are busy')
    const task: PrepareTask = { asked: { blocks: asked.blocks, numbers: asked.numbers }, rules }
    return pool.run(task, { filename: file, name: prepareNumbersJob.name })
  }
}
