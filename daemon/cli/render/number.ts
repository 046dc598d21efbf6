/** A proxy number for people. It is no secret and never masked. */
import type { Number as ProxyNumber } from '../../generated/xpool/v1/administration.js'
import { NumberState } from '../../generated/xpool/v1/types.js'
import { formatEnum } from '../parse/enum-name.js'
import { type Column, lines } from './table.js'

export const numberColumns: readonly Column<ProxyNumber>[] = [
  { head: 'number', cell: (n) => n.number },
  { head: 'pool', cell: (n) => n.pool },
  { head: 'area', cell: (n) => n.area },
  { head: 'state', cell: stateText },
  { head: 'live', cell: (n) => n.liveBindings },
  { head: 'cooling', cell: (n) => n.coolingBindings },
]

export function numberText(number: ProxyNumber): string {
  return lines([
    ['number', number.number],
    ['pool', number.pool],
    ['area', number.area],
    ['state', stateText(number)],
    ['live bindings', number.liveBindings],
    ['cooling bindings', number.coolingBindings],
  ])
}

function stateText({ state }: ProxyNumber): string {
  return formatEnum(NumberState, 'NUMBER_STATE_', state)
}
