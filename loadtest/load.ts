/** One load on what is prepared: closed or open, as the options say. */
import { arrivals } from './arrivals.js'
import { closedLoop } from './closed-loop.js'
import type { Meter } from './meter.js'
import { openLoop } from './open-loop.js'
import type { Operations } from './operations.js'
import { Random } from './random.js'
import type { Scene } from './workloads/operation.js'
import { shapeOf } from './workloads/traits.js'

/** @returns how long it took to the last answer, ms @throws WrongAnswer, or what broke the run */
export function load(scene: Scene, operations: Operations, durationMs: number, meter: Meter): Promise<number> {
  const { options, share } = scene
  const shape = shapeOf(options.workload)
  if (options.rate === 0) return closedLoop(operations.all, { durationMs, meter, shape })
  const itemsPerStep = options.mode === 'stream' ? options.batch : 1
  return openLoop(operations.all, {
    durationMs,
    meter,
    itemsPerStep,
    arrivals: arrivals({
      kind: options.arrivals,
      perSecond: options.rate / itemsPerStep,
      durationMs,
      shape,
      phase: share.index / share.count,
      random: new Random(options.seed * 7_919 + share.index),
    }),
  })
}
