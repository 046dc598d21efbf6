/**
 * Generation after generation of every suite, until each row is clear or the
 * bounds are reached. What seems slower is measured anew, in fresh processes:
 * only what shows twice, from samples that know nothing of each other, is a regression.
 *
 *   measure --> fine / open at the end: within noise
 *      |
 *    slower --> measure again --> slower: regressed
 *                     |
 *                   else: within noise
 */
import type { Sample } from './generation.js'
import { type Bar, judge, type Verdict } from './verdict.js'

export interface RowResult {
  readonly suite: string
  readonly row: string
  readonly samples: readonly Sample[]
  readonly verdict: Verdict
  /** What it showed when it was measured again; undefined when there was no need. */
  readonly again: Verdict | undefined
  readonly regressed: boolean
}

/** @param rows undefined: every row that both sides have */
export type RunGeneration = (suite: string, rows: ReadonlySet<string> | undefined, index: number) => Promise<Sample[]>

export interface Course {
  readonly bar: Bar
  /** True when no further generation may begin. */
  readonly timeIsUp: () => boolean
  /** Told before each generation. */
  readonly begins: (suite: string, index: number) => void
}

/** @throws what a generation throws */
export async function compare(suites: readonly string[], run: RunGeneration, course: Course): Promise<RowResult[]> {
  const first = await measureAll(new Map(suites.map((suite) => [suite, undefined])), run, course, 0)
  const suspects = new Map<string, Set<string>>()
  for (const { suite, row, verdict } of first) {
    if (verdict.finding === 'slower') suspects.set(suite, (suspects.get(suite) ?? new Set()).add(row))
  }
  // A suspicion is always followed up: there are few, and they are what this is for.
  const patient = { ...course, timeIsUp: () => false }
  const second = await measureAll(suspects, run, patient, course.bar.generationsMax)
  return first.map((one) => {
    const again = second.find(({ suite, row }) => suite === one.suite && row === one.row)?.verdict
    return { ...one, again, regressed: again?.finding === 'slower' }
  })
}

interface Measured {
  readonly suite: string
  readonly row: string
  readonly samples: Sample[]
  readonly verdict: Verdict
}

/** Round by round over the suites, so that each row's samples are spread over the whole time. */
async function measureAll(
  wanted: ReadonlyMap<string, ReadonlySet<string> | undefined>,
  run: RunGeneration,
  course: Course,
  firstIndex: number,
): Promise<Measured[]> {
  const rows = new Map<string, Measured>()
  const open = new Map(wanted)
  for (let round = 0; round < course.bar.generationsMax && open.size > 0 && !course.timeIsUp(); round += 1) {
    for (const [suite, only] of [...open]) {
      if (course.timeIsUp()) break
      course.begins(suite, round)
      const samples = await run(suite, only, firstIndex + round)
      for (const sample of samples) keep(rows, suite, sample, course.bar)
      const left = samples.map(({ row }) => row).filter((row) => rows.get(row)!.verdict.finding === 'open')
      if (left.length === 0) open.delete(suite)
      else open.set(suite, new Set(left))
    }
  }
  return [...rows.values()]
}

function keep(rows: Map<string, Measured>, suite: string, sample: Sample, bar: Bar): void {
  const samples = [...(rows.get(sample.row)?.samples ?? []), sample]
  const verdict = judge(
    samples.map((one) => one.cpuRatio),
    bar,
  )
  rows.set(sample.row, { suite, row: sample.row, samples, verdict })
}
