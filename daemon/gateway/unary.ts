/** The frame of every unary call: counted, decoded or refused, answered once, and never left unanswered by an exception. */
import { type handleUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { Failure, malformedRequest } from './failure.js'
import type { MethodMetrics } from './gateway-metrics.js'
import { statusOf } from './status.js'
import { type Decoded, malformed } from './wire-codec.js'

export interface Frame {
  readonly metrics: MethodMetrics
  /** Makes a failure of what was thrown, and tells the operator. */
  readonly faulted: (error: unknown) => Failure
}

/** What a handler knows of its call beside the request. */
export interface CallContext {
  /** Wall clock, unix ms; Infinity without one. */
  readonly deadlineMs: number
  /** Aborts when the caller gives up. Made on first use. */
  readonly signal: AbortSignal
}

type Call<Request> = Parameters<handleUnaryCall<Decoded<Request>, unknown>>[0]

/** A method that is answered in the same turn: no promise on its way. */
export function answeredAtOnce<Request, Response>(
  frame: Frame,
  answer: (request: Request) => Response | Failure,
): handleUnaryCall<Decoded<Request>, Response> {
  return (call, callback) => {
    const startedMs = frame.metrics.begin()
    try {
      finish(frame, startedMs, callback, call.request === malformed ? malformedRequest : answer(call.request))
    } catch (error) {
      finish(frame, startedMs, callback, frame.faulted(error))
    }
  }
}

/** A method that waits for another thread. */
export function answeredLater<Request, Response>(
  frame: Frame,
  answer: (request: Request, context: CallContext) => Promise<Response | Failure>,
): handleUnaryCall<Decoded<Request>, Response> {
  return (call, callback) => {
    const startedMs = frame.metrics.begin()
    const { request } = call
    if (request === malformed) return finish(frame, startedMs, callback, malformedRequest)
    answer(request, contextOf(call)).then(
      (response) => {
        if (call.cancelled) abandon(frame, startedMs, call)
        else finish(frame, startedMs, callback, response)
      },
      (error: unknown) => finish(frame, startedMs, callback, frame.faulted(error)),
    )
  }
}

/** grpc-js has told the caller already, or there is nobody left to tell: it is only counted. */
function abandon<Request>(frame: Frame, startedMs: number, call: Call<Request>): void {
  const late = Date.now() >= Number(call.getDeadline())
  frame.metrics.abandoned(startedMs, late ? status.DEADLINE_EXCEEDED : status.CANCELLED)
}

function finish<Response>(
  frame: Frame,
  startedMs: number,
  callback: sendUnaryData<Response>,
  answer: Response | Failure,
): void {
  if (answer instanceof Failure) {
    frame.metrics.done(startedMs, answer)
    callback(statusOf(answer))
  } else {
    frame.metrics.done(startedMs, undefined)
    callback(null, answer)
  }
}

function contextOf<Request>(call: Call<Request>): CallContext {
  let controller: AbortController | undefined
  return {
    deadlineMs: Number(call.getDeadline()),
    get signal() {
      if (controller === undefined) {
        const made = new AbortController()
        controller = made
        if (call.cancelled) made.abort()
        else call.on('cancelled', () => made.abort())
      }
      return controller.signal
    },
  }
}
