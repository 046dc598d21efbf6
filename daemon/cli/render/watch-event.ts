/** One event as one line: when, what, where, and what there is to know about it. */
import {
  type Binding,
  type CallEvent,
  CallPhase,
  Mode,
  NumberState,
  type NumbersInState,
  type PoolLevel,
  type WatchEvent,
  WatchKind,
} from '../../generated/xpool/v1/types.js'
import { formatEnum, namesOf } from '../parse/enum-name.js'
import { formatTime } from '../parse/time.js'
import { dialledText, otherSideText } from './binding.js'
import { jsonOf, numberEnums, watchEnums } from './json.js'
import { masked } from './mask.js'
import { counted } from './table.js'

const timeWidth = '2026-03-01T08:00:00.000Z'.length
const kindWidth = Math.max(...namesOf(WatchKind, 'WATCH_KIND_').map((name) => name.length))

/** Real numbers are masked unless they are to be revealed. */
export function eventText(event: WatchEvent, reveal: boolean): string {
  const number = (digits: string | undefined) => (reveal ? (digits ?? '') : masked(digits ?? ''))
  const { atMs, kind, tenant, pool, bindingId } = event
  const head = [
    formatTime(atMs).padEnd(timeWidth),
    formatEnum(WatchKind, 'WATCH_KIND_', kind).padEnd(kindWidth),
    tenant,
    pool,
    bindingId,
  ]
  return [...head, detailText(event, number)].filter((part) => part !== '').join('  ')
}

/** As a program reads it. */
export function eventJson(event: WatchEvent): Record<string, unknown> {
  const { numbers, ...rest } = event
  const json = jsonOf(rest, watchEnums)
  // Its state is one of numbers, not of bindings.
  return numbers === undefined ? json : { ...json, numbers: jsonOf(numbers, numberEnums) }
}

type Shown = (digits: string | undefined) => string

function detailText({ kind, binding, call, poolLevel, numbers }: WatchEvent, number: Shown): string {
  if (call !== undefined) return callText(call, number)
  if (poolLevel !== undefined) return levelText(poolLevel)
  if (numbers !== undefined) return numbersText(numbers)
  if (binding === undefined) return ''
  return `${bindingLine(binding, number)}  ${tail(kind, binding)}`
}

function bindingLine(binding: Binding, number: Shown): string {
  const parties = [number(binding.a?.number), otherSideText(binding, number)].filter((party) => party !== '')
  const mode = formatEnum(Mode, 'MODE_', binding.mode)
  return [`${mode} ${dialledText(binding)}`, parties.join(' - ')].filter((part) => part !== '').join('  ')
}

function tail(kind: WatchKind, binding: Binding): string {
  const { endMs, cooldownUntilMs, revision, releaseReason } = binding
  switch (kind) {
    case WatchKind.WATCH_KIND_ENDED:
      return `cooling until ${formatTime(cooldownUntilMs)}${releaseReason === '' ? '' : ` (${releaseReason})`}`
    case WatchKind.WATCH_KIND_UPDATED:
      return `revision ${revision}, until ${formatTime(endMs)}`
    case WatchKind.WATCH_KIND_EXPIRING:
      return `ends ${formatTime(endMs)}`
    default:
      return `until ${formatTime(endMs)}`
  }
}

function callText({ callId, phase, caller, answered, cause }: CallEvent, number: Shown): string {
  const name = formatEnum(CallPhase, 'CALL_PHASE_', phase)
  const end = phase === CallPhase.CALL_PHASE_ENDED ? [answered ? 'was answered' : 'was not answered', cause] : []
  const by = caller === '' ? '' : `by ${number(caller)}`
  return [`call ${callId} ${name}`, by, ...end].filter((part) => part !== '').join(', ')
}

function levelText({ low, freeNumbers }: PoolLevel): string {
  return `${low ? 'low' : 'enough again'}: ${counted(freeNumbers, 'number')} free`
}

function numbersText({ first, count, state }: NumbersInState): string {
  const following = count > 1 ? ` and ${counted(count - 1, 'number')} after it` : ''
  return `${first}${following}: ${formatEnum(NumberState, 'NUMBER_STATE_', state)}`
}
