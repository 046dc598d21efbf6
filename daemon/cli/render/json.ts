/** Messages as programs read them: proto field names, enums by name, bytes as base64, absent fields left out. */

import { Outcome, Reason } from '../../generated/xpool/v1/resolution.js'
import {
  BindingState,
  Callback,
  CallPhase,
  Direction,
  Media,
  Mode,
  NumberState,
  Qualification,
  Selection,
  Unmatched,
  WatchKind,
} from '../../generated/xpool/v1/types.js'
import type { ProtoEnum } from '../parse/enum-name.js'

export type EnumFields = Readonly<Record<string, ProtoEnum>>

/** Fields that have the same enum wherever they stand. */
const shared: EnumFields = {
  mode: Mode,
  modes: Mode,
  media: Media,
  direction: Direction,
  graceDirection: Direction,
  routeDirection: Direction,
  callback: Callback,
  selection: Selection,
  unmatched: Unmatched,
  qualification: Qualification,
  outcome: Outcome,
}

/** `state` and `reason` mean one thing in one message and another in the next. */
export const bindingEnums: EnumFields = { ...shared, state: BindingState }
export const numberEnums: EnumFields = { ...shared, state: NumberState }
export const resolveEnums: EnumFields = { ...shared, reason: Reason }
export const explainEnums: EnumFields = { ...shared, state: BindingState, reason: Reason }
export const watchEnums: EnumFields = { ...shared, kind: WatchKind, phase: CallPhase, state: BindingState }

/** A message as a plain object for JSON.stringify. */
export function jsonOf(message: object, enums: EnumFields = shared): Record<string, unknown> {
  const fields = Object.entries(message)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [snakeCase(name), fieldOf(value, enums[name], enums)])
  return Object.fromEntries(fields)
}

function fieldOf(value: unknown, type: ProtoEnum | undefined, enums: EnumFields): unknown {
  if (Array.isArray(value)) return value.map((item) => fieldOf(item, type, enums))
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'object' && value !== null) return jsonOf(value, enums)
  if (type !== undefined && typeof value === 'number') return value < 0 ? value : (type[value] ?? value)
  return value
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
