/**
 * What happened: the only things that change a shard's state and its store.
 * Every event holds all that both need, so that replaying the journal rebuilds
 * them (I8) without asking anybody anything.
 */
import type { Binding, Ordinal, PoolId, Seq, TenantId } from './binding.js'
import type { CallReport } from './calls.js'
import type { RequestKey } from './commands.js'
import type { CallerKey } from './modes.js'
import type { PlacedReservation } from './reservation.js'

export type ShardEvent =
  /** A binding was acknowledged. */
  | {
      readonly type: 'allocated'
      readonly binding: Binding
      readonly request: RequestKey | undefined
      /** Where the cycle of X's extensions goes on (extension-cycle.ts); undefined where none was chosen. */
      readonly nextExtension: number | undefined
    }
  /**
   * A binding changed in place: its whole new self, and the reservations of
   * removed parties, which cool down by themselves and replace what stood on their keys.
   */
  | {
      readonly type: 'updated'
      readonly binding: Binding
      readonly removed: readonly PlacedReservation[]
      readonly request: RequestKey | undefined
    }
  /** A binding ended before its time, or a booking before its start (then freeAtMs = endMs). */
  | {
      readonly type: 'released'
      readonly seq: Seq
      readonly tenant: TenantId
      readonly revision: number
      readonly endMs: number
      readonly freeAtMs: number
      readonly reason: string
    }
  /** Bindings whose end has passed, in order of (end, seq). The store's rows say so by their times. */
  | {
      readonly type: 'ended'
      readonly seqs: readonly Seq[]
      /** Whose they were, one for each. */
      readonly tenants: readonly TenantId[]
      readonly upTo: DueMark
    }
  /** Bindings whose free_at has passed, in order of (free_at, seq). */
  | { readonly type: 'freed'; readonly seqs: readonly Seq[]; readonly upTo: DueMark }
  /** Bindings whose end is as near as their tenant's expiring_lead_ms, in order of (that time, seq). */
  | {
      readonly type: 'expiring'
      readonly seqs: readonly Seq[]
      readonly tenants: readonly TenantId[]
      readonly upTo: DueMark
    }
  /**
   * A call was reported. The binding's calls are what afterReport (calls.ts) makes of it; what the calls
   * hold, and with it free_at, moved for the binding and for what remains of its removed parties.
   */
  | {
      readonly type: 'called'
      readonly seq: Seq
      readonly tenant: TenantId
      readonly report: CallReport
      readonly heldUntilMs: number
      readonly freeAtMs: number
      readonly remnants: readonly MovedRemnant[]
    }
  /** A pool has fewer free numbers than its low_numbers, or again enough. */
  | { readonly type: 'pool-level'; readonly pool: PoolId; readonly low: boolean; readonly free: number }
  /** The rows of these numbers lose the reservations that are spent at `atMs`. */
  | { readonly type: 'purged'; readonly ordinals: readonly Ordinal[]; readonly atMs: number }
  /** Binding rows with fromSeq <= seq < toSeq that nobody may ask for any more at `atMs` are dropped. */
  | { readonly type: 'forgotten'; readonly fromSeq: Seq; readonly toSeq: Seq; readonly atMs: number }
  /** Request ids of days before this one (days since the epoch) are dropped, those of long windows by their own end. */
  | { readonly type: 'requests-dropped'; readonly beforeDay: number; readonly atMs: number }
  /** Where a tenant's rate limiter stands; one a page at most. */
  | { readonly type: 'rate'; readonly tenant: TenantId; readonly theoreticalMs: number }

/** What remains of a removed party, told by its place and end, with the times it has now. */
export interface MovedRemnant {
  readonly ordinal: Ordinal
  readonly key: CallerKey
  readonly endMs: number
  readonly heldUntilMs: number
  readonly freeAtMs: number
}

/** Due times are handled in order of (time, seq); everything up to the mark is done. */
export interface DueMark {
  readonly ms: number
  readonly seq: Seq
}

/** A binding after its release. */
export function afterRelease(
  binding: Binding,
  event: Pick<Extract<ShardEvent, { type: 'released' }>, 'revision' | 'endMs' | 'freeAtMs' | 'reason'>,
): Binding {
  return {
    ...binding,
    revision: event.revision,
    endMs: event.endMs,
    freeAtMs: event.freeAtMs,
    released: true,
    releaseReason: event.reason,
  }
}
