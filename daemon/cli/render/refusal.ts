/** A refusal as a sentence that an operator understands without the manual, and what to do next. */

import type { XpoolError } from '../../client/error.js'
import type { PassedOver } from '../../core/commands.js'
import { formatDuration } from '../parse/duration.js'
import { grouped, lines } from './table.js'

/** What each reason means; one that is not here is shown with the server's own message alone. */
const meanings: Readonly<Record<string, string>> = {
  INVALID_NUMBER: 'A number is not one: 3 to 20 digits, and a party must not be a number of a pool.',
  INVALID_WINDOW: 'The times do not make a window that is permitted here.',
  INVALID_MODE: 'The mode is missing, unknown, or does not go with the parties given.',
  INVALID_OPTION: 'An option has a value that is not permitted.',
  INVALID_EXTENSION: 'The extension does not fit this pool.',
  INVALID_NAME: 'A name is 1 to 64 of a-z, 0-9, "-", "_" and ".".',
  SAME_PARTY: 'A number cannot be bound to itself: the parties must differ.',
  FIELD_TOO_LONG: 'A field is longer than permitted.',
  TOO_MANY: 'There are more items than one request may hold.',
  TENANT_MISMATCH: 'This belongs to another tenant.',
  TENANT_NOT_QUALIFIED: 'The tenant is not approved, or its approval has expired, so it may not allocate.',
  TENANT_SUSPENDED: 'The tenant is suspended.',
  POOL_NOT_PERMITTED: 'The pool does not list this tenant among those that may allocate from it.',
  MODE_NOT_PERMITTED: "The tenant's policy does not permit this mode.",
  MEDIA_NOT_PERMITTED: "The tenant's policy does not permit this medium.",
  PARTY_BANNED: 'A party is banned.',
  PARTY_NOT_VERIFIED: 'The tenant must give a verification reference for every party.',
  ORDER_REQUIRED: 'The tenant must name an order (--order-id).',
  POOL_NOT_FOUND: 'There is no such pool.',
  BINDING_NOT_FOUND: 'There is no such binding; one is kept for 24 hours past its cooldown.',
  NUMBER_NOT_FOUND: 'No pool has this number.',
  TENANT_NOT_FOUND: 'There is no such tenant.',
  REQUEST_ID_REUSED: 'This request id was used before, with a different request.',
  NUMBER_EXISTS: 'A pool has this number already; nothing was added.',
  POOL_EXISTS: 'There is a pool of this name already.',
  TENANT_EXISTS: 'There is a tenant of this name already.',
  POOL_EXHAUSTED: 'No number of the pool can take this binding at present.',
  QUOTA_LIVE_BINDINGS: 'The tenant has as many live bindings as its quota permits.',
  QUOTA_PER_PARTY: 'A party has as many live bindings as the quota permits.',
  QUOTA_NUMBERS_HELD: 'The tenant holds as many numbers as its quota permits, and none of them fits.',
  QUOTA_RATE: 'The tenant allocates faster than its quota permits.',
  QUOTA_PER_PARTY_PER_DAY: 'A party has had as many allocations today as the quota permits.',
  OVERLOADED: 'The server has more work than it can take.',
  NUMBER_UNAVAILABLE: 'The number asked for cannot take this binding.',
  BINDING_ENDED: 'The binding has ended and can no longer be changed.',
  ROUTE_CONFLICT: 'A later binding needs the same route, so the change does not fit.',
  NUMBERS_IN_USE: 'Bindings are still on these numbers. Drain them first (number state --state draining).',
  TENANTS_ON_DIFFERENT_SHARDS: 'These tenants live on different shards and cannot share a pool.',
  REVISION_MISMATCH: 'Somebody changed the binding meanwhile. Look at it again before changing it.',
  SHUTTING_DOWN: 'The server is going down.',
  SHARD_RESTARTING: 'The part of the server that holds this pool is loading.',
  STORAGE_FULL: "The server's disk is full or failing: calls are resolved, nothing can be changed.",
  CLOCK_JUMPED: 'The clock of the server jumped ahead. If its time is right, say so: xpool clock confirm.',
}

/** Why numbers were passed over, in the order in which they are counted. */
const causes: Readonly<Record<PassedOver, string>> = {
  not_in_service: 'not in service',
  other_area: 'in other areas',
  other_family: 'of another kind of binding',
  at_capacity: 'at capacity',
  in_use_by_a: 'in use by A',
  in_use_by_b: 'in use by B',
  cooling: 'cooling down',
}

/** Several lines, the first of them the sentence. */
export function refusalText(error: XpoolError): string {
  const head = error.reason || error.codeName
  const meaning = meanings[error.reason]
  const first = `${head}: ${meaning ?? (error.message || 'the server gave no message')}`
  const details = lines([
    ['server says', meaning === undefined ? undefined : error.message],
    ...Object.entries(error.metadata).map(([key, value]) => [labelOf(key), countOf(value)] as const),
    ['retry', retryText(error)],
  ])
  return details === '' ? first : `${first}\n${indented(details)}`
}

/** As one JSON object for programs. */
export function refusalJson(error: XpoolError): object {
  const { codeName, reason, domain, message, metadata, retryAfterMs } = error
  return { error: { code: codeName, reason, domain, message, metadata, retry_after_ms: retryAfterMs } }
}

export function unreachableText(error: XpoolError, server: string, timeoutMs: number): string {
  if (error.codeName === 'DEADLINE_EXCEEDED') {
    return `no answer from ${server} within ${formatDuration(timeoutMs)} (--timeout gives it longer)`
  }
  return `no server at ${server}: ${connectFault(error.message)}\n  Is xpoold running there? --server or XPOOL_SERVER names another.`
}

/** The fault itself out of what grpc-js wraps around it. */
function connectFault(message: string): string {
  return /Last error: (?:Error: )?(.*?)\. Resolution note/.exec(message)?.[1] ?? message
}

function labelOf(key: string): string {
  const cause = (causes as Readonly<Record<string, string>>)[key]
  return cause === undefined ? key.replaceAll('_', ' ') : `numbers ${cause}`
}

function countOf(value: string): string {
  return /^\d{4,9}$/.test(value) ? grouped(Number(value)) : value
}

function retryText({ retryAfterMs }: XpoolError): string | undefined {
  if (retryAfterMs === undefined) return undefined
  return `not before ${formatDuration(retryAfterMs)} from now`
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
