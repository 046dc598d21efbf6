/**
 * Failures as gRPC shows them: a status whose trailer `grpc-status-details-bin`
 * holds google.rpc.Status with an ErrorInfo and, where a retry can succeed, a
 * RetryInfo; and, within a stream's batch, an ItemError.
 */
import { Metadata, type StatusObject } from '@grpc/grpc-js'
import type { Any } from '../generated/google/protobuf/any.js'
import { ErrorInfo, RetryInfo } from '../generated/google/rpc/error_details.js'
import { Status } from '../generated/google/rpc/status.js'
import type { ItemError } from '../generated/xpool/v1/types.js'
import type { Failure } from './failure.js'
import { encodeMessage } from './wire-codec.js'

const domain = 'xpool'
const typePrefix = 'type.googleapis.com/google.rpc.'
const detailsKey = 'grpc-status-details-bin'

export function statusOf(failure: Failure): StatusObject {
  const metadata = new Metadata()
  const { code, message } = failure
  metadata.set(detailsKey, encodeMessage(Status, { code, message, details: detailsOf(failure) }))
  return { code, details: message, metadata }
}

function detailsOf({ reason, metadata, retryAfterMs }: Failure): Any[] {
  const info = encodeMessage(ErrorInfo, { reason, domain, metadata: { ...metadata } })
  const details: Any[] = [{ typeUrl: `${typePrefix}ErrorInfo`, value: info }]
  if (retryAfterMs !== undefined) {
    const whole = Math.ceil(retryAfterMs)
    const retryDelay = { seconds: Math.floor(whole / 1_000), nanos: (whole % 1_000) * 1_000_000 }
    details.push({ typeUrl: `${typePrefix}RetryInfo`, value: encodeMessage(RetryInfo, { retryDelay }) })
  }
  return details
}

export function itemErrorOf({ code, reason, message, retryAfterMs, metadata }: Failure): ItemError {
  const wait = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs)
  return { code, reason, message, retryAfterMs: wait, metadata: { ...metadata } }
}
