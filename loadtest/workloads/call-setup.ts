/**
 * Workload call-setup: what a call-control node does all day. It resolves the
 * callers of live bindings, some strangers among them, and reports a share of
 * the calls: their start, and then their end.
 */
import type {
  ReportCallRequest,
  ReportCallResponse,
  ReportCallStreamRequest,
  ReportCallStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import type { BatchStream } from '../batch-stream.js'
import { reportRequest } from '../messages.js'
import { stepOf } from '../step.js'
import { call, refusalOf } from '../unary.js'
import type { Operation, Placed } from './operation.js'
import { type Question, Questions } from './questions.js'
import { ask, askAll, type ResolveBatches } from './resolve.js'

export type ReportBatches = BatchStream<ReportCallStreamRequest, ReportCallStreamResponse>

/** What an operation still has to report, oldest first: a start before its end. */
class Owed {
  readonly #reports: ReportCallRequest[] = []
  readonly #name: string
  #calls = 0

  constructor({ scene, index }: Placed) {
    this.#name = `load-${scene.options.run}-${scene.share.index}-${index}`
  }

  get size(): number {
    return this.#reports.length
  }

  add({ binding }: Question): void {
    this.#calls += 1
    const callId = `${this.#name}-${this.#calls}`
    this.#reports.push(reportRequest(binding, callId, false), reportRequest(binding, callId, true))
  }

  take(count: number): ReportCallRequest[] {
    return this.#reports.splice(0, count)
  }
}

export function callSetupUnary(placed: Placed): Operation {
  const { scene, connection, index } = placed
  const { strangers, reports } = scene.options
  const questions = new Questions(scene, index, strangers)
  const owed = new Owed(placed)
  return {
    async step() {
      const [report] = owed.take(1)
      if (report !== undefined) return reportOne(connection, report)
      const question = questions.next()
      const step = await ask(connection, question)
      if (question.stranger === undefined && questions.chance(reports)) owed.add(question)
      return step
    },
  }
}

async function reportOne({ resolution }: Placed['connection'], report: ReportCallRequest) {
  try {
    await call<ReportCallRequest, ReportCallResponse>((request, done) => resolution.reportCall(request, done), report)
    return stepOf({ kind: 'report', reported: 1 })
  } catch (error) {
    return stepOf({ kind: 'report', refused: [refusalOf(error)] })
  }
}

/** Reports gather until they make a batch. */
export function callSetupBatch(placed: Placed, resolves: ResolveBatches, reporting: ReportBatches): Operation {
  const { scene, index } = placed
  const { strangers, reports, batch } = scene.options
  const questions = new Questions(scene, index, strangers)
  const owed = new Owed(placed)
  return {
    async step() {
      if (owed.size >= batch) return reportAll(reporting, owed.take(batch))
      const asked = Array.from({ length: batch }, () => questions.next())
      const step = await askAll(resolves, asked)
      for (const question of asked) {
        if (question.stranger === undefined && questions.chance(reports)) owed.add(question)
      }
      return step
    },
  }
}

async function reportAll(stream: ReportBatches, reports: ReportCallRequest[]) {
  const response = await stream.send((batchId) => ({ batchId, reports }))
  const refused = reports.flatMap((_, i) => {
    const result = response.results[i]?.result
    return result?.$case === 'reported' ? [] : [result?.value.reason ?? 'ANSWER_MISSING']
  })
  return stepOf({ kind: 'report', reported: reports.length - refused.length, refused })
}
