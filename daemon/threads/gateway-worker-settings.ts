import type { MessagePort } from 'node:worker_threads'
import type { NumberRule } from '../core/canonical-number.js'
import type { GatewayConnections } from '../gateway/connection-watch.js'
import type { ThreadSettings } from './control.js'

/** What a gateway thread is started with. */
export interface GatewayThreadSettings extends ThreadSettings {
  readonly listen: { readonly host: string; readonly port: number; readonly shared: boolean }
  readonly connections: GatewayConnections
  readonly numberRules: readonly NumberRule[]
  /** What seals page tokens, at random for each run of the process. */
  readonly pageKey: Uint8Array
  /** One per thread that carries shards. */
  readonly ports: readonly MessagePort[]
  /** The thread that carries each shard. */
  readonly threadOfShard: readonly number[]
}
