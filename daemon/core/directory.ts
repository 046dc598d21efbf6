/**
 * The facts that the directory knows and the shards decide by: tenants, pools,
 * numbers. Absent quotas are no limit; everything else has its default filled in.
 */
import type { Digits, Medium, Mode, Ordinal, PoolId, Selection, TenantId } from './binding.js'

export type Qualification = 'PENDING' | 'APPROVED' | 'SUSPENDED' | 'REVOKED'
export type NumberState = 'IN_SERVICE' | 'DRAINING' | 'FROZEN' | 'QUARANTINED' | 'RETIRED'
export type Unmatched = 'REJECT' | 'FALLBACK'

export interface Quotas {
  readonly liveBindings: number | undefined
  readonly liveBindingsPerParty: number | undefined
  readonly numbersHeld: number | undefined
  readonly allocationsPerSecond: number | undefined
  /** Absent: as allocationsPerSecond. */
  readonly allocationsBurst: number | undefined
  readonly allocationsPerPartyPerDay: number | undefined
}

export interface Policies {
  readonly orderIdRequired: boolean
  readonly verificationRequired: boolean
  /** Empty: all. */
  readonly modes: readonly Mode[]
  /** Empty: all. */
  readonly media: readonly Medium[]
  readonly maxWindowMs: number
  readonly maxBookingAheadMs: number
  readonly expiringLeadMs: number
}

export interface Tenant {
  readonly id: TenantId
  readonly name: string
  readonly qualification: Qualification
  /** From then on an approval no longer holds; 0: never. */
  readonly qualificationExpiresMs: number
  readonly utcOffsetMinutes: number
  readonly quotas: Quotas
  readonly policies: Policies
  /** The shard of all its pools; undefined until its first pool. */
  readonly home: number | undefined
}

export interface Pool {
  readonly id: PoolId
  readonly name: string
  /** For ever. */
  readonly shard: number
  readonly tenants: readonly TenantId[]
  readonly selection: Selection
  readonly cooldownMs: number
  readonly minCooldownMs: number
  readonly maxCooldownMs: number
  readonly maxBindingsPerNumber: number
  readonly unmatched: Unmatched
  /** Empty unless unmatched is FALLBACK. */
  readonly fallbackNumber: string
  /** undefined: an end must be given. */
  readonly defaultTtlMs: number | undefined
  readonly maxCallMs: number
  readonly extensionDigits: number
  readonly lowNumbers: number
  readonly sparePercent: number
}

/** What the directory keeps of one number. */
export interface NumberRecord {
  readonly digits: Digits
  readonly shard: number
  readonly ordinal: Ordinal
  readonly pool: PoolId
  readonly area: string
  readonly state: NumberState
  /** The state that a lifted freeze or quarantine goes back to. */
  readonly stateBefore: NumberState
  /** The import it came with, 0 for none; invisible while that import is open. */
  readonly importId: number
}

/** A caller that may not call; who is banned altogether is not allocated for either. */
export interface Ban {
  readonly caller: Digits
  /** undefined: whomever it calls. */
  readonly callee: Digits | undefined
  /** Whose bindings it is kept from; undefined: everybody's. */
  readonly tenant: TenantId | undefined
  /** Exclusive, unix ms; undefined: until it is lifted. */
  readonly untilMs: number | undefined
  readonly reason: string
  readonly sinceMs: number
}

/** Whether Resolve rejects every call on a number in this state. */
export function rejectsCalls(state: NumberState): boolean {
  return state === 'FROZEN' || state === 'QUARANTINED'
}

/** Whether a tenant may allocate at `now`. */
export function isQualified(tenant: Tenant, now: number): boolean {
  if (tenant.qualification !== 'APPROVED') return false
  return tenant.qualificationExpiresMs === 0 || now < tenant.qualificationExpiresMs
}

/** Changes of the directory that a shard's state takes up, in the directory's order. */
export type DirectoryFact =
  | { readonly type: 'tenant'; readonly tenant: Tenant }
  | { readonly type: 'pool'; readonly pool: Pool }
  /** Numbers of this shard with consecutive ordinals from `first`. */
  | {
      readonly type: 'numbers'
      readonly pool: PoolId
      readonly area: string
      readonly first: Ordinal
      readonly digits: readonly Digits[]
      readonly state: NumberState
    }
  | { readonly type: 'number-state'; readonly ordinals: readonly Ordinal[]; readonly state: NumberState }
  /** They carried no reservation; their ordinals are never given again. */
  | { readonly type: 'numbers-removed'; readonly ordinals: readonly Ordinal[] }
