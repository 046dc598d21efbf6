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
import { Failure, malformedRequest } from './failure.js'
import type { GatewayMetrics, MethodMetrics } from './gateway-metrics.js'
import { batchMethod, batchTooLarge, openBatch, type RawBatch } from './raw-batch.js'
import { reportBatches, reportCall } from './report-methods.js'
import { blank, type Resolver } from './resolver.js'
import { itemErrorOf } from './status.js'
import { answeredAtOnce, answeredLater, type Frame } from './unary.js'
import { bytesMethod, decodeMessage, encodeMessage, malformed, unaryMethod } from './wire-codec.js'

export const resolutionMethods = {
  resolve: bytesMethod(names.resolve.path),
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
    resolve: answeredAtOnce(frame('Resolve'), (request: Buffer) => answerOne(request, resolver)),
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

function answerOne(request: Buffer, resolver: Resolver): Buffer | Failure {
  const quick = resolver.bytes.one(request)
  if (quick !== undefined) return quick
  const message = decodeMessage(ResolveRequest, request)
  const answer = message === malformed ? malformedRequest : resolver.one(message)
  return answer instanceof Failure ? answer : encodeMessage(ResolveResponse, answer)
}

function answerBatch(raw: RawBatch, resolver: Resolver, metrics: MethodMetrics): Buffer | Failure {
  const items = Buffer.isBuffer(raw) ? resolver.bytes.read(raw) : 0
  return items > 0 ? answerBytes(raw as Buffer, items, resolver, metrics) : answerMessages(raw, resolver, metrics)
}

function answerBytes(batch: Buffer, items: number, resolver: Resolver, metrics: MethodMetrics): Buffer {
  const startedMs = metrics.begin()
  let failedItems = 0
  // A batch that ends its stream has answered nobody.
  let failed = items
  try {
    const answer = resolver.bytes.batch(batch, (failure) => {
      failedItems += 1
      metrics.itemFailed(failure)
      return encodeMessage(ResolveResponse, errorAnswer(failure))
    })
    failed = failedItems
    return answer
  } finally {
    metrics.batchDone(startedMs, items, failed)
  }
}

function errorAnswer(failure: Failure): ResolveResponse {
  return { ...blank(), error: itemErrorOf(failure) }
}

/** The long way: what is no ordinary batch. */
function answerMessages(raw: RawBatch, resolver: Resolver, metrics: MethodMetrics): Buffer | Failure {
  const opened = openBatch(ResolveStreamRequest, raw, (batch) => batch.requests)
  if (opened instanceof Failure) return opened
  const startedMs = metrics.begin()
  const items = 'refused' in opened ? opened.refused.items : opened.batch.requests.length
  let failedItems = 0
  let failed = items
  const errorItem = (failure: Failure): ResolveResponse => {
    failedItems += 1
    metrics.itemFailed(failure)
    return errorAnswer(failure)
  }
  try {
    const response =
      'refused' in opened ? refuseAll(opened.refused, errorItem) : answerAll(opened.batch, resolver, errorItem)
    const answer = encodeMessage(ResolveStreamResponse, response)
    failed = failedItems
    return answer
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
