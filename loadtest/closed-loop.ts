/** Closed loop: every operation takes its next step when the one before is answered. */
import type { Meter } from './meter.js'
import type { Operation } from './workloads/operation.js'

/** So long after its end a run waits for the last answers; then the server has stalled, and the run fails. */
const stallMs = 30_000

export interface Loop {
  readonly durationMs: number
  readonly meter: Meter
  /** Ends the loop before its time. */
  readonly stop?: AbortSignal
}

/**
 * @returns how long it took to the last answer, ms
 * @throws WrongAnswer at the first one, or when the server stalls
 */
export async function closedLoop(operations: readonly Operation[], loop: Loop): Promise<number> {
  const began = performance.now()
  const until = began + loop.durationMs
  let failed = false
  const repeat = async (operation: Operation): Promise<void> => {
    while (!failed && loop.stop?.aborted !== true) {
      const before = performance.now()
      if (before >= until) return
      try {
        loop.meter.record(await operation.step(), performance.now() - before)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await within(loop.durationMs + stallMs, Promise.all(operations.map(repeat)))
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
