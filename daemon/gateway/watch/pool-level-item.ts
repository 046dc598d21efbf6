/** A pool that runs low, or is well again: told to operators and to every tenant of the pool. */
import type { ShardEvent } from '../../core/events.js'
import type { DirectoryView } from '../../directory/view.js'
import { WatchKind } from '../../generated/xpool/v1/types.js'
import { type Frame, frameOf, type WatchItem } from './watch-item.js'

type PoolLevel = Extract<ShardEvent, { type: 'pool-level' }>

export function poolLevelItem({ pool, low, free }: PoolLevel, atMs: number, directory: DirectoryView): WatchItem {
  const kind = WatchKind.WATCH_KIND_POOL_LOW
  let frame: Frame | undefined
  return {
    kind,
    owner: undefined,
    frame(audience) {
      const known = directory.pool(pool)
      if (audience !== 'system' && known?.tenants.includes(audience) !== true) return undefined
      frame ??= frameOf([
        {
          ...{ kind, atMs, tenant: '', pool: known?.name ?? '', bindingId: '', binding: undefined, call: undefined },
          ...{ poolLevel: { low, freeNumbers: free }, numbers: undefined },
        },
      ])
      return frame
    },
  }
}
