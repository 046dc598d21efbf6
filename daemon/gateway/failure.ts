/** Why a call, or one item of a batch, gets no answer: a value, translated to gRPC at the very edge (status.ts). */
import { status } from '@grpc/grpc-js'
import type { Refusal, RefusalReason } from '../core/commands.js'
import type { DirectoryAnswer, DirectoryRefusalReason } from '../directory/commands.js'
import type { ShardAnswer, ShardFault } from '../shard/shard-client.js'
import { bounds } from './bounds.js'

/** What the gateway itself finds at fault. */
type GatewayReason =
  | 'MALFORMED_REQUEST'
  | 'FIELD_REQUIRED'
  | 'INVALID_PAGE_TOKEN'
  | 'INVALID_PAGE_SIZE'
  | 'INVALID_POSITION'
  | 'INVALID_BATCH_ID'
  | 'INVALID_RESUME_TOKEN'
  | 'RESUME_TOKEN_EXPIRED'
  | 'WATCH_TOO_SLOW'
  | 'CONNECTION_AGED'
  | 'BATCH_TOO_LARGE'
  | 'TENANT_MISMATCH'
  | 'CORRUPT_RECORD'
  | 'INTERNAL'

export type Reason = RefusalReason | DirectoryRefusalReason | ShardFault | GatewayReason

/** The code of every reason; a reason without a row does not compile. */
const codes: Readonly<Record<Reason, status>> = {
  MALFORMED_REQUEST: status.INVALID_ARGUMENT,
  FIELD_REQUIRED: status.INVALID_ARGUMENT,
  FIELD_TOO_LONG: status.INVALID_ARGUMENT,
  TOO_MANY: status.INVALID_ARGUMENT,
  INVALID_NUMBER: status.INVALID_ARGUMENT,
  INVALID_WINDOW: status.INVALID_ARGUMENT,
  INVALID_MODE: status.INVALID_ARGUMENT,
  INVALID_OPTION: status.INVALID_ARGUMENT,
  INVALID_EXTENSION: status.INVALID_ARGUMENT,
  INVALID_NAME: status.INVALID_ARGUMENT,
  INVALID_PAGE_TOKEN: status.INVALID_ARGUMENT,
  INVALID_PAGE_SIZE: status.INVALID_ARGUMENT,
  INVALID_POSITION: status.INVALID_ARGUMENT,
  INVALID_BATCH_ID: status.INVALID_ARGUMENT,
  INVALID_RESUME_TOKEN: status.INVALID_ARGUMENT,
  BATCH_TOO_LARGE: status.INVALID_ARGUMENT,
  SAME_PARTY: status.INVALID_ARGUMENT,

  TENANT_MISMATCH: status.PERMISSION_DENIED,
  TENANT_NOT_QUALIFIED: status.PERMISSION_DENIED,
  TENANT_SUSPENDED: status.PERMISSION_DENIED,
  POOL_NOT_PERMITTED: status.PERMISSION_DENIED,
  MODE_NOT_PERMITTED: status.PERMISSION_DENIED,
  MEDIA_NOT_PERMITTED: status.PERMISSION_DENIED,
  PARTY_NOT_VERIFIED: status.PERMISSION_DENIED,
  PARTY_BANNED: status.PERMISSION_DENIED,
  ORDER_REQUIRED: status.PERMISSION_DENIED,

  POOL_NOT_FOUND: status.NOT_FOUND,
  BINDING_NOT_FOUND: status.NOT_FOUND,
  NUMBER_NOT_FOUND: status.NOT_FOUND,
  TENANT_NOT_FOUND: status.NOT_FOUND,

  REQUEST_ID_REUSED: status.ALREADY_EXISTS,
  NUMBER_EXISTS: status.ALREADY_EXISTS,
  POOL_EXISTS: status.ALREADY_EXISTS,
  TENANT_EXISTS: status.ALREADY_EXISTS,

  POOL_EXHAUSTED: status.RESOURCE_EXHAUSTED,
  QUOTA_LIVE_BINDINGS: status.RESOURCE_EXHAUSTED,
  QUOTA_PER_PARTY: status.RESOURCE_EXHAUSTED,
  QUOTA_NUMBERS_HELD: status.RESOURCE_EXHAUSTED,
  QUOTA_RATE: status.RESOURCE_EXHAUSTED,
  QUOTA_PER_PARTY_PER_DAY: status.RESOURCE_EXHAUSTED,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  WATCH_TOO_SLOW: status.RESOURCE_EXHAUSTED,

  NUMBER_UNAVAILABLE: status.FAILED_PRECONDITION,
  BINDING_ENDED: status.FAILED_PRECONDITION,
  ROUTE_CONFLICT: status.FAILED_PRECONDITION,
  NUMBERS_IN_USE: status.FAILED_PRECONDITION,
  TENANTS_ON_DIFFERENT_SHARDS: status.FAILED_PRECONDITION,

  REVISION_MISMATCH: status.ABORTED,
  RESUME_TOKEN_EXPIRED: status.OUT_OF_RANGE,

  SHUTTING_DOWN: status.UNAVAILABLE,
  CONNECTION_AGED: status.UNAVAILABLE,
  SHARD_RESTARTING: status.UNAVAILABLE,
  STORAGE_FULL: status.UNAVAILABLE,
  CLOCK_JUMPED: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,

  CORRUPT_RECORD: status.INTERNAL,
  INTERNAL: status.INTERNAL,
}

export const reasons = Object.keys(codes) as readonly Reason[]

interface Details {
  /** The proto field at fault, as `a.number` or `members[3].number`. */
  readonly field?: string | undefined
  /** Least time to wait before a retry; absent when a retry cannot help. */
  readonly retryAfterMs?: number | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** One reason with its code, and what helps the caller to do better. */
export class Failure {
  readonly reason: Reason
  /** For the developer. Never holds what the client sent: it ends in logs. */
  readonly message: string
  readonly retryAfterMs: number | undefined
  /** The field's name and further facts. */
  readonly metadata: Readonly<Record<string, string>>

  constructor(reason: Reason, message: string, details: Details = {}) {
    this.reason = reason
    this.message = message
    this.retryAfterMs = details.retryAfterMs
    this.metadata =
      details.field === undefined ? (details.metadata ?? {}) : { field: details.field, ...details.metadata }
  }

  get code(): status {
    return codes[this.reason]
  }
}

/** @param nowMs process clock, for the time left until a retry can succeed */
export function refusalFailure(refusal: Refusal, nowMs: number): Failure {
  const { reason, message, field, retryAtMs, metadata } = refusal
  const retryAfterMs = retryAtMs === undefined ? undefined : Math.max(1, retryAtMs - nowMs)
  return new Failure(reason, message, { field, retryAfterMs, metadata })
}

export function faultFailure(answer: Extract<ShardAnswer, { kind: 'fault' }>): Failure {
  const retryAfterMs = answer.retryAfterMs > 0 ? answer.retryAfterMs : undefined
  return new Failure(answer.fault, answer.message, { retryAfterMs })
}

export function directoryFailure(answer: Extract<DirectoryAnswer, { ok: false }>): Failure {
  const { reason, message, field, metadata } = answer
  const transient = reason === 'STORAGE_FULL' || reason === 'OVERLOADED'
  const retryAfterMs = transient ? bounds.faultRetryMs : undefined
  return new Failure(reason, message, { field, retryAfterMs, metadata })
}

export const malformedRequest = new Failure('MALFORMED_REQUEST', 'the message is not valid protobuf of its type')
