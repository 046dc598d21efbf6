/** One job thread for `xpool plan`, and the line on which it tells how far it is. */
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { type PlanResult, type PlanStep, type PlanTask, planPoolFile, planPoolJob } from './plan-pool.js'

/** @param progress called on this thread while the job runs */
export async function runPlan(
  task: Omit<PlanTask, 'progress'>,
  progress: (step: PlanStep) => void,
): Promise<PlanResult> {
  const { port1, port2 } = new MessageChannel()
  port1.on('message', progress)
  const pool = new Piscina({ minThreads: 1, maxThreads: 1, maxQueue: 1, concurrentTasksPerWorker: 1 })
  try {
    const how = { filename: planPoolFile, name: planPoolJob.name, transferList: [port2] }
    return await pool.run({ ...task, progress: port2 } satisfies PlanTask, how)
  } finally {
    port1.close()
    await pool.close()
  }
}
