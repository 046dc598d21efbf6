/** The pool for background jobs: one thread, so that a job never takes a core from the calls for long, and a bounded queue. */
import { Piscina } from 'piscina'

/** Jobs that wait; one more is refused. */
const queuedJobs = 16

export function openJobPool(): Piscina {
  return new Piscina({ minThreads: 1, maxThreads: 1, maxQueue: queuedJobs, concurrentTasksPerWorker: 1 })
}
