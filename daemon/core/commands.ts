/**
 * What a shard is asked to decide, and what it answers. Names are resolved to
 * ids and numbers to ordinals before a command is made; syntax has been checked.
 */
import type {
  Binding,
  Callback,
  Direction,
  Medium,
  Mode,
  NumberRef,
  Party,
  PoolId,
  Selection,
  Seq,
  TenantId,
} from './binding.js'
import type { Calls, WantedReport } from './calls.js'

/** A request id with what makes a repeat recognisable. */
export interface RequestKey {
  readonly id: string
  /** SHA-256 of the canonical request without its id, 32 bytes as latin1 text. */
  readonly fingerprint: string
}

/** Call options as asked for; what is undefined takes the default, or stays in an update. */
export interface WantedTerms {
  readonly graceMs: number | undefined
  readonly graceDirection: Direction | undefined
  readonly cooldownMs: number | undefined
  readonly direction: Direction | undefined
  /** Empty: default, or unchanged. */
  readonly media: readonly Medium[]
  readonly maxCallMs: number | undefined
  readonly maxCalls: number | undefined
  readonly releaseOnHangup: boolean | undefined
  readonly record: boolean | undefined
  readonly callback: Callback | undefined
  readonly callbackNumber: string | undefined
  readonly callbackWindowMs: number | undefined
}

export interface AllocateCommand {
  readonly type: 'allocate'
  readonly tenant: TenantId
  readonly pool: PoolId
  readonly mode: Mode
  readonly a: Party
  readonly b: Party | undefined
  readonly members: readonly Party[]
  /** A specific number asked for. The gateway knows that it is in the pool. */
  readonly x: NumberRef | undefined
  readonly y: NumberRef | undefined
  readonly areas: readonly string[]
  readonly areaStrict: boolean
  /** undefined: now. */
  readonly startMs: number | undefined
  /** At most one of the two. */
  readonly endMs: number | undefined
  readonly ttlMs: number | undefined
  readonly wanted: WantedTerms
  readonly extension: string
  readonly selection: Selection | undefined
  readonly orderId: string
  readonly userData: Uint8Array
  readonly request: RequestKey | undefined
  /** Proto fields of parties that are banned altogether: a fact of the directory as the gateway saw it (I6, I8). */
  readonly banned: readonly string[]
  /** A random draw in [0, 1): the core has no randomness of its own (I8). */
  readonly draw: number
}

export interface ReleaseCommand {
  readonly type: 'release'
  readonly seq: Seq
  /** Whose binding it must be; undefined: anybody's. */
  readonly tenant: TenantId | undefined
  readonly reason: string
}

export interface UpdateCommand {
  readonly type: 'update'
  readonly seq: Seq
  readonly tenant: TenantId | undefined
  readonly expectedRevision: number | undefined
  readonly endMs: number | undefined
  readonly a: Party | undefined
  readonly b: Party | undefined
  /** Empty: unchanged. */
  readonly members: readonly Party[]
  readonly wanted: WantedTerms
  readonly orderId: string | undefined
  readonly userData: Uint8Array | undefined
  readonly request: RequestKey | undefined
  /** As in AllocateCommand. */
  readonly banned: readonly string[]
}

/** What call control tells of a call; repeated, late and out-of-order reports do no harm. */
export interface ReportCallCommand {
  readonly type: 'report-call'
  readonly seq: Seq
  readonly report: WantedReport
}

export type Command = AllocateCommand | ReleaseCommand | UpdateCommand | ReportCallCommand

/** Why the core says no. The gateway maps each to a gRPC code; a missing row does not compile. */
export type RefusalReason =
  | 'INVALID_NUMBER'
  | 'INVALID_WINDOW'
  | 'INVALID_MODE'
  | 'INVALID_OPTION'
  | 'INVALID_EXTENSION'
  | 'SAME_PARTY'
  | 'TENANT_NOT_QUALIFIED'
  | 'TENANT_SUSPENDED'
  | 'POOL_NOT_PERMITTED'
  | 'MODE_NOT_PERMITTED'
  | 'MEDIA_NOT_PERMITTED'
  | 'PARTY_NOT_VERIFIED'
  | 'PARTY_BANNED'
  | 'ORDER_REQUIRED'
  | 'POOL_NOT_FOUND'
  | 'BINDING_NOT_FOUND'
  | 'TENANT_NOT_FOUND'
  | 'REQUEST_ID_REUSED'
  | 'POOL_EXHAUSTED'
  | 'QUOTA_LIVE_BINDINGS'
  | 'QUOTA_PER_PARTY'
  | 'QUOTA_NUMBERS_HELD'
  | 'QUOTA_RATE'
  | 'QUOTA_PER_PARTY_PER_DAY'
  | 'NUMBER_UNAVAILABLE'
  | 'BINDING_ENDED'
  | 'ROUTE_CONFLICT'
  | 'REVISION_MISMATCH'

export interface Refusal {
  readonly reason: RefusalReason
  readonly message: string
  /** The proto field at fault, where one is. */
  readonly field?: string
  /** Earliest time that a retry can succeed, unix ms; absent when only an operator can help. */
  readonly retryAtMs?: number
  /** Counts by cause and the like, for people and programs. */
  readonly metadata?: Readonly<Record<string, string>>
}

export type Outcome =
  | {
      readonly ok: true
      readonly seq: Seq
      readonly replayed: boolean
      /** Of a report: whether it told anything new. */
      readonly recorded?: boolean
    }
  | { readonly ok: false; readonly refusal: Refusal }

/** Why a candidate number was passed over; the first that holds counts. */
export type PassedOver =
  | 'not_in_service'
  | 'other_area'
  | 'other_family'
  | 'at_capacity'
  | 'in_use_by_a'
  | 'in_use_by_b'
  | 'cooling'

/** What the store remembers of a request id (I7). */
export interface KnownRequest {
  readonly seq: Seq
  readonly fingerprint: string
}

/** What the shell has looked up for a command: the core does no I/O (I8). */
export interface CommandFacts {
  /** What is remembered of the command's request id. */
  readonly known: KnownRequest | undefined
  /** The binding that a release, update or report names, as it is now. */
  readonly binding: Binding | undefined
  /** What is known of its calls; asked for by reports alone. */
  readonly calls: Calls | undefined
}

/** How a number was come by. */
export type ChosenBy = 'ASKED_FOR' | 'STICKY' | 'IN_USE' | 'IDLE' | 'REPLAYED'

/** What an Allocate would do, decided and not done (explain.ts). */
export interface Explanation {
  readonly outcome:
    | { readonly granted: true; readonly binding: Binding; readonly chosenBy: ChosenBy }
    | { readonly granted: false; readonly refusal: Refusal }
  /** Numbers of the pool. */
  readonly candidates: number
  /** How many of them are out of the question for this request, each under its first cause. */
  readonly passedOver: Readonly<Record<PassedOver, number>>
}
