/** What a micro-benchmark is: tasks over data that was made beforehand. */

export interface Scale {
  /** Named in the history, so that runs of different scale are never compared. */
  readonly name: 'full' | 'short' | 'tiny'
  /** Time for one task in one sample, ms. */
  readonly taskMs: number
  readonly warmupMs: number
  /** Samples of a row, each from a process of its own, interleaved: the spread between them is the noise. */
  readonly rounds: number
  /** Divides the sizes of the data sets. */
  readonly shrink: number
}

export const full: Scale = { name: 'full', taskMs: 400, warmupMs: 100, rounds: 5, shrink: 1 }
/** A few milliseconds a task: that it runs at all is what is tested, the figures mean nothing. */
export const tiny: Scale = { name: 'tiny', taskMs: 5, warmupMs: 1, rounds: 1, shrink: 100 }

export interface Task {
  /** Unique over all suites; the key of the history. */
  readonly name: string
  /** Items that one call of `run` handles: figures are per item. */
  readonly items: number
  /** @throws when an answer is wrong: a benchmark of something broken is worth nothing */
  run(): void | Promise<void>
}

export interface Prepared {
  readonly tasks: readonly Task[]
  close(): Promise<void>
}

export interface Suite {
  readonly name: string
  prepare(scale: Scale): Promise<Prepared>
}

export const nothingToClose = async (): Promise<void> => undefined
