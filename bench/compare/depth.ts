/** How much a comparison measures. */
import type { Effort } from './generation.js'
import type { Bar } from './verdict.js'

export interface Depth {
  readonly bar: Bar
  readonly effort: Omit<Effort, 'core'>
  /** No generation begins after it, save to follow up what seems slower; ms. */
  readonly budgetMs: number
  /** Save where others are asked for. */
  readonly suites: readonly string[]
}

/** For people, before a commit. */
export const thorough: Depth = {
  bar: { generationsMin: 6, generationsMax: 14, tolerated: 1.05, ruledOut: 1.15 },
  effort: { shrink: 20, warmupMs: 300, sliceMs: 5, pairs: 40, rowMs: 800 },
  budgetMs: 240_000,
  // All but `lmdb`: that one measures the library and the disk, which no commit of ours changes.
  suites: ['core-step', 'resolve-decision', 'wire', 'route-row', 'caller-key', 'journal', 'shard-loop'],
}

/** For continuous integration: a report, which fails on what no noise can reach. */
export const quick: Depth = {
  bar: { generationsMin: 5, generationsMax: 6, tolerated: 2, ruledOut: 2 },
  effort: { shrink: 20, warmupMs: 100, sliceMs: 5, pairs: 12, rowMs: 300 },
  budgetMs: 45_000,
  suites: ['core-step', 'resolve-decision', 'wire'],
}
