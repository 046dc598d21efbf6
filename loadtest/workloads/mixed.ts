/**
 * Workloads that mix Resolve with Allocate and Release in fixed shares. What was
 * just acknowledged is resolved next, on whatever connection comes first (I6).
 */
import type { LiveBinding } from '../ledger.js'
import { Random } from '../random.js'
import { type AllocateBatches, allocateOne, nextWanted, releaseOne, sendBatch } from './churn.js'
import type { Operation, Placed, Scene } from './operation.js'
import { type ResolveBatches, resolveBatch, resolveUnary } from './resolve.js'

type Choice = 'resolve' | 'allocate' | 'release'

/** The steps of an operation, over and over: exact shares, however short the run. */
export type Pattern = readonly Choice[]

function pattern(text: string): Pattern {
  const words = { r: 'resolve', a: 'allocate', e: 'release' } as const
  return [...text].map((letter) => words[letter as keyof typeof words])
}

export const patterns = {
  /** 90 % Resolve, 5 % Allocate, 5 % Release. */
  mixed: pattern('arrrrrrrrrerrrrrrrrr'),
  /** 60 % Resolve, 20 % Allocate, 20 % Release: who carries many orders is called often. */
  'courier-heavy': pattern('arrrerarre'),
  /** Orders come in bursts, the couriers call their customers, the orders end. */
  'lunch-peak': pattern('aaaarrrrrrrreeee'),
  /** One more allocation than ends: once the pool is full, one in eleven is refused. */
  'pool-nearly-full': pattern('aeaeaeaeaeaeaeaeaeaea'),
} as const satisfies Record<string, Pattern>

/** Operations stand at different places of the pattern. */
const strideSteps = 7
/** Bindings that wait for their first Resolve; more of them, and allocations wait instead. */
const unseenBindingsMax = 8_192

class Cycle {
  readonly #scene: Scene
  readonly #pattern: Pattern
  readonly #asks: boolean
  #at: number

  constructor({ scene, index }: Placed, steps: Pattern) {
    this.#scene = scene
    this.#pattern = steps
    this.#asks = steps.includes('resolve')
    this.#at = index * strideSteps
  }

  next(): Choice {
    const step = this.#pattern[this.#at % this.#pattern.length]!
    this.#at += 1
    return this.#asks && this.#scene.unseen.length >= unseenBindingsMax ? 'resolve' : step
  }

  /** Something to release; where nothing is ever resolved, what was made before the run will do too. */
  ending(random: Random): LiveBinding | undefined {
    return this.#scene.passing.take(random) ?? (this.#asks ? undefined : this.#scene.lasting.take(random))
  }

  /** Where nothing of the pattern resolves, what is made may be released at once. */
  made(binding: LiveBinding): void {
    if (this.#asks) this.#scene.unseen.push(binding)
    else this.#scene.passing.add(binding)
  }
}

export function mixedUnary(placed: Placed, steps: Pattern): Operation {
  const { scene, connection, index } = placed
  const random = new Random(scene.options.seed * 31_337 + index)
  const cycle = new Cycle(placed, steps)
  const resolve = resolveUnary(placed)
  const { allocation } = connection
  return {
    async step() {
      const choice = cycle.next()
      if (choice === 'resolve') return resolve.step()
      const ending = choice === 'release' ? cycle.ending(random) : undefined
      if (ending !== undefined) return releaseOne(allocation, scene, ending)
      // Nothing to release as yet: make something.
      const wanted = nextWanted(scene, random)
      const { binding, step } = await allocateOne(allocation, scene, wanted)
      if (binding !== undefined && !wanted.expires) cycle.made(binding)
      return step
    },
  }
}

export interface MixedStreams {
  readonly resolves: ResolveBatches
  readonly allocates: AllocateBatches
}

export function mixedBatch(placed: Placed, { resolves, allocates }: MixedStreams, steps: Pattern): Operation {
  const { scene, index } = placed
  const random = new Random(scene.options.seed * 31_337 + index)
  const cycle = new Cycle(placed, steps)
  const resolve = resolveBatch(placed, resolves)
  return {
    async step() {
      const choice = cycle.next()
      if (choice === 'resolve') return resolve.step()
      const ending = choice === 'release' ? takeMany(cycle, scene.options.batch, random) : []
      const count = ending.length === 0 ? scene.options.batch : 0
      const wanted = Array.from({ length: count }, () => nextWanted(scene, random))
      const { made, step } = await sendBatch(allocates, scene, { wanted, ending })
      for (const { binding, expires } of made) if (!expires) cycle.made(binding)
      return step
    },
  }
}

function takeMany(cycle: Cycle, count: number, random: Random): LiveBinding[] {
  const taken: LiveBinding[] = []
  while (taken.length < count) {
    const one = cycle.ending(random)
    if (one === undefined) break
    taken.push(one)
  }
  return taken
}
