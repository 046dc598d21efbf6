/**
 * Tenants, pools, parts and, in the journal, bans as bytes: JSON with its fields in one fixed order, so
 * that equal values are equal bytes. They are few and seldom written; what
 * matters is that a person can read them in a damaged file.
 */
import type { Ban, Policies, Pool, Quotas, Tenant } from '../core/directory.js'
import type { Part } from './directory-event.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function toJsonBytes(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

export function fromJsonBytes(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes))
}

/** The fields of a tenant in their order; absent ones are undefined, never missing. */
export function tenantFields(tenant: Tenant): Tenant {
  const { id, name, qualification, qualificationExpiresMs, utcOffsetMinutes, quotas, policies, home } = tenant
  return {
    id,
    name,
    qualification,
    qualificationExpiresMs,
    utcOffsetMinutes,
    quotas: quotaFields(quotas),
    policies: policyFields(policies),
    home,
  }
}

function quotaFields(quotas: Quotas): Quotas {
  return {
    liveBindings: quotas.liveBindings,
    liveBindingsPerParty: quotas.liveBindingsPerParty,
    numbersHeld: quotas.numbersHeld,
    allocationsPerSecond: quotas.allocationsPerSecond,
    allocationsBurst: quotas.allocationsBurst,
    allocationsPerPartyPerDay: quotas.allocationsPerPartyPerDay,
  }
}

function policyFields(policies: Policies): Policies {
  return {
    orderIdRequired: policies.orderIdRequired,
    verificationRequired: policies.verificationRequired,
    modes: policies.modes,
    media: policies.media,
    maxWindowMs: policies.maxWindowMs,
    maxBookingAheadMs: policies.maxBookingAheadMs,
    expiringLeadMs: policies.expiringLeadMs,
  }
}

/** The fields of a pool in their order; absent ones are undefined, never missing. */
export function poolFields(pool: Pool): Pool {
  return {
    id: pool.id,
    name: pool.name,
    shard: pool.shard,
    tenants: pool.tenants,
    selection: pool.selection,
    cooldownMs: pool.cooldownMs,
    minCooldownMs: pool.minCooldownMs,
    maxCooldownMs: pool.maxCooldownMs,
    maxBindingsPerNumber: pool.maxBindingsPerNumber,
    unmatched: pool.unmatched,
    fallbackNumber: pool.fallbackNumber,
    defaultTtlMs: pool.defaultTtlMs,
    maxCallMs: pool.maxCallMs,
    extensionDigits: pool.extensionDigits,
    lowNumbers: pool.lowNumbers,
    sparePercent: pool.sparePercent,
  }
}

export function partFields({ id, importName, shard, first, count, atMs, phase }: Part): Part {
  return { id, importName, shard, first, count, atMs, phase }
}

/** The fields of a ban in their order; absent ones are undefined, never missing. */
export function banFields({ caller, callee, tenant, untilMs, reason, sinceMs }: Ban): Ban {
  return { caller, callee, tenant, untilMs, reason, sinceMs }
}

export function decodeTenant(bytes: Uint8Array): Tenant {
  return tenantFields(fromJsonBytes(bytes) as Tenant)
}

export function decodePool(bytes: Uint8Array): Pool {
  return poolFields(fromJsonBytes(bytes) as Pool)
}

export function decodePart(bytes: Uint8Array): Part {
  return partFields(fromJsonBytes(bytes) as Part)
}
