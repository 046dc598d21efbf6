/** A refusal as a sentence that an operator understands without the manual, and what to do next. */

import type { XpoolError } from '../../client/error.js'
import type { PassedOver } from '../../core/commands.js'
import { formatDuration } from '../parse/duration.js'
import { formatTime } from '../parse/time.js'
import { meanings } from './reason-meaning.js'
import { grouped, lines } from './table.js'

/** Why numbers were passed over, in the order in which they are counted. */
export const causes: Readonly<Record<PassedOver, string>> = {
  not_in_service: 'not in service',
  other_area: 'in other areas',
  other_family: 'of another kind of binding',
  at_capacity: 'at capacity',
  in_use_by_a: 'in use by A',
  in_use_by_b: 'in use by B or others',
  cooling: 'cooling down',
}

/** A shorter wait is shown to the millisecond. */
const exactBelowMs = 10_000
const msPerSecond = 1_000

/** Several lines, the first of them the sentence. */
export function refusalText(error: XpoolError): string {
  const head = error.reason || error.codeName
  const meaning = meanings[error.reason]
  const first = `${head}: ${meaning ?? (error.message || 'the server gave no message')}`
  const details = lines([
    ['server says', meaning === undefined ? undefined : error.message],
    ...Object.entries(error.metadata).map(([key, value]) => [labelOf(key), factOf(key, value)] as const),
    ['retry', retryText(error)],
  ])
  return details === '' ? first : `${first}\n${indented(details)}`
}

/** What a refusal tells beside its counts of numbers, as lines. */
export function refusalFacts(metadata: Readonly<Record<string, string>>): [string, string | undefined][] {
  return Object.entries(metadata)
    .filter(([key]) => !isCause(key) && key !== 'candidates')
    .map(([key, value]) => [labelOf(key), factOf(key, value)])
}

/** As one JSON object for programs. */
export function refusalJson(error: XpoolError): object {
  const { codeName, reason, domain, message, metadata, retryAfterMs } = error
  return { error: { code: codeName, reason, domain, message, metadata, retry_after_ms: retryAfterMs } }
}

export function unreachableText(error: XpoolError, server: string): string {
  if (error.codeName === 'DEADLINE_EXCEEDED') return `no answer from ${server} in time (--timeout gives it longer)`
  return `no server at ${server}: ${connectFault(error.message)}\n  Is xpoold running there? --server or XPOOL_SERVER names another.`
}

/** The fault itself out of what grpc-js wraps around it. */
export function connectFault(message: string): string {
  return /Last error: (?:Error: )?(.*?)\. Resolution note/.exec(message)?.[1] ?? message
}

/** Times carry their unit in the name, as everywhere in the contract. */
const timeKey = /^(from|until|start|end)_ms$/

function labelOf(key: string): string {
  if (isCause(key)) return `numbers ${causes[key]}`
  if (key === 'candidates') return 'numbers in the pool'
  return key.replace(timeKey, '$1').replaceAll('_', ' ')
}

/** undefined leaves the line out: a cause that holds for no number explains nothing. */
function factOf(key: string, value: string): string | undefined {
  if (isCause(key) && value === '0') return undefined
  if (key === 'cause' && isCause(value)) return causes[value]
  if (timeKey.test(key) && /^\d{1,13}$/.test(value)) return formatTime(Number(value))
  return /^\d{4,9}$/.test(value) && (isCause(key) || key === 'candidates') ? grouped(Number(value)) : value
}

export function isCause(key: string): key is PassedOver {
  return Object.hasOwn(causes, key)
}

function retryText({ retryAfterMs }: XpoolError): string | undefined {
  if (retryAfterMs === undefined) return undefined
  // Nobody waits 29 minutes and 19.901 seconds; rounded up, since a little early is refused again.
  const ms = retryAfterMs >= exactBelowMs ? Math.ceil(retryAfterMs / msPerSecond) * msPerSecond : retryAfterMs
  return `not before ${formatDuration(ms)} from now`
}

export function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
