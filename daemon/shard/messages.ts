/** What travels between a thread that asks and the thread that carries shards: batches both ways. */
import type { AllocateCommand, Command, Explanation } from '../core/commands.js'
import type { ShardCounts } from '../core/counts.js'
import type { Flat } from './flat.js'

export interface SentCommand {
  readonly id: number
  readonly shard: number
  readonly command: Command
  readonly deadlineMs: number
}

export type SentQuery =
  | { readonly id: number; readonly shard: number; readonly query: 'counts' }
  | { readonly id: number; readonly shard: number; readonly query: 'occupied'; readonly ordinals: readonly number[] }
  | { readonly id: number; readonly shard: number; readonly query: 'explain'; readonly command: AllocateCommand }

export interface ToShards {
  /** Of flat-command.ts, one behind the other. */
  readonly commands: Flat | undefined
  readonly cancelled: readonly number[] | undefined
  readonly queries: readonly SentQuery[] | undefined
}

/** undefined: the shard is loading. */
export type QueryAnswer = ShardCounts | Explanation | number | undefined

export interface FromShards {
  /** Of flat-answer.ts, one behind the other. */
  readonly answers: Flat | undefined
  readonly queried: readonly (readonly [id: number, answer: QueryAnswer])[] | undefined
}
