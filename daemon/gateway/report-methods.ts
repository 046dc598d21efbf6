/** ReportCall, one by one and in batches: what call control tells of its calls. */
import {
  type ReportCallRequest,
  type ReportCallResponse,
  type ReportCallResult,
  ReportCallStreamRequest,
  ReportCallStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import { reportResponse } from './command-answers.js'
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

/** ReportCallStream, as command-batch.ts takes it. */
export function reportBatches(
  metrics: GatewayMetrics,
): BatchMethod<ReportCallStreamRequest, ReportCallRequest, ReportCallResult> {
  return {
    batch: ReportCallStreamRequest,
    response: ReportCallStreamResponse,
    itemsOf: ({ reports }) => reports,
    requestOf: (value) => ({ $case: 'report', value }),
    resultOf: (request, end, nowMs) => {
      if (request.$case === 'report') count(request.value, metrics)
      return { result: { $case: 'reported', value: reportResponse(end, nowMs) } }
    },
    errorResult: (value) => ({ result: { $case: 'error', value } }),
  }
}

/** Those that were taken: their phase has passed its check. */
function count({ phase }: ReportCallRequest, metrics: GatewayMetrics): void {
  const word = callPhaseWords[phase]
  if (word !== undefined) metrics.callReported(word)
}
