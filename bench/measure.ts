/** Measures a suite once with tinybench, and sums samples up. */
import { Bench } from 'tinybench'
import { medianOf } from './statistics.js'
import type { Scale, Suite, Task } from './suite.js'

/** What one process found of one row. */
export interface RowSample {
  readonly name: string
  /** Median of the calls, nanoseconds per item. */
  readonly ns: number
}

export interface Figure {
  readonly name: string
  /** Median of the samples, nanoseconds per item. */
  readonly medianNs: number
  /** (greatest - least) / median of the samples: what this machine's noise was, 0 for a single one. */
  readonly spread: number
  readonly itemsPerSecond: number
  /** Each from a process of its own. */
  readonly samples: number
}

/** @throws when a task does */
export async function measureSuite(suite: Suite, scale: Scale): Promise<RowSample[]> {
  const prepared = await suite.prepare(scale)
  try {
    const samples: RowSample[] = []
    for (const task of prepared.tasks) samples.push({ name: task.name, ns: await measureTask(task, scale) })
    return samples
  } finally {
    await prepared.close()
  }
}

async function measureTask(task: Task, scale: Scale): Promise<number> {
  const bench = new Bench({
    time: scale.taskMs,
    warmupTime: scale.warmupMs,
    iterations: 5,
    warmupIterations: 2,
    throws: true,
  })
  bench.add(task.name, () => task.run())
  await bench.run()
  const { result } = bench.tasks[0]!
  if (result.state !== 'completed') throw new Error(`${task.name}: ${result.state}`)
  return (result.latency.p50 * 1_000_000) / task.items
}

/** @param samples nanoseconds per item, at least one */
export function figureOf(name: string, samples: readonly number[]): Figure {
  const median = medianOf(samples)
  return {
    name,
    medianNs: significant(median),
    spread: significant((Math.max(...samples) - Math.min(...samples)) / median),
    itemsPerSecond: Math.round(1e9 / median),
    samples: samples.length,
  }
}

function significant(value: number): number {
  return Number(value.toPrecision(4))
}
