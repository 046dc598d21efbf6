/** ResolutionService: questions are answered in the turn in which they are read, reports once their shard has them. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import {
  ResolutionServiceService as names,
  ReportCallRequest,
  ReportCallResponse,
  ResolveRequest,
  ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import type { AnswerBatch, BatchCall } from './batch-stream.js'
import { answerCommands } from './command-batch.js'
import type { CommandDesk } from './command-desk.js'
import { Failure } from './failure.js'
import type { GatewayMetrics, MethodMetrics } from './gateway-metrics.js'
import { batchMethod, batchTooLarge, openBatch, type RawBatch } from './raw-batch.js'
import { reportBatches, reportCall } from './report-methods.js'
import { blank, type Resolver } from './resolver.js'
import { itemErrorOf } from './status.js'
import { answeredAtOnce, answeredLater, type Frame } from './unary.js'
import { encodeMessage, unaryMethod } from './wire-codec.js'

export const resolutionMethods = {
  resolve: unaryMethod(names.resolve.path, ResolveRequest, ResolveResponse),
  resolveStream: batchMethod(names.resolveStream.path),
  reportCall: unaryMethod(names.reportCall.path, ReportCallRequest, ReportCallResponse),
  reportCallStream: batchMethod(names.reportCallStream.path),
} as const

export interface ResolutionParts {
  readonly resolver: Resolver
  readonly desk: CommandDesk
  readonly metrics: GatewayMetrics
  readonly frame: (method: string) => Frame
  readonly serveStream: (call: BatchCall, method: string, answer: AnswerBatch) => void
}

export function resolutionService(parts: ResolutionParts): UntypedServiceImplementation {
  const { resolver, desk, frame, serveStream } = parts
  const { metrics } = frame('ResolveStream')
  const reports = reportBatches(parts.metrics)
  const reportParts = { desk, ...frame('ReportCallStream') }
  return {
    resolve: answeredAtOnce(frame('Resolve'), (request: ResolveRequest) => resolver.one(request)),
    resolveStream: (call: BatchCall) => {
      serveStream(call, 'ResolveStream', (raw) => answerBatch(raw, resolver, metrics))
    },
    reportCall: answeredLater(frame('ReportCall'), (request: ReportCallRequest, context) =>
      reportCall(request, context, desk, parts.metrics),
    ),
    reportCallStream: (call: BatchCall) => {
      const deadlineMs = Number(call.getDeadline())
      serveStream(call, 'ReportCallStream', (raw, signal) =>
        answerCommands(reports, raw, { deadlineMs, signal }, reportParts),
      )
    },
  }
}

function answerBatch(raw: RawBatch, resolver: Resolver, metrics: MethodMetrics): Buffer | Failure {
  const opened = openBatch(ResolveStreamRequest, raw, (batch) => batch.requests)
  if (opened instanceof Failure) return opened
  const startedMs = metrics.begin()
  const items = 'refused' in opened ? opened.refused.items : opened.batch.requests.length
  let failed = 0
  const errorItem = (failure: Failure): ResolveResponse => {
    failed += 1
    metrics.itemFailed(failure)
    return { ...blank(), error: itemErrorOf(failure) }
  }
  try {
    const response =
      'refused' in opened ? refuseAll(opened.refused, errorItem) : answerAll(opened.batch, resolver, errorItem)
    return encodeMessage(ResolveStreamResponse, response)
  } finally {
    metrics.batchDone(startedMs, items, failed)
  }
}

function answerAll(
  { batchId, requests }: ResolveStreamRequest,
  resolver: Resolver,
  errorItem: (failure: Failure) => ResolveResponse,
): ResolveStreamResponse {
  const nowMs = resolver.beginBatch()
  const responses = requests.map((request) => {
    const answer = resolver.item(request, nowMs)
    return answer instanceof Failure ? errorItem(answer) : answer
  })
  return { batchId, responses }
}

function refuseAll(
  { batchId, items }: { readonly batchId: number; readonly items: number },
  errorItem: (failure: Failure) => ResolveResponse,
): ResolveStreamResponse {
  return { batchId, responses: Array.from({ length: items }, () => errorItem(batchTooLarge)) }
}
