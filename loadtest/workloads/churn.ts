/**
 * Workload churn: the steady state of a pool. For every binding that is made
 * one ends, by Release or, for the share `expiring`, by its own time.
 */
import type {
  AllocateRequest,
  AllocateResponse,
  AllocateStreamRequest,
  AllocateStreamResponse,
  ReleaseRequest,
  ReleaseResponse,
} from '../../daemon/generated/xpool/v1/allocation.js'
import type { BatchStream } from '../batch-stream.js'
import type { LiveBinding } from '../ledger.js'
import * as messages from '../messages.js'
import type { Parties } from '../population.js'
import { Random } from '../random.js'
import { type Step, type StepKind, stepOf } from '../step.js'
import { call, refusalOf } from '../unary.js'
import type { Operation, Placed, Scene } from './operation.js'

/** Longer than any run: such a binding ends by Release. */
const lastingTtlMs = 20 * 3_600_000

/** One allocation to come, and whether its end is left to time. */
interface Wanted {
  readonly index: number
  readonly parties: Parties
  readonly expires: boolean
}

export function nextWanted(scene: Scene, random: Random): Wanted {
  const index = scene.nextIndex
  scene.nextIndex += scene.share.count
  const expires = random.next() / 0x1_0000_0000 < scene.options.expiring
  return { index, parties: scene.partiesOf(index, scene.options.seed), expires }
}

export function requestFor(scene: Scene, wanted: Wanted) {
  const { options, place } = scene
  const ttlMs = wanted.expires ? options.ttlMs : lastingTtlMs
  return messages.allocateRequest(place, wanted.parties, `churn-${options.seed}-${wanted.index}`, ttlMs)
}

/** Allocate and Release in turn: the latency of each is kept apart. */
export function churnUnary({ scene, connection, index }: Placed): Operation {
  const random = new Random(scene.options.seed * 92_821 + index)
  const { allocation } = connection
  let owesEnd = false
  return {
    async step() {
      const ending = owesEnd ? scene.passing.take(random) : undefined
      owesEnd = false
      if (ending !== undefined) return releaseOne(allocation, scene, ending)
      const wanted = nextWanted(scene, random)
      const made = await allocateOne(allocation, scene, wanted)
      if (made.binding !== undefined && !wanted.expires) {
        scene.passing.add(made.binding)
        owesEnd = true
      }
      return made.step
    },
  }
}

type Allocation = Placed['connection']['allocation']

export async function allocateOne(
  allocation: Allocation,
  scene: Scene,
  wanted: Wanted,
): Promise<{ binding: LiveBinding | undefined; step: Step }> {
  try {
    const response = await call<AllocateRequest, AllocateResponse>(
      (request, done) => allocation.allocate(request, done),
      requestFor(scene, wanted),
    )
    const binding = messages.checkAllocated(response.binding, wanted.parties)
    return { binding, step: stepOf({ kind: 'allocate', allocated: 1 }) }
  } catch (error) {
    return {
      binding: undefined,
      step: stepOf({ kind: 'allocate', refused: [refusalOf(error)] }),
    }
  }
}

export async function releaseOne(allocation: Allocation, scene: Scene, ending: LiveBinding): Promise<Step> {
  try {
    const response = await call<ReleaseRequest, ReleaseResponse>(
      (request, done) => allocation.release(request, done),
      messages.releaseRequest(scene.place, ending.id),
    )
    messages.checkReleased(response.binding, ending.id)
    return stepOf({ kind: 'release', released: 1 })
  } catch (error) {
    return stepOf({ kind: 'release', refused: [refusalOf(error)] })
  }
}

export type AllocateBatches = BatchStream<AllocateStreamRequest, AllocateStreamResponse>

/** What a batch is made of: allocations first, then the ends of other bindings. */
export interface Batch {
  readonly wanted: readonly Wanted[]
  readonly ending: readonly LiveBinding[]
}

/** Half of a batch makes bindings, and what was made without an end of its own is released by later batches. */
export function churnBatch({ scene, index }: Placed, stream: AllocateBatches): Operation {
  const random = new Random(scene.options.seed * 92_821 + index)
  let owedEnds = 0
  return {
    async step() {
      const { batch } = scene.options
      const ending: LiveBinding[] = []
      while (ending.length < Math.min(owedEnds, batch - 1)) {
        const one = scene.passing.take(random)
        if (one === undefined) break
        ending.push(one)
      }
      owedEnds -= ending.length
      const wanted = Array.from({ length: batch - ending.length }, () => nextWanted(scene, random))
      const { made, step } = await sendBatch(stream, scene, { wanted, ending })
      for (const { binding, expires } of made) {
        if (expires) continue
        scene.passing.add(binding)
        owedEnds += 1
      }
      return step
    },
  }
}

export async function sendBatch(
  stream: AllocateBatches,
  scene: Scene,
  { wanted, ending }: Batch,
): Promise<{ made: { binding: LiveBinding; expires: boolean }[]; step: Step }> {
  const response = await stream.send((batchId) => ({
    batchId,
    items: [
      ...wanted.map((one) => messages.allocateItem(requestFor(scene, one))),
      ...ending.map((one) => messages.releaseItem(messages.releaseRequest(scene.place, one.id))),
    ],
  }))
  const made: { binding: LiveBinding; expires: boolean }[] = []
  const refused: string[] = []
  let released = 0
  wanted.forEach((one, i) => {
    const result = response.results[i]?.result
    if (result?.$case === 'error') refused.push(result.value.reason)
    else {
      const binding = result?.$case === 'allocated' ? result.value.binding : undefined
      made.push({ binding: messages.checkAllocated(binding, one.parties), expires: one.expires })
    }
  })
  ending.forEach((one, i) => {
    const result = response.results[wanted.length + i]?.result
    if (result?.$case === 'error') refused.push(result.value.reason)
    else {
      messages.checkReleased(result?.$case === 'released' ? result.value.binding : undefined, one.id)
      released += 1
    }
  })
  return { made, step: stepOf({ kind: stepKind(wanted, ending), allocated: made.length, released, refused }) }
}

function stepKind(wanted: readonly unknown[], ending: readonly unknown[]): StepKind {
  if (wanted.length === 0) return 'release'
  return ending.length === 0 ? 'allocate' : 'churn'
}
