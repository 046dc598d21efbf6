/** What the loop stands on: the store of its shard, on the thread that writes it, and the directory. */
import type { ShardFeed } from '../directory/open-view.js'
import type { ShardStore } from '../store/shard-store.js'

export type LoopStore = Pick<
  ShardStore,
  | 'refresh'
  | 'meta'
  | 'openRun'
  | 'apply'
  | 'binding'
  | 'calls'
  | 'request'
  | 'eachRoute'
  | 'eachExtension'
  | 'bindingsSince'
  | 'loadRequests'
  | 'loadReleases'
  | 'published'
  | 'boarded'
  | 'bindingStretch'
  | 'hasRequestsBefore'
  | 'storeClock'
>

/** Where the shard learns of tenants, pools and numbers. */
export type DirectoryFeed = ShardFeed
