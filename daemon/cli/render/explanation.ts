/** An explanation for people: the answer in a sentence, then what it stands on. */
import type { ExplainedResolve } from '../../generated/xpool/v1/allocation.js'
import {
  type AllocateExplanation,
  type CandidateCount,
  Direction,
  type ExplainedRoute,
  Media,
} from '../../generated/xpool/v1/types.js'
import { formatEnum } from '../parse/enum-name.js'
import { formatTime } from '../parse/time.js'
import { bindingText } from './binding.js'
import { masked } from './mask.js'
import { moment } from './moment.js'
import { meanings } from './reason-meaning.js'
import { causes, indented, isCause, refusalFacts } from './refusal.js'
import { resolutionText } from './resolution.js'
import { counted, lines, table } from './table.js'

/** What an Allocate would do. `nowMs` is the time of this machine, for how long a wait is. */
export function allocateExplanationText(explanation: AllocateExplanation, reveal: boolean, nowMs: number): string {
  const { granted, summary, binding } = explanation
  return sections([
    summary === '' ? (granted ? 'Granted.' : 'Refused.') : summary,
    granted ? '' : refusalLines(explanation, nowMs),
    granted && binding !== undefined ? bindingText(binding, reveal) : '',
    candidatesText(explanation),
  ])
}

function refusalLines({ refusal, earliestRetryMs }: AllocateExplanation, nowMs: number): string {
  return lines([
    ['reason', refusal?.reason],
    ['which means', meanings[refusal?.reason ?? '']],
    ...refusalFacts(refusal?.metadata ?? {}),
    ['retry from', earliestRetryMs === undefined ? retryOnlyByHand : moment(earliestRetryMs, nowMs)],
  ])
}

const retryOnlyByHand = 'no time helps by itself: the request, or something an operator sets, has to change'

/** Every number of the pool is in exactly one row. */
function candidatesText({ candidates, passedOver }: AllocateExplanation): string {
  const against = passedOver.filter(({ numbers }) => numbers > 0)
  if (against.length === 0) return ''
  const open = candidates - against.reduce((sum, { numbers }) => sum + numbers, 0)
  const rows: readonly CandidateCount[] = open > 0 ? [...against, { cause: 'open', numbers: open }] : against
  const columns = [
    { head: `of ${counted(candidates, 'number')} of the pool`, cell: ({ cause }: CandidateCount) => causeText(cause) },
    { head: 'count', cell: ({ numbers }: CandidateCount) => numbers },
  ]
  return table(columns, rows)
}

function causeText(cause: string): string {
  if (cause === 'open') return 'could take it'
  return isCause(cause) ? causes[cause] : cause
}

/** How a Resolve is answered; real numbers are masked unless they are to be revealed: a diagnosis needs none. */
export function resolveExplanationText({ response, explanation }: ExplainedResolve, reveal: boolean): string {
  const answer = response && { ...response, callee: reveal ? response.callee : masked(response.callee) }
  return sections([
    explanation?.summary ?? '',
    answer === undefined ? '' : resolutionText(answer),
    explanation === undefined ? '' : lines([['settled at', `step ${explanation.step} of 8: ${explanation.stepName}`]]),
    explanation?.route === undefined ? 'route  none on this number for this caller' : routeText(explanation.route),
  ])
}

function routeText(route: ExplainedRoute): string {
  const { startMs, endMs, graceUntilMs, freeAtMs } = route
  const details = lines([
    ['binding', route.bindingId],
    ['tenant', route.tenant],
    ['found by', keys[route.callerKey] ?? route.callerKey],
    ['leads to', roles[route.role] ?? route.role],
    ['runs', formatEnum(Direction, 'DIRECTION_', route.routeDirection)],
    ['permitted', formatEnum(Direction, 'DIRECTION_', route.direction)],
    ['media', route.media.map((medium) => formatEnum(Media, 'MEDIA_', medium)).join(', ')],
    ['start', formatTime(startMs)],
    ['end', formatTime(endMs)],
    ['call-back until', graceUntilMs > endMs ? formatTime(graceUntilMs) : 'none after the end'],
    ['owned until', formatTime(freeAtMs)],
  ])
  return `route\n${indented(details)}`
}

const keys: Readonly<Record<string, string>> = {
  exact: 'the calling number',
  extension: 'the extension dialled',
  any: 'the number dialled, whoever calls',
}

const roles: Readonly<Record<string, string>> = {
  party: 'the other party',
  callback: 'whom A calls back',
}

function sections(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n')
}
