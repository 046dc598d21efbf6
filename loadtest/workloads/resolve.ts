/** Workload resolve: who is this caller, on this number? What was just acknowledged is asked first (I6). */
import { ResolutionServiceService } from '../../daemon/generated/xpool/v1/resolution.js'
import { BatchStream } from '../batch-stream.js'
import {
  type AnswerBatch,
  cutBatch,
  decodeAnswer,
  encodeBatch,
  encodeQuestion,
  isConnected,
  type QuestionBatch,
  type Slice,
} from '../resolve-wire.js'
import { type Step, stepOf } from '../step.js'
import { call, refusalOf } from '../unary.js'
import type { Operation, Placed } from './operation.js'
import { checkAnswer, type Question, Questions } from './questions.js'

const { resolve, resolveStream } = ResolutionServiceService
const same = (bytes: Buffer): Buffer => bytes

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
  let bytes: Buffer | undefined
  try {
    bytes = await call<Buffer, Buffer | undefined>(
      (request, done) => resolution.makeUnaryRequest(resolve.path, same, same, request, done),
      encodeQuestion(question),
    )
  } catch (error) {
    return stepOf({ kind: 'resolve', refused: [refusalOf(error)] })
  }
  judge(bytes === undefined ? undefined : { bytes, from: 0, to: bytes.length }, question)
  return oneResolved
}

/** @returns the reason of a refusal; undefined: the answer is right @throws WrongAnswer */
function judge(answer: Slice | undefined, question: Question): string | undefined {
  if (answer !== undefined && question.stranger === undefined && isConnected(answer, question)) return undefined
  const response = answer === undefined ? undefined : decodeAnswer(answer)
  if (response?.error !== undefined) return response.error.reason
  checkAnswer(response, question)
  return undefined
}

export type ResolveBatches = BatchStream<QuestionBatch, AnswerBatch>

export function openResolves({ resolution }: Placed['connection']): ResolveBatches {
  return new BatchStream(resolution.makeBidiStreamRequest(resolveStream.path, encodeBatch, cutBatch))
}

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
  const { answers } = await stream.send((batchId) => ({ batchId, asked }))
  const refused = asked.flatMap((question, i) => judge(answers[i], question) ?? [])
  return stepOf({ kind: 'resolve', resolved: asked.length - refused.length, refused })
}
