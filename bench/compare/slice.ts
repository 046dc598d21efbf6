/** One short measured stretch of a task: how much CPU and wall time an item took. */
import type { Task } from '../suite.js'

export interface Slice {
  /**
   * CPU time of the thread per item, nanoseconds. Not of the process: what its helper threads do (compile, collect
   * garbage) comes when it likes, and doubles the noise.
   */
  readonly cpuNs: number
  /** Wall time per item, nanoseconds: also what it waited for a disk, and for other work on the machine. */
  readonly wallNs: number
}

/** A task that waits rather than works ends its slice after so many times the slice's length. */
const waitingFactor = 4

/**
 * Runs the task, once at least, until it has had so much CPU time: on a machine that
 * is busy, a slice by wall time would hold hardly any.
 * @throws when the task does
 */
export async function measureSlice(task: Task, sliceMs: number): Promise<Slice> {
  const cpuUs = threadCpuClock()
  const began = performance.now()
  let calls = 0
  do {
    const running = task.run()
    // Not awaited for nothing: a turn of the microtask queue costs as much as the smallest tasks.
    if (running !== undefined) await running
    calls += 1
  } while (cpuUs() < sliceMs * 1_000 && performance.now() - began < sliceMs * waitingFactor)
  const wallMs = performance.now() - began
  const items = calls * task.items
  return { cpuNs: (cpuUs() * 1_000) / items, wallNs: (wallMs * 1_000_000) / items }
}

/** @returns microseconds of this thread since now */
function threadCpuClock(): () => number {
  const before = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(before)
    return user + system
  }
}
