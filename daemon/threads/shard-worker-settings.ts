import type { ThreadSettings } from './control.js'

/** What a thread that carries shards is started with. */
export interface ShardThreadSettings extends ThreadSettings {
  /** The shards that this thread carries. */
  readonly carries: readonly number[]
}
