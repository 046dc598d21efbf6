/** What the loop stands on: the store of its shard, on the thread that writes it, and the directory. */
import type { DirectoryFact } from '../core/directory.js'
import type { ShardStore } from '../store/shard-store.js'

export type LoopStore = Pick<
  ShardStore,
  | 'refresh'
  | 'meta'
  | 'openRun'
  | 'apply'
  | 'binding'
  | 'request'
  | 'eachRoute'
  | 'bindingsSince'
  | 'bindingStretch'
  | 'hasRequestsBefore'
  | 'storeClock'
>

/** Where the shard learns of tenants, pools and numbers. */
export interface DirectoryFeed {
  /** One read of shared memory. */
  version(): number
  /** Everything at present; resolves to the version that it stands for. */
  load(take: (fact: DirectoryFact) => void): Promise<number>
  /** What has changed after `version`, in order. */
  since(version: number): { readonly facts: readonly DirectoryFact[]; readonly version: number }
}
