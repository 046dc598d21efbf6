/** How full pools are and how far tenants are into their quotas. */
import type { GetStatsResponse, PoolStats, TenantStats } from '../../generated/xpool/v1/administration.js'
import { formatTime } from '../parse/time.js'
import { type Column, grouped, table } from './table.js'

const poolColumns: readonly Column<PoolStats>[] = [
  { head: 'pool', cell: (p) => p.pool },
  { head: 'numbers', cell: (p) => p.numbers },
  { head: 'free', cell: (p) => p.freeNumbers },
  { head: 'in use', cell: (p) => p.inUseNumbers },
  { head: 'cooling', cell: (p) => p.coolingNumbers },
  { head: 'out', cell: (p) => p.outOfServiceNumbers },
  { head: 'bindings', cell: (p) => p.liveBindings },
  { head: 'ended, cooling', cell: (p) => p.coolingBindings },
  { head: 'capacity', cell: (p) => p.capacity },
  { head: 'used', cell: (p) => share(p.liveBindings, p.capacity) },
]

const tenantColumns: readonly Column<TenantStats>[] = [
  { head: 'tenant', cell: (t) => t.tenant },
  { head: 'live bindings', cell: (t) => ofQuota(t.liveBindings, t.quotas?.liveBindings) },
  { head: 'numbers held', cell: (t) => ofQuota(t.numbersHeld, t.quotas?.numbersHeld) },
]

export function statsText({ pools, tenants, nowMs }: GetStatsResponse): string {
  const parts = [
    pools.length === 0 ? 'no pools' : table(poolColumns, pools),
    tenants.length === 0 ? 'no tenants' : table(tenantColumns, tenants),
    `at ${formatTime(nowMs)}`,
  ]
  return parts.join('\n\n')
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`
}

function ofQuota(used: number, quota: number | undefined): string {
  return quota === undefined ? `${grouped(used)}, no limit` : `${grouped(used)} of ${grouped(quota)}`
}
