/** The gateway's side of the shards: the seam between the gRPC layer and the threads that decide. */

import type { Binding } from '../core/binding.js'
import type { AllocateCommand, Command, Explanation, Outcome } from '../core/commands.js'
import type { ShardCounts } from '../core/counts.js'

/** Why a command was not decided at all. */
export type ShardFault =
  | 'SHARD_RESTARTING'
  | 'SHUTTING_DOWN'
  | 'STORAGE_FULL'
  | 'CLOCK_JUMPED'
  | 'OVERLOADED'
  | 'DEADLINE_EXCEEDED'

export type ShardAnswer =
  | {
      readonly kind: 'decided'
      readonly outcome: Outcome
      /** The journal sequence number from which on the outcome is durable. */
      readonly position: number
      /** The binding of an outcome that is ok, as it stood then; undefined: its shard had not looked at it. */
      readonly binding?: Binding | undefined
    }
  | { readonly kind: 'fault'; readonly fault: ShardFault; readonly message: string; readonly retryAfterMs: number }

/** How long a command may wait. */
export interface Patience {
  /** Process-clock time after which the command is dropped undecided; Infinity for none. */
  readonly deadlineMs: number
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal | undefined
}

export interface ShardClient {
  /**
   * Hands a command to its shard; commands of one turn of the event loop travel together.
   * @param answered called once, before `submit` returns or later: a promise a command is what many can be spared
   */
  submit(shard: number, command: Command, patience: Patience, answered: (answer: ShardAnswer) => void): void
  counts(shard: number): Promise<ShardCounts>
  /** What an Allocate would do now; it changes nothing. undefined while the shard is loading. */
  explain(shard: number, command: AllocateCommand): Promise<Explanation | undefined>
}
