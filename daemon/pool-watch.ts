/** Warns an operator in the log before a pool runs dry: once when it falls below its low_numbers, again after it recovered. */
import type { DirectoryView } from './directory/view.js'
import type { NamedCounts } from './http/named-counts.js'
import type { Log } from './log/log.js'

const lookEveryMs = 10_000

/** @returns stops watching */
export function watchPools(
  counts: () => Promise<NamedCounts>,
  directory: Pick<DirectoryView, 'poolByName'>,
  log: Log,
): () => void {
  const low = new Set<string>()
  const look = async () => {
    for (const { pool, freeNumbers } of (await counts()).pools) {
      const limit = directory.poolByName(pool)?.lowNumbers ?? 0
      if (freeNumbers >= limit) low.delete(pool)
      else if (!low.has(pool)) {
        low.add(pool)
        log('POOL_LOW', { pool, free: freeNumbers, low: limit })
      }
    }
  }
  // A look that fails is made up for by the next one.
  const timer = setInterval(() => void look().catch(() => undefined), lookEveryMs).unref()
  return () => clearInterval(timer)
}
