/** Workload resolve: who is this caller, on this number? What was just acknowledged is asked first (I6). */
import type {
  ResolveRequest,
  ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import type { BatchStream } from '../batch-stream.js'
import { type Step, stepOf } from '../step.js'
import { call, refusalOf } from '../unary.js'
import type { Operation, Placed } from './operation.js'
import { checkAnswer, type Question, Questions, requestOf } from './questions.js'

const oneResolved = stepOf({ kind: 'resolve', resolved: 1 })

export function resolveUnary({ scene, connection, index }: Placed): Operation {
  const questions = new Questions(scene, index, 0)
  return {
    async step() {
      const fresh = scene.unseen.pop()
      const step = await ask(connection, fresh === undefined ? questions.next() : { binding: fresh, fromA: true })
      if (fresh !== undefined) scene.passing.add(fresh)
      return step
    },
  }
}

/** @throws WrongAnswer */
export async function ask({ resolution }: Placed['connection'], question: Question): Promise<Step> {
  let response: ResolveResponse
  try {
    response = await call<ResolveRequest, ResolveResponse>(
      (request, done) => resolution.resolve(request, done),
      requestOf(question),
    )
  } catch (error) {
    return stepOf({ kind: 'resolve', refused: [refusalOf(error)] })
  }
  checkAnswer(response, question)
  return oneResolved
}

export type ResolveBatches = BatchStream<ResolveStreamRequest, ResolveStreamResponse>

export function resolveBatch({ scene, index }: Placed, stream: ResolveBatches): Operation {
  const questions = new Questions(scene, index, 0)
  return {
    async step() {
      const { batch } = scene.options
      const fresh = scene.unseen.splice(0, batch)
      const asked: Question[] = fresh.map((binding) => ({ binding, fromA: true }))
      while (asked.length < batch) asked.push(questions.next())
      const step = await askAll(stream, asked)
      for (const binding of fresh) scene.passing.add(binding)
      return step
    },
  }
}

/** @throws WrongAnswer */
export async function askAll(stream: ResolveBatches, asked: readonly Question[]): Promise<Step> {
  const response = await stream.send((batchId) => ({ batchId, requests: asked.map(requestOf) }))
  const refused: string[] = []
  asked.forEach((question, i) => {
    const error = response.responses[i]?.error
    if (error === undefined) checkAnswer(response.responses[i], question)
    else refused.push(error.reason)
  })
  return stepOf({ kind: 'resolve', resolved: asked.length - refused.length, refused })
}
