/** ReportCall, one by one and in batches: what call control tells of its calls. */
import {
  type ReportCallRequest,
  type ReportCallResponse,
  ReportCallStreamRequest,
} from '../generated/xpool/v1/resolution.js'
import { reportResponse, writeReported } from './command-answers.js'
import type { BatchMethod } from './command-batch.js'
import type { CommandDesk } from './command-desk.js'
import type { Failure } from './failure.js'
import type { GatewayMetrics } from './gateway-metrics.js'
import type { CallContext } from './unary.js'
import { callPhaseWords } from './wire-words.js'

/** One report: answered once it is durable. */
export function reportCall(
  value: ReportCallRequest,
  context: CallContext,
  desk: CommandDesk,
  metrics: GatewayMetrics,
): Promise<ReportCallResponse | Failure> {
  return desk.decide({ $case: 'report', value }, context, (end, nowMs) => {
    count(value, metrics)
    return reportResponse(end, nowMs)
  })
}

/** Fields of ReportCallResult. */
const reportedField = 1
const errorField = 2

/** ReportCallStream, as command-batch.ts takes it. */
export function reportBatches(metrics: GatewayMetrics): BatchMethod<ReportCallStreamRequest, ReportCallRequest> {
  return {
    batch: ReportCallStreamRequest,
    itemsOf: ({ reports }) => reports,
    requestOf: (value) => ({ $case: 'report', value }),
    writeResult: (out, request, end, nowMs) => {
      if (request.$case === 'report') count(request.value, metrics)
      const mark = out.open(reportedField)
      writeReported(out, end, nowMs)
      out.close(mark)
    },
    errorField,
  }
}

/** Those that were taken: their phase has passed its check. */
function count({ phase }: ReportCallRequest, metrics: GatewayMetrics): void {
  const word = callPhaseWords[phase]
  if (word !== undefined) metrics.callReported(word)
}
