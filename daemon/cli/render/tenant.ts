/** A tenant for people: every quota is shown, since no limit is a fact too. */
import type { Quotas, Tenant } from '../../generated/xpool/v1/administration.js'
import { Media, Mode, Qualification } from '../../generated/xpool/v1/types.js'
import { formatDuration } from '../parse/duration.js'
import { formatEnum } from '../parse/enum-name.js'
import { formatTime } from '../parse/time.js'
import { type Cell, type Column, lines } from './table.js'

type Line = readonly [string, Cell | undefined]

export const tenantColumns: readonly Column<Tenant>[] = [
  { head: 'tenant', cell: (t) => t.name },
  { head: 'qualification', cell: qualificationOf },
  { head: 'live bindings', cell: (t) => limit(t.quotas?.liveBindings) },
  { head: 'per party', cell: (t) => limit(t.quotas?.liveBindingsPerParty) },
  { head: 'numbers held', cell: (t) => limit(t.quotas?.numbersHeld) },
  { head: 'per second', cell: (t) => limit(t.quotas?.allocationsPerSecond) },
  { head: 'per party and day', cell: (t) => limit(t.quotas?.allocationsPerPartyPerDay) },
]

export function tenantText(tenant: Tenant): string {
  const expires = tenant.qualificationExpiresMs ?? 0
  return lines([
    ['tenant', tenant.name],
    ['qualification', qualificationOf(tenant)],
    ['expires', expires > 0 ? formatTime(expires) : undefined],
    ['utc offset', offsetText(tenant.utcOffsetMinutes)],
    ...quotaLines(tenant.quotas),
    ...policyLines(tenant),
  ])
}

/** What a quota permits; an absent one is no limit. */
export function limit(quota: number | undefined): Cell {
  return quota ?? 'no limit'
}

function qualificationOf(tenant: Tenant): string {
  return formatEnum(Qualification, 'QUALIFICATION_', tenant.qualification)
}

function quotaLines(quotas: Quotas | undefined): Line[] {
  return [
    ['live bindings', limit(quotas?.liveBindings)],
    ['live bindings per party', limit(quotas?.liveBindingsPerParty)],
    ['numbers held', limit(quotas?.numbersHeld)],
    ['allocations per second', limit(quotas?.allocationsPerSecond)],
    ['allocations burst', quotas?.allocationsBurst],
    ['allocations per party per day', limit(quotas?.allocationsPerPartyPerDay)],
  ]
}

function policyLines({ policies }: Tenant): Line[] {
  if (policies === undefined) return []
  const length = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms))
  return [
    ['order id required', policies.orderIdRequired === true ? 'yes' : undefined],
    ['verification required', policies.verificationRequired === true ? 'yes' : undefined],
    ['modes', policies.modes.map((mode) => formatEnum(Mode, 'MODE_', mode)).join(', ')],
    ['media', policies.media.map((medium) => formatEnum(Media, 'MEDIA_', medium)).join(', ')],
    ['max window', length(policies.maxWindowMs)],
    ['max booking ahead', length(policies.maxBookingAheadMs)],
    ['expiring lead', length(policies.expiringLeadMs)],
  ]
}

function offsetText(minutes: number | undefined): string | undefined {
  if (minutes === undefined || minutes === 0) return undefined
  const size = Math.abs(minutes)
  const pad = (n: number) => String(n).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}
