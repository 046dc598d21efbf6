/**
 * Workload mixed: 90 % Resolve, 5 % Allocate, 5 % Release. What was just
 * acknowledged is resolved next, on whatever connection comes first (I6).
 */
import type { LiveBinding } from '../ledger.js'
import { Random } from '../random.js'
import { type ResolveBatches, resolveBatch, resolveUnary } from './call-setup.js'
import { type AllocateBatches, allocateOne, nextWanted, releaseOne, sendBatch } from './churn.js'
import type { Operation, Placed, Scene } from './operation.js'

/** Of so many steps of an operation one allocates and one releases: exact shares, however short the run. */
const cycleSteps = 20
/** Operations stand at different places of the cycle. */
const strideSteps = 7
/** Bindings that wait for their first Resolve; more of them, and allocations wait instead. */
const unseenBindingsMax = 8_192

type Choice = 'resolve' | 'allocate' | 'release'

class Cycle {
  readonly #scene: Scene
  #at: number

  constructor({ scene, index }: Placed) {
    this.#scene = scene
    this.#at = index * strideSteps
  }

  next(): Choice {
    const step = this.#at % cycleSteps
    this.#at += 1
    if (this.#scene.unseen.length >= unseenBindingsMax) return 'resolve'
    if (step === 0) return 'allocate'
    return step === cycleSteps / 2 ? 'release' : 'resolve'
  }
}

export function mixedUnary(placed: Placed): Operation {
  const { scene, connection, index } = placed
  const random = new Random(scene.options.seed * 31_337 + index)
  const cycle = new Cycle(placed)
  const resolve = resolveUnary(placed)
  const { allocation } = connection
  return {
    async step() {
      const choice = cycle.next()
      if (choice === 'resolve') return resolve.step()
      const ending = choice === 'release' ? scene.passing.take(random) : undefined
      if (ending !== undefined) return releaseOne(allocation, scene, ending)
      // Nothing to release as yet: make something.
      const wanted = nextWanted(scene, random)
      const { binding, step } = await allocateOne(allocation, scene, wanted)
      if (binding !== undefined && !wanted.expires) scene.unseen.push(binding)
      return step
    },
  }
}

export function mixedBatch(placed: Placed, resolves: ResolveBatches, allocates: AllocateBatches): Operation {
  const { scene, index } = placed
  const random = new Random(scene.options.seed * 31_337 + index)
  const cycle = new Cycle(placed)
  const resolve = resolveBatch(placed, resolves)
  return {
    async step() {
      const choice = cycle.next()
      if (choice === 'resolve') return resolve.step()
      const ending = choice === 'release' ? takeMany(scene, random) : []
      const count = ending.length === 0 ? scene.options.batch : 0
      const wanted = Array.from({ length: count }, () => nextWanted(scene, random))
      const { made, step } = await sendBatch(allocates, scene, { wanted, ending })
      for (const { binding, expires } of made) if (!expires) scene.unseen.push(binding)
      return step
    },
  }
}

function takeMany(scene: Scene, random: Random): LiveBinding[] {
  const taken: LiveBinding[] = []
  while (taken.length < scene.options.batch) {
    const one = scene.passing.take(random)
    if (one === undefined) break
    taken.push(one)
  }
  return taken
}
