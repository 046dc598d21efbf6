/** A tenant from what was asked for: defaults filled in, ranges checked. */
import type { TenantId } from '../core/binding.js'
import type { Policies, Quotas, Tenant } from '../core/directory.js'
import { defaults, limits } from '../core/limits.js'
import type { TenantWanted, Wanted } from './commands.js'
import { chosen, nameFault, rangeFault } from './fields.js'
import { type DirectoryRefusal, refuse } from './refusal.js'

const minutesOfDay = 24 * 60
const lastMs = limits.timeMs - 1

const noQuotas: Quotas = {
  liveBindings: undefined,
  liveBindingsPerParty: undefined,
  numbersHeld: undefined,
  allocationsPerSecond: undefined,
  allocationsBurst: undefined,
  allocationsPerPartyPerDay: undefined,
}

const openPolicies: Policies = {
  orderIdRequired: false,
  verificationRequired: false,
  modes: [],
  media: [],
  maxWindowMs: defaults.windowMs,
  maxBookingAheadMs: defaults.bookingAheadMs,
  expiringLeadMs: 0,
}

/** A new tenant, without a home until its first pool. */
export function newTenant(id: TenantId, name: string, wanted: TenantWanted): Tenant | DirectoryRefusal {
  const badName = nameFault(name, 'tenant.name')
  if (badName !== undefined) return badName
  if (wanted.qualification === undefined) {
    return refuse('INVALID_OPTION', 'tenant.qualification is required', 'tenant.qualification')
  }
  const blank: Tenant = {
    id,
    name,
    qualification: wanted.qualification,
    qualificationExpiresMs: 0,
    utcOffsetMinutes: 0,
    quotas: noQuotas,
    policies: openPolicies,
    home: undefined,
  }
  return changedTenant(blank, wanted)
}

/** The tenant after an update; what is not asked for stays. */
export function changedTenant(tenant: Tenant, wanted: TenantWanted): Tenant | DirectoryRefusal {
  const changed: Tenant = {
    ...tenant,
    qualification: wanted.qualification ?? tenant.qualification,
    qualificationExpiresMs: chosen(wanted.qualificationExpiresMs, tenant.qualificationExpiresMs, 0),
    utcOffsetMinutes: chosen(wanted.utcOffsetMinutes, tenant.utcOffsetMinutes, 0),
    quotas: changedQuotas(tenant.quotas, wanted.quotas ?? {}),
    policies: changedPolicies(tenant.policies, wanted.policies ?? {}),
  }
  return tenantFault(changed) ?? changed
}

function changedQuotas(now: Quotas, wanted: Wanted<Quotas>): Quotas {
  return {
    liveBindings: chosen(wanted.liveBindings, now.liveBindings, undefined),
    liveBindingsPerParty: chosen(wanted.liveBindingsPerParty, now.liveBindingsPerParty, undefined),
    numbersHeld: chosen(wanted.numbersHeld, now.numbersHeld, undefined),
    allocationsPerSecond: chosen(wanted.allocationsPerSecond, now.allocationsPerSecond, undefined),
    allocationsBurst: chosen(wanted.allocationsBurst, now.allocationsBurst, undefined),
    allocationsPerPartyPerDay: chosen(wanted.allocationsPerPartyPerDay, now.allocationsPerPartyPerDay, undefined),
  }
}

function changedPolicies(now: Policies, wanted: Wanted<Policies>): Policies {
  const open = openPolicies
  return {
    orderIdRequired: chosen(wanted.orderIdRequired, now.orderIdRequired, open.orderIdRequired),
    verificationRequired: chosen(wanted.verificationRequired, now.verificationRequired, open.verificationRequired),
    modes: [...new Set(chosen(wanted.modes, now.modes, open.modes))],
    media: [...new Set(chosen(wanted.media, now.media, open.media))],
    maxWindowMs: chosen(wanted.maxWindowMs, now.maxWindowMs, open.maxWindowMs),
    maxBookingAheadMs: chosen(wanted.maxBookingAheadMs, now.maxBookingAheadMs, open.maxBookingAheadMs),
    expiringLeadMs: chosen(wanted.expiringLeadMs, now.expiringLeadMs, open.expiringLeadMs),
  }
}

function tenantFault(tenant: Tenant): DirectoryRefusal | undefined {
  const { quotas, policies } = tenant
  const quota = (field: string, value: number | undefined) => ({
    field: `tenant.quotas.${field}`,
    value,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  })
  const policy = (field: string, value: number, min: number) => ({
    field: `tenant.policies.${field}`,
    value,
    min,
    max: lastMs,
  })
  return rangeFault([
    { field: 'tenant.qualification_expires_ms', value: tenant.qualificationExpiresMs, min: 0, max: lastMs },
    {
      field: 'tenant.utc_offset_minutes',
      value: tenant.utcOffsetMinutes,
      min: 1 - minutesOfDay,
      max: minutesOfDay - 1,
    },
    quota('live_bindings', quotas.liveBindings),
    quota('live_bindings_per_party', quotas.liveBindingsPerParty),
    quota('numbers_held', quotas.numbersHeld),
    quota('allocations_per_second', quotas.allocationsPerSecond),
    quota('allocations_burst', quotas.allocationsBurst),
    quota('allocations_per_party_per_day', quotas.allocationsPerPartyPerDay),
    policy('max_window_ms', policies.maxWindowMs, 1),
    policy('max_booking_ahead_ms', policies.maxBookingAheadMs, 0),
    policy('expiring_lead_ms', policies.expiringLeadMs, 0),
  ])
}
