/** What the directory's writer is asked, and what it answers. */
import type { Digits, Selection } from '../core/binding.js'
import type { NumberState, Policies, Pool, Qualification, Quotas, Tenant, Unmatched } from '../core/directory.js'

/** undefined: default on create, unchanged on update; null (update with a mask): cleared to the default. */
export type Wanted<T> = { readonly [K in keyof T]?: T[K] | undefined | null }

export interface TenantWanted {
  readonly qualification?: Qualification | undefined
  readonly qualificationExpiresMs?: number | undefined | null
  readonly utcOffsetMinutes?: number | undefined | null
  readonly quotas?: Wanted<Quotas>
  readonly policies?: Wanted<Policies>
}

export interface PoolWanted {
  readonly tenants?: readonly string[] | undefined | null
  readonly selection?: Selection | undefined | null
  readonly cooldownMs?: number | undefined | null
  readonly minCooldownMs?: number | undefined | null
  readonly maxCooldownMs?: number | undefined | null
  readonly maxBindingsPerNumber?: number | undefined | null
  readonly unmatched?: Unmatched | undefined | null
  readonly fallbackNumber?: string | undefined | null
  readonly defaultTtlMs?: number | undefined | null
  readonly maxCallMs?: number | undefined | null
  readonly extensionDigits?: number | undefined | null
  readonly lowNumbers?: number | undefined | null
  readonly sparePercent?: number | undefined | null
}

export interface Block {
  readonly first: Digits
  readonly count: number
}

/** Numbers stand in commands as they were sent: the directory makes them canonical, once. */
export type DirectoryCommand =
  | { readonly type: 'create-tenant'; readonly name: string; readonly wanted: TenantWanted }
  | { readonly type: 'update-tenant'; readonly name: string; readonly wanted: TenantWanted }
  | { readonly type: 'create-pool'; readonly name: string; readonly wanted: PoolWanted }
  | { readonly type: 'update-pool'; readonly name: string; readonly wanted: PoolWanted }
  | {
      readonly type: 'add-numbers'
      readonly pool: string
      readonly area: string
      readonly blocks: readonly Block[]
      readonly numbers: readonly Digits[]
      /** Empty: the request stands alone. */
      readonly importName: string
      readonly last: boolean
    }
  | {
      readonly type: 'set-number-state'
      readonly target: { readonly number: Digits } | { readonly block: Block }
      readonly state: NumberState
      readonly reason: string
    }
  | {
      readonly type: 'remove-numbers'
      readonly pool: string
      readonly blocks: readonly Block[]
      readonly numbers: readonly Digits[]
      readonly reason: string
    }
  /** Replaces a ban of the same caller, callee and tenant. */
  | {
      readonly type: 'ban'
      readonly caller: Digits
      /** Empty: whomever it calls. */
      readonly callee: string
      /** Empty: everybody's bindings. */
      readonly tenant: string
      readonly untilMs: number | undefined
      readonly reason: string
    }
  | { readonly type: 'unban'; readonly caller: Digits; readonly callee: string; readonly tenant: string }

export type DirectoryRefusalReason =
  | 'INVALID_NUMBER'
  | 'INVALID_NAME'
  | 'INVALID_OPTION'
  | 'FIELD_TOO_LONG'
  | 'TOO_MANY'
  | 'TENANT_EXISTS'
  | 'POOL_EXISTS'
  | 'NUMBER_EXISTS'
  | 'TENANT_NOT_FOUND'
  | 'POOL_NOT_FOUND'
  | 'NUMBER_NOT_FOUND'
  | 'TENANTS_ON_DIFFERENT_SHARDS'
  | 'NUMBERS_IN_USE'
  | 'STORAGE_FULL'
  | 'OVERLOADED'

export type DirectoryAnswer =
  | {
      readonly ok: true
      readonly tenant?: Tenant
      readonly pool?: Pool
      readonly added?: number
      readonly live?: number
      readonly changed?: number
      readonly removed?: number
      readonly lifted?: boolean
    }
  | {
      readonly ok: false
      readonly reason: DirectoryRefusalReason
      readonly message: string
      readonly field?: string
      readonly metadata?: Readonly<Record<string, string>>
    }
