/**
 * What the main thread says to the threads it started, and they to it. Data
 * never travels here: commands go from gateways to shards by ports of their own.
 */
import type { MessagePort } from 'node:worker_threads'
import type { DirectoryAnswer, DirectoryCommand } from '../directory/commands.js'

/** Faults that a test may ask a thread to suffer (XPOOL_FAULT_POINTS=on alone). */
export type InjectedFault = 'assertion-after-commit' | 'out-of-memory' | 'exception'

export type ToThread =
  | { readonly type: 'port'; readonly port: MessagePort }
  | { readonly type: 'shards-ready' }
  | { readonly type: 'stop' }
  | { readonly type: 'metrics'; readonly id: number }
  | { readonly type: 'fault'; readonly fault: InjectedFault }
  | { readonly type: 'answer'; readonly id: number; readonly answer: MainAnswer }

export type FromThread =
  /** A shard thread has its stores open: others may open them for reading. */
  | { readonly type: 'opened' }
  /** A shard thread has loaded its shards; a gateway accepts connections on `port`. */
  | { readonly type: 'ready'; readonly port: number }
  /** It cannot begin. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'metrics'; readonly id: number; readonly metrics: object[] }
  | { readonly type: 'ask'; readonly id: number; readonly question: MainQuestion }
  | { readonly type: 'stopped' }

/** What gateways ask of the main thread. */
export type MainQuestion =
  | { readonly type: 'directory'; readonly command: DirectoryCommand }
  | { readonly type: 'confirm-clock' }

export type MainAnswer =
  | { readonly type: 'directory'; readonly answer: DirectoryAnswer }
  | { readonly type: 'clock'; readonly nowMs: number }
  | { readonly type: 'failed'; readonly message: string }

/** What every thread is started with. */
export interface ThreadSettings {
  readonly name: string
  readonly dataDir: string
  readonly shards: number
  readonly logLevel: 'debug' | 'info' | 'warning' | 'error'
  readonly clockMemory: SharedArrayBuffer
  readonly directoryMemory: SharedArrayBuffer
  /** Of store/commit-counts.ts. */
  readonly commitsMemory: SharedArrayBuffer
  /** Of store/release-board.ts, one for each shard. */
  readonly boardMemories: readonly SharedArrayBuffer[]
  /** One uint32 that the thread counts up while it lives. */
  readonly heartbeat: SharedArrayBuffer
  readonly faultPoints: boolean
}
