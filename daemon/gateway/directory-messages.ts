/** Tenants, pools and numbers as operators see them. */
import type { NumberRecord, Pool, Quotas, Tenant } from '../core/directory.js'
import type { DirectoryView } from '../directory/view.js'
import type {
  Number as NumberMessage,
  Pool as PoolMessage,
  Quotas as QuotasMessage,
  Tenant as TenantMessage,
} from '../generated/xpool/v1/administration.js'
import {
  mediumWords,
  modeWords,
  numberStateWords,
  qualificationWords,
  selectionWords,
  unmatchedWords,
  wireNumber,
} from './wire-words.js'

/** A tenant with its defaults filled in. */
export function tenantMessage(tenant: Tenant): TenantMessage {
  const { policies } = tenant
  return {
    name: tenant.name,
    qualification: wireNumber(qualificationWords, tenant.qualification),
    qualificationExpiresMs: tenant.qualificationExpiresMs,
    utcOffsetMinutes: tenant.utcOffsetMinutes,
    quotas: quotasMessage(tenant.quotas),
    policies: {
      orderIdRequired: policies.orderIdRequired,
      verificationRequired: policies.verificationRequired,
      modes: policies.modes.map((mode) => wireNumber(modeWords, mode)),
      media: policies.media.map((medium) => wireNumber(mediumWords, medium)),
      maxWindowMs: policies.maxWindowMs,
      maxBookingAheadMs: policies.maxBookingAheadMs,
      expiringLeadMs: policies.expiringLeadMs,
    },
  }
}

export function quotasMessage(quotas: Quotas): QuotasMessage {
  return { ...quotas }
}

/** A pool with its defaults filled in, its tenants by name. */
export function poolMessage(pool: Pool, directory: DirectoryView): PoolMessage {
  return {
    name: pool.name,
    tenants: pool.tenants.map((id) => directory.tenant(id)?.name ?? ''),
    selection: wireNumber(selectionWords, pool.selection),
    cooldownMs: pool.cooldownMs,
    minCooldownMs: pool.minCooldownMs,
    maxCooldownMs: pool.maxCooldownMs,
    maxBindingsPerNumber: pool.maxBindingsPerNumber,
    unmatched: wireNumber(unmatchedWords, pool.unmatched),
    fallbackNumber: pool.fallbackNumber,
    defaultTtlMs: pool.defaultTtlMs,
    maxCallMs: pool.maxCallMs,
    extensionDigits: pool.extensionDigits,
    lowNumbers: pool.lowNumbers,
    sparePercent: pool.sparePercent,
  }
}

/** A number and how it is occupied; nobody who is on it. */
export function numberMessage(
  number: NumberRecord,
  pool: string,
  occupancy: { readonly live: number; readonly cooling: number },
): NumberMessage {
  return {
    number: number.digits,
    pool,
    area: number.area,
    state: wireNumber(numberStateWords, number.state),
    liveBindings: occupancy.live,
    coolingBindings: occupancy.cooling,
  }
}
