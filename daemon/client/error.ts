/**
 * One class for everything that can go wrong with a call, so that a caller
 * branches on `reason` and never takes gRPC metadata apart.
 */
import { type ServiceError, status } from '@grpc/grpc-js'
import { ErrorInfo, RetryInfo } from '../generated/google/rpc/error_details.js'
import { Status } from '../generated/google/rpc/status.js'
import type { ItemError } from '../generated/xpool/v1/types.js'

const detailsKey = 'grpc-status-details-bin'
const errorInfoType = 'google.rpc.ErrorInfo'
const retryInfoType = 'google.rpc.RetryInfo'
const msPerSecond = 1_000
const nanosPerMs = 1_000_000

export interface ErrorFacts {
  /** A gRPC status code, 1 to 16. */
  readonly code: number
  readonly message: string
  /** UPPER_SNAKE_CASE as in ErrorInfo; empty when the error did not come from the daemon's own code. */
  readonly reason: string
  /** "xpool" for the daemon's own errors; empty for those of the transport. */
  readonly domain: string
  readonly metadata: Readonly<Record<string, string>>
  /** Least time to wait before a retry can succeed, ms; undefined when only an operator can help. */
  readonly retryAfterMs: number | undefined
}

export class XpoolError extends Error implements ErrorFacts {
  override readonly name = 'XpoolError'
  readonly code: number
  readonly reason: string
  readonly domain: string
  readonly metadata: Readonly<Record<string, string>>
  readonly retryAfterMs: number | undefined

  constructor(facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.message, options)
    this.code = facts.code
    this.reason = facts.reason
    this.domain = facts.domain
    this.metadata = facts.metadata
    this.retryAfterMs = facts.retryAfterMs
  }

  /** The code by name, such as NOT_FOUND. */
  get codeName(): string {
    return status[this.code] ?? `CODE_${this.code}`
  }

  /** No answer of the daemon at all: nothing listens there, the connection broke, or the deadline passed. */
  get unreachable(): boolean {
    return this.domain === '' && (this.code === status.UNAVAILABLE || this.code === status.DEADLINE_EXCEEDED)
  }
}

interface Details {
  readonly info: ErrorInfo | undefined
  readonly retryAfterMs: number | undefined
}

/** From what grpc-js rejects with. Details that do not parse are dropped: the code and the message still count. */
export function decodeError(error: ServiceError): XpoolError {
  const { info, retryAfterMs } = readDetails(error)
  const facts = {
    code: error.code,
    message: error.details || error.message,
    reason: info?.reason ?? '',
    domain: info?.domain ?? '',
    metadata: info?.metadata ?? {},
    retryAfterMs,
  }
  return new XpoolError(facts, { cause: error })
}

/** From one item of a stream's batch. */
export function errorOfItem(item: ItemError): XpoolError {
  const { code, reason, message, metadata, retryAfterMs } = item
  return new XpoolError({ code, reason, message, metadata, domain: 'xpool', retryAfterMs })
}

function readDetails(error: ServiceError): Details {
  const raw = error.metadata?.get(detailsKey)[0]
  if (!Buffer.isBuffer(raw)) return { info: undefined, retryAfterMs: undefined }
  try {
    const { details } = Status.decode(raw)
    const find = (type: string) => details.find((any) => any.typeUrl.endsWith(`/${type}`))?.value
    const info = find(errorInfoType)
    const retry = find(retryInfoType)
    return {
      info: info === undefined ? undefined : ErrorInfo.decode(info),
      retryAfterMs: retry === undefined ? undefined : delayMs(RetryInfo.decode(retry)),
    }
  } catch {
    return { info: undefined, retryAfterMs: undefined }
  }
}

function delayMs({ retryDelay }: RetryInfo): number | undefined {
  if (retryDelay === undefined) return undefined
  // Rounded up: a retry a fraction of a millisecond early would be refused again.
  return retryDelay.seconds * msPerSecond + Math.ceil(retryDelay.nanos / nanosPerMs)
}
