/** Closed loop: every operation takes its next step when the one before is answered. */
import type { Meter } from './meter.js'
import type { Operation } from './workloads/operation.js'

/** So long after its end a run waits for the last answers; then the server has stalled, and the run fails. */
export const stallMs = 30_000

/** @throws WrongAnswer at the first one, or when the server stalls for stallMs */
export async function closedLoop(operations: readonly Operation[], durationMs: number, meter: Meter): Promise<number> {
  const began = performance.now()
  const until = began + durationMs
  let failed = false
  const repeat = async (operation: Operation): Promise<void> => {
    while (!failed) {
      const before = performance.now()
      if (before >= until) return
      try {
        meter.record(await operation.step(), performance.now() - before)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await within(durationMs + stallMs, Promise.all(operations.map(repeat)))
  return performance.now() - began
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${stallMs} ms`)), limitMs)
  })
  try {
    await Promise.race([work, stalled])
  } finally {
    clearTimeout(timer)
  }
}
