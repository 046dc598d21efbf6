/** What a shard's loop is given. */
import type { Entropy } from '../journal/seal-page.js'
import type { ShardLog } from '../journal/shard-log.js'
import type { DirectoryFeed, LoopStore } from './loop-store.js'

/** What the loop tells of itself; metrics and log hang on it. */
export interface ShardObserver {
  loaded(facts: { bindings: number; numbers: number; head: number; tookMs: number }): void
  committed(facts: { commands: number; bytes: number; seconds: number }): void
  queued(commands: number): void
  /** A command was refused, or not decided at all. */
  refused(reason: string): void
  inDoubt(seq: number, error: unknown): void
  failed(error: unknown): void
  fenced(epoch: number): void
  storageFull(error: unknown): void
  storageResumed(): void
}

export interface ShardLoopParts {
  readonly owner: string
  readonly log: ShardLog
  readonly store: LoopStore
  readonly directory: DirectoryFeed
  readonly clock: { now(): number; readonly jumped: boolean }
  readonly entropy: Entropy
  readonly observer: ShardObserver
  /** Ends the present turn of the event loop: nothing may follow a transaction in its own turn. */
  readonly nextTurn: () => Promise<void>
  readonly sleep: (ms: number) => Promise<void>
  /** For tests: called when a batch is durable and before its callers are told. */
  readonly afterCommit?: () => void
}
