/** A binding for people: real numbers masked unless they are to be revealed. */
import {
  type Binding,
  BindingState,
  Callback,
  type CallOptions,
  Direction,
  Media,
  Mode,
} from '../../generated/xpool/v1/types.js'
import { formatDuration } from '../parse/duration.js'
import { formatEnum } from '../parse/enum-name.js'
import { formatTime } from '../parse/time.js'
import { masked } from './mask.js'
import { type Cell, type Column, counted, lines } from './table.js'

/** How many members a table names before it only counts them. */
const membersNamedMax = 3

export function bindingColumns(reveal: boolean): Column<Binding>[] {
  const number = (digits: string | undefined) => (digits === undefined ? '' : reveal ? digits : masked(digits))
  return [
    { head: 'binding', cell: (b) => b.bindingId },
    { head: 'state', cell: (b) => formatEnum(BindingState, 'BINDING_STATE_', b.state) },
    { head: 'mode', cell: (b) => formatEnum(Mode, 'MODE_', b.mode) },
    { head: 'number', cell: dialledText },
    { head: 'a', cell: (b) => number(b.a?.number) },
    { head: 'b', cell: (b) => otherSideText(b, number) },
    { head: 'end', cell: (b) => formatTime(b.endMs) },
    { head: 'order', cell: (b) => b.orderId },
  ]
}

/** What is dialled: X, with Y where there is one, or with the extension. */
export function dialledText({ number, numberY, extension }: Binding): string {
  return [number, numberY].filter((digits) => digits !== '').join(' / ') + (extension === '' ? '' : ` ext ${extension}`)
}

/** Who may reach A, in one word or two. */
export function otherSideText({ mode, b, members }: Binding, number: (digits: string | undefined) => string): string {
  if (b !== undefined) return number(b.number)
  if (members.length > 0) return counted(members.length, 'member')
  return mode === Mode.MODE_AX || mode === Mode.MODE_AXE ? 'anybody' : ''
}

export function bindingText(binding: Binding, reveal: boolean): string {
  const who = [...whoAndWhere(binding, reveal), ...whenAndWhy(binding)]
  return lines([...who, ...optionLines(binding, reveal)])
}

type Line = readonly [string, Cell | undefined]

function whoAndWhere(binding: Binding, reveal: boolean): Line[] {
  const number = (digits: string) => (reveal ? digits : masked(digits))
  return [
    ['binding', binding.bindingId],
    ['state', formatEnum(BindingState, 'BINDING_STATE_', binding.state)],
    ['mode', formatEnum(Mode, 'MODE_', binding.mode)],
    ['number', binding.number],
    ['number y', binding.numberY],
    ['extension', binding.extension],
    ['a', binding.a && number(binding.a.number)],
    ['b', binding.b && number(binding.b.number)],
    ['reached by', reachedBy[binding.mode]],
    ['members', membersText(binding, number)],
    ['tenant', binding.tenant],
    ['pool', binding.pool],
    ['area', binding.area],
  ]
}

/** Where there is neither B nor a group. */
const reachedBy: Partial<Record<Mode, string>> = {
  [Mode.MODE_AX]: 'anybody who dials the number',
  [Mode.MODE_AXE]: 'anybody who dials the number and the extension',
}

function membersText({ members }: Binding, number: (digits: string) => string): string {
  const named = members.slice(0, membersNamedMax).map((m) => number(m.number))
  const rest = members.length - named.length
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function whenAndWhy(binding: Binding): Line[] {
  return [
    ['start', formatTime(binding.startMs)],
    ['end', `${formatTime(binding.endMs)} (window ${formatDuration(Math.max(0, binding.endMs - binding.startMs))})`],
    ['cooling until', formatTime(binding.cooldownUntilMs)],
    ['order', binding.orderId],
    ['user data', binding.userData.length > 0 ? `${binding.userData.length} bytes` : undefined],
    ['released', binding.releaseReason],
    ['revision', binding.revision],
  ]
}

function optionLines({ options, mode }: Binding, reveal: boolean): Line[] {
  if (options === undefined) return []
  const grace = formatDuration(options.graceMs)
  return [
    ['direction', formatEnum(Direction, 'DIRECTION_', options.direction)],
    ['media', options.media.map((m) => formatEnum(Media, 'MEDIA_', m)).join(', ')],
    [
      'grace',
      options.graceMs > 0 ? `${grace}, ${formatEnum(Direction, 'DIRECTION_', options.graceDirection)}` : 'none',
    ],
    ['cooldown', formatDuration(options.cooldownMs)],
    ['max call', formatDuration(options.maxCallMs)],
    ['max calls', options.maxCalls > 0 ? options.maxCalls : 'no limit'],
    ['release on hangup', options.releaseOnHangup ? 'yes' : undefined],
    ['record', options.record ? 'yes' : undefined],
    ['callback', callbackText(options, mode, reveal)],
  ]
}

/** In modes of pairs there is none, and nothing to say. */
function callbackText(options: CallOptions, mode: Mode, reveal: boolean): string | undefined {
  if (options.callback === Callback.CALLBACK_FIXED) {
    return `fixed ${reveal ? options.callbackNumber : masked(options.callbackNumber)}`
  }
  if (options.callback === Callback.CALLBACK_LAST_CALLER) {
    return `last caller within ${formatDuration(options.callbackWindowMs)}`
  }
  return mode === Mode.MODE_AX || mode === Mode.MODE_AXE || mode === Mode.MODE_AXG ? 'none' : undefined
}
