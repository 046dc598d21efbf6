/** Closed loop: every operation takes its next step when the one before is answered. */
import type { Meter } from './meter.js'
import { flat, type Shape } from './shape.js'
import { within } from './stall.js'
import type { Operation } from './workloads/operation.js'

/** Between two looks of an operation that the shape of the load lets rest. */
const restMs = 10

export interface Loop {
  readonly durationMs: number
  readonly meter: Meter
  /** Which part of the operations is at work at each moment. */
  readonly shape?: Shape
  /** Ends the loop before its time. */
  readonly stop?: AbortSignal
}

/**
 * @returns how long it took to the last answer, ms
 * @throws WrongAnswer at the first one, or when the server stalls
 */
export async function closedLoop(operations: readonly Operation[], loop: Loop): Promise<number> {
  const { durationMs, meter, shape = flat } = loop
  const began = performance.now()
  meter.begin(began)
  const until = began + durationMs
  let failed = false
  const repeat = async (operation: Operation, index: number): Promise<void> => {
    while (!failed && loop.stop?.aborted !== true) {
      const before = performance.now()
      if (before >= until) return
      if (index >= Math.ceil(operations.length * shape((before - began) / durationMs))) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(restMs, until - before)))
        continue
      }
      try {
        const step = await operation.step()
        meter.record(step, before, performance.now())
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await within(durationMs, Promise.all(operations.map(repeat)))
  return performance.now() - began
}
