/** Runs a suite with tinybench, in interleaved rounds. */
import { Bench } from 'tinybench'
import type { Prepared, Scale, Suite, Task } from './suite.js'

export interface Figure {
  readonly name: string
  /** Median over the rounds of each round's median, nanoseconds per item. */
  readonly medianNs: number
  /** (greatest - least) / median over the rounds: what this machine's noise was, 0 for one round. */
  readonly spread: number
  readonly itemsPerSecond: number
}

/** @throws when a task does */
export async function measureSuite(suite: Suite, scale: Scale): Promise<Figure[]> {
  const prepared = await suite.prepare(scale)
  try {
    return await measurePrepared(prepared, scale)
  } finally {
    await prepared.close()
  }
}

async function measurePrepared({ tasks }: Prepared, scale: Scale): Promise<Figure[]> {
  const byTask = new Map<Task, number[]>(tasks.map((task) => [task, []]))
  for (let round = 0; round < scale.rounds; round += 1) {
    for (const task of tasks) byTask.get(task)!.push(await measureTask(task, scale))
  }
  return tasks.map((task) => figureOf(task.name, byTask.get(task)!))
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

/** @param rounds nanoseconds per item, at least one round */
export function figureOf(name: string, rounds: readonly number[]): Figure {
  const sorted = [...rounds].sort((a, b) => a - b)
  const medianNs = sorted[Math.floor(sorted.length / 2)]!
  const spread = (sorted.at(-1)! - sorted[0]!) / medianNs
  return {
    name,
    medianNs: significant(medianNs),
    spread: significant(spread),
    itemsPerSecond: Math.round(1e9 / medianNs),
  }
}

function significant(value: number): number {
  return Number(value.toPrecision(4))
}
