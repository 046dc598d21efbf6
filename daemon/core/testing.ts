/** Facts and commands with sensible values, for tests, benchmarks and simulations. */
import type { AllocateCommand, WantedTerms } from './commands.js'
import type { Pool, Tenant } from './directory.js'
import { defaults } from './limits.js'
import type { ShardState } from './state.js'

/** An approved tenant without limits, id 1. */
export function sampleTenant(change: Partial<Tenant> = {}): Tenant {
  return {
    id: 1,
    name: 'demo',
    qualification: 'APPROVED',
    qualificationExpiresMs: 0,
    utcOffsetMinutes: 0,
    quotas: {
      liveBindings: undefined,
      liveBindingsPerParty: undefined,
      numbersHeld: undefined,
      allocationsPerSecond: undefined,
      allocationsBurst: undefined,
      allocationsPerPartyPerDay: undefined,
    },
    policies: {
      orderIdRequired: false,
      verificationRequired: false,
      modes: [],
      media: [],
      maxWindowMs: defaults.windowMs,
      maxBookingAheadMs: defaults.bookingAheadMs,
      expiringLeadMs: 0,
    },
    home: 0,
    ...change,
  }
}

/** A pool of tenant 1 with the defaults, id 1. */
export function samplePool(change: Partial<Pool> = {}): Pool {
  return {
    id: 1,
    name: 'demo',
    shard: 0,
    tenants: [1],
    selection: 'PACK',
    cooldownMs: defaults.cooldownMs,
    minCooldownMs: defaults.minCooldownMs,
    maxCooldownMs: defaults.maxCooldownMs,
    maxBindingsPerNumber: defaults.bindingsPerNumber,
    unmatched: 'REJECT',
    fallbackNumber: '',
    defaultTtlMs: undefined,
    maxCallMs: defaults.maxCallMs,
    extensionDigits: defaults.extensionDigits,
    lowNumbers: 0,
    sparePercent: defaults.sparePercent,
    ...change,
  }
}

export const noWishes: WantedTerms = {
  graceMs: undefined,
  graceDirection: undefined,
  cooldownMs: undefined,
  direction: undefined,
  media: [],
  maxCallMs: undefined,
  maxCalls: undefined,
  releaseOnHangup: undefined,
  record: undefined,
  callback: undefined,
  callbackNumber: undefined,
  callbackWindowMs: undefined,
}

/** An AXB for 60 seconds from now. */
export function sampleAllocate(a: string, b: string, change: Partial<AllocateCommand> = {}): AllocateCommand {
  return {
    type: 'allocate',
    tenant: 1,
    pool: 1,
    mode: 'AXB',
    a: { number: a, verificationRef: '' },
    b: { number: b, verificationRef: '' },
    members: [],
    x: undefined,
    y: undefined,
    areas: [],
    areaStrict: false,
    startMs: undefined,
    endMs: undefined,
    ttlMs: 60_000,
    wanted: noWishes,
    extension: '',
    selection: undefined,
    orderId: '',
    userData: new Uint8Array(0),
    request: undefined,
    banned: [],
    draw: 0,
    ...change,
  }
}

/** Adopts one tenant, one pool and `count` consecutive numbers. */
export function adoptSample(
  state: ShardState,
  count: number,
  change: { pool?: Partial<Pool>; tenant?: Partial<Tenant> } = {},
): void {
  state.adopt({ type: 'tenant', tenant: sampleTenant(change.tenant) })
  state.adopt({ type: 'pool', pool: samplePool(change.pool) })
  const digits = Array.from({ length: count }, (_, i) => String(700123456780000 + i))
  state.adopt({ type: 'numbers', pool: 1, area: '', first: 0, digits, state: 'IN_SERVICE' })
}
