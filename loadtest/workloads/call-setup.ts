/** Workload call-setup: who is this caller, on this number? Every question is about a live binding. */
import type {
  ResolveRequest,
  ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import type { BatchStream } from '../batch-stream.js'
import type { LiveBinding } from '../ledger.js'
import { checkResolved, resolveRequest } from '../messages.js'
import type { Step } from '../meter.js'
import { Random } from '../random.js'
import { call } from '../unary.js'
import type { Operation, Placed, Scene } from './operation.js'

interface Question {
  readonly binding: LiveBinding
  readonly fromA: boolean
}

class Questions {
  readonly #scene: Scene
  readonly #random: Random

  constructor(scene: Scene, index: number) {
    this.#scene = scene
    this.#random = new Random(scene.options.seed * 65_537 + index)
  }

  next(): Question {
    const binding = this.#scene.lasting.pick(this.#random)
    if (binding === undefined) throw new Error('call-setup needs at least one live binding')
    return { binding, fromA: this.#random.below(2) === 0 }
  }
}

export function resolveUnary({ scene, connection, index }: Placed): Operation {
  const questions = new Questions(scene, index)
  const { resolution } = connection
  return {
    async step() {
      const fresh = scene.unseen.pop()
      const { binding, fromA } = fresh === undefined ? questions.next() : { binding: fresh, fromA: true }
      const response = await call<ResolveRequest, ResolveResponse>(
        (request, done) => resolution.resolve(request, done),
        resolveRequest(binding, fromA, ''),
      )
      checkResolved(response, binding, fromA)
      if (fresh !== undefined) scene.passing.add(fresh)
      return resolved(1)
    },
  }
}

export type ResolveBatches = BatchStream<ResolveStreamRequest, ResolveStreamResponse>

export function resolveBatch({ scene, index }: Placed, stream: ResolveBatches): Operation {
  const questions = new Questions(scene, index)
  return {
    async step() {
      const { batch } = scene.options
      const fresh = scene.unseen.splice(0, batch)
      const asked: Question[] = fresh.map((binding) => ({ binding, fromA: true }))
      while (asked.length < batch) asked.push(questions.next())
      const response = await stream.send((batchId) => ({
        batchId,
        requests: asked.map(({ binding, fromA }) => resolveRequest(binding, fromA, '')),
      }))
      asked.forEach(({ binding, fromA }, i) => {
        checkResolved(response.responses[i], binding, fromA)
      })
      for (const binding of fresh) scene.passing.add(binding)
      return resolved(batch)
    },
  }
}

function resolved(count: number): Step {
  return { kind: 'resolve', resolved: count, allocated: 0, released: 0, refused: [] }
}
