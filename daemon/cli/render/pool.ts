/** A pool for people. */
import type { Pool } from '../../generated/xpool/v1/administration.js'
import { Selection, Unmatched } from '../../generated/xpool/v1/types.js'
import { formatDuration } from '../parse/duration.js'
import { formatEnum } from '../parse/enum-name.js'
import { type Column, lines } from './table.js'

export const poolColumns: readonly Column<Pool>[] = [
  { head: 'pool', cell: (p) => p.name },
  { head: 'tenants', cell: tenantsText },
  { head: 'selection', cell: selectionText },
  { head: 'cooldown', cell: (p) => lengthText(p.cooldownMs) },
  { head: 'default ttl', cell: (p) => lengthText(p.defaultTtlMs) },
  { head: 'bindings per number', cell: (p) => p.maxBindingsPerNumber ?? '' },
]

export function poolText(pool: Pool): string {
  return lines([
    ['pool', pool.name],
    ['tenants', tenantsText(pool)],
    ['selection', selectionText(pool)],
    ['cooldown', lengthText(pool.cooldownMs)],
    ['min cooldown', lengthText(pool.minCooldownMs)],
    ['max cooldown', lengthText(pool.maxCooldownMs)],
    ['bindings per number', pool.maxBindingsPerNumber],
    ['unmatched', pool.unmatched === undefined ? undefined : formatEnum(Unmatched, 'UNMATCHED_', pool.unmatched)],
    ['fallback number', pool.fallbackNumber],
    ['default ttl', pool.defaultTtlMs === undefined ? 'none: an end must be given' : formatDuration(pool.defaultTtlMs)],
    ['max call', lengthText(pool.maxCallMs)],
    ['extension digits', pool.extensionDigits],
    ['low numbers', pool.lowNumbers],
    ['spare percent', pool.sparePercent],
  ])
}

function tenantsText({ tenants }: Pool): string {
  return tenants.length === 0 ? 'nobody' : tenants.join(', ')
}

function selectionText({ selection }: Pool): string {
  return selection === undefined ? '' : formatEnum(Selection, 'SELECTION_', selection)
}

function lengthText(ms: number | undefined): string {
  return ms === undefined ? '' : formatDuration(ms)
}
