/**
 * A generation: one pair of processes, a base and a head, both prepared, then
 * measured in turns for every row that both have.
 *
 *   warm up A, B;   A B  B A  A B  B A ...
 *
 * What a process happens to be like (what was compiled when, where its memory
 * lies) stays with it for life, so a whole generation counts as one sample.
 */

import { interquartileMean, medianOf } from '../statistics.js'
import { Side } from './side.js'
import type { Slice } from './slice.js'

export interface Trees {
  /** Output folders. */
  readonly base: string
  readonly head: string
  /** Where data sets go while they are measured. */
  readonly scratch: string
}

export interface Effort {
  readonly shrink: number
  readonly warmupMs: number
  readonly sliceMs: number
  /** Pairs of slices of a row in a generation: few long ones see the machine change between the two of a pair. */
  readonly pairs: number
  /** A row whose single call takes longer than a slice ends after so long, with fewer pairs; ms. */
  readonly rowMs: number
  readonly core: number | undefined
}

/** An even number, so that either side began as often. */
const pairsMin = 8

/** One row of one generation. */
export interface Sample {
  readonly row: string
  /** head / base by CPU time. */
  readonly cpuRatio: number
  /** head / base by wall time. */
  readonly wallRatio: number
  /** CPU time per item of either side, nanoseconds. */
  readonly baseNs: number
  readonly headNs: number
}

/**
 * @param rows those wanted; undefined: all that both sides have
 * @param index which side begins changes with it
 */
export async function runGeneration(
  trees: Trees,
  suite: string,
  rows: ReadonlySet<string> | undefined,
  effort: Effort,
  index: number,
): Promise<Sample[]> {
  const started: Side[] = []
  const start = async (dist: string): Promise<Side> => {
    const side = await Side.start({ dist, suite, shrink: effort.shrink, scratch: trees.scratch, core: effort.core })
    started.push(side)
    return side
  }
  try {
    const headFirst = index % 2 === 1
    const first = await start(headFirst ? trees.head : trees.base)
    const second = await start(headFirst ? trees.base : trees.head)
    const [base, head] = headFirst ? [second, first] : [first, second]
    const samples: Sample[] = []
    for (const row of base.rows) {
      if (!head.rows.includes(row) || rows?.has(row) === false) continue
      samples.push(await measureRow(row, base, head, effort, index))
    }
    await Promise.all([base.end(), head.end()])
    return samples
  } catch (error) {
    for (const side of started) side.kill()
    throw error
  }
}

async function measureRow(row: string, base: Side, head: Side, effort: Effort, index: number): Promise<Sample> {
  const slice = (side: Side, ms: number): Promise<Slice> => side.measure(side.rows.indexOf(row), ms)
  await slice(base, effort.warmupMs)
  await slice(head, effort.warmupMs)
  const bases: Slice[] = []
  const heads: Slice[] = []
  const began = performance.now()
  for (let pair = 0; pair < effort.pairs; pair += 1) {
    if (pair >= pairsMin && performance.now() - began > effort.rowMs) break
    const baseFirst = (pair + index) % 2 === 0
    if (baseFirst) bases.push(await slice(base, effort.sliceMs))
    heads.push(await slice(head, effort.sliceMs))
    if (!baseFirst) bases.push(await slice(base, effort.sliceMs))
  }
  return {
    row,
    cpuRatio: ratioOf(bases, heads, ({ cpuNs }) => cpuNs),
    wallRatio: ratioOf(bases, heads, ({ wallNs }) => wallNs),
    baseNs: medianOf(bases.map((one) => one.cpuNs)),
    headNs: medianOf(heads.map((one) => one.cpuNs)),
  }
}

/** Of the ratios of the pairs; the quarters at either end are left out, for they met something else than the tree. */
function ratioOf(bases: readonly Slice[], heads: readonly Slice[], figure: (one: Slice) => number): number {
  return Math.exp(interquartileMean(bases.map((one, i) => Math.log(figure(heads[i]!) / figure(one)))))
}
