/** What the loop needs of a shard's store, on the thread that writes it. */
import type { Binding, Ordinal, PoolId, Seq, TenantId } from '../core/binding.js'
import type { KnownRequest } from '../core/commands.js'
import type { DirectoryFact } from '../core/directory.js'
import type { DueMark, ShardEvent } from '../core/events.js'
import type { CallerKey } from '../core/modes.js'
import type { Reservation } from '../core/reservation.js'
import type { OpenRun } from '../journal/chain-tip.js'
import type { Page } from '../journal/page.js'

/** What the store remembers of the shard as a whole. */
export interface StoredProgress {
  /** The clock at the last commit or keepClock, unix ms; 0 in an empty store. */
  readonly nowMs: number
  readonly nextSeq: Seq
  readonly endedUpTo: DueMark
  readonly freedUpTo: DueMark
  readonly rates: readonly { readonly tenant: TenantId; readonly theoreticalMs: number }[]
}

export interface ShardStore {
  /** Renews the snapshot that the look-ups below read from. */
  refresh(): void
  progress(): StoredProgress
  /** The run of pages that the next checkpoint will cover. */
  openRun(): OpenRun
  /** Writes the rows that a page's events change; called by the log, inside the page's transaction. */
  project(page: Page, events: readonly ShardEvent[]): void
  binding(seq: Seq): Binding | undefined
  request(tenant: TenantId, pool: PoolId, id: string, nowMs: number): KnownRequest | undefined
  /** All routes in order of number and key, a bounded stretch at a time; yields between stretches. */
  scanReservations(take: (ordinal: Ordinal, key: CallerKey, byStart: readonly Reservation[]) => void): Promise<void>
  /** Bindings made at or after `fromMs`, newest first. */
  bindingsSince(fromMs: number, take: (binding: Binding) => void): Promise<void>
  /** The lowest seq with a binding row, undefined without any. */
  firstSeq(): Seq | undefined
  /** Whether rows of request ids of days before `day` are left. */
  hasRequestsBefore(day: number, nowMs: number): boolean
  /** Stores the clock without a page, durably. */
  keepClock(nowMs: number): void
}

/** Where the shard learns of tenants, pools and numbers. */
export interface DirectoryFeed {
  /** One read of shared memory. */
  version(): number
  load(take: (fact: DirectoryFact) => void): Promise<number>
  /** What has changed after `version`, in order. */
  since(version: number): {
    readonly facts: readonly DirectoryFact[]
    readonly version: number
  }
}
