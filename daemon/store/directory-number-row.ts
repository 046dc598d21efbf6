/**
 * The row of one number.
 *
 *   | shard u16 | ordinal u32 | pool u16 | state u8 | state before u8 | part u32 | area u16 |
 *
 * The part stays in the row after it went live: making a million numbers live
 * is one small commit that drops rows of `part`, and writes none of `number`.
 */
import type { Ordinal, PoolId } from '../core/binding.js'
import type { NumberState } from '../core/directory.js'
import type { AreaId, PartId } from './directory-event.js'
import { viewOf } from './directory-tables.js'

export interface NumberRow {
  readonly shard: number
  readonly ordinal: Ordinal
  readonly pool: PoolId
  readonly state: NumberState
  readonly stateBefore: NumberState
  readonly part: PartId
  readonly area: AreaId
}

export const numberRowBytes = 16

/** The order is part of the format. */
const states: readonly NumberState[] = ['IN_SERVICE', 'DRAINING', 'FROZEN', 'QUARANTINED', 'RETIRED']

export function stateCode(state: NumberState): number {
  return states.indexOf(state)
}

/** undefined for a code that no writer of ours made. */
export function stateFromCode(code: number): NumberState | undefined {
  return states[code]
}

/** In `exception` alone: the ordinal's number was removed, and no other ever gets it. */
export const goneCode = 0xff

/** The payload, `numberRowBytes` long. */
export function encodeNumberRow(row: NumberRow): Uint8Array {
  const bytes = new Uint8Array(numberRowBytes)
  const view = viewOf(bytes)
  view.setUint16(0, row.shard)
  view.setUint32(2, row.ordinal)
  view.setUint16(6, row.pool)
  view.setUint8(8, stateCode(row.state))
  view.setUint8(9, stateCode(row.stateBefore))
  view.setUint32(10, row.part)
  view.setUint16(14, row.area)
  return bytes
}

/** undefined for bytes that no writer of ours made. */
export function decodeNumberRow(bytes: Uint8Array): NumberRow | undefined {
  if (bytes.byteLength !== numberRowBytes) return undefined
  const state = stateFromCode(bytes[8]!)
  const stateBefore = stateFromCode(bytes[9]!)
  if (state === undefined || stateBefore === undefined) return undefined
  return {
    shard: (bytes[0]! << 8) | bytes[1]!,
    ordinal: ((bytes[2]! << 24) | (bytes[3]! << 16) | (bytes[4]! << 8) | bytes[5]!) >>> 0,
    pool: (bytes[6]! << 8) | bytes[7]!,
    state,
    stateBefore,
    part: ((bytes[10]! << 24) | (bytes[11]! << 16) | (bytes[12]! << 8) | bytes[13]!) >>> 0,
    area: (bytes[14]! << 8) | bytes[15]!,
  }
}
