/** What a shard's loop tells of itself, as log lines and metrics. */
import type { ShardMetrics } from '../http/shard-metrics.js'
import type { Log } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import type { ShardObserver } from '../shard/shard-loop-parts.js'

const slowCommitSeconds = 1

/** @param firstLoaded called once, when the shard has loaded for the first time */
export function shardObserver(shard: number, log: Log, metrics: ShardMetrics, firstLoaded: () => void): ShardObserver {
  let failedWith: unknown
  let loads = 0
  let fullSince: number | undefined
  return {
    loaded({ bindings, numbers, head, tookMs }) {
      loads += 1
      log('SHARD_LOADED', { shard, bindings, numbers, head, tookMs })
      if (loads === 1) return firstLoaded()
      log('SHARD_RELOADED', { shard, error: errorFact(failedWith), tookMs })
      metrics.reloaded()
    },
    committed({ commands, bytes, seconds }) {
      metrics.observeCommit(commands, bytes, seconds)
      if (seconds < slowCommitSeconds) return
      log('SLOW_COMMIT', { shard, tookMs: Math.round(seconds * 1_000), commands, bytes })
    },
    refused: (reason) => metrics.refused(reason),
    queued: (commands) => metrics.queueDepth(commands),
    failed(error) {
      failedWith = error
      log('SHARD_FAILED', { shard, error: errorFact(error) })
    },
    fenced: (epoch) => log('SHARD_FENCED', { shard, epoch }),
    storageFull(error) {
      fullSince ??= performance.now()
      log('STORAGE_FULL', { place: `shard ${shard}`, error: errorFact(error) })
    },
    storageResumed() {
      const tookMs = Math.round(performance.now() - (fullSince ?? performance.now()))
      fullSince = undefined
      log('STORAGE_RESUMED', { place: `shard ${shard}`, tookMs })
    },
    inDoubt: (seq, error) => log('SHARD_IN_DOUBT', { shard, seq, error: errorFact(error) }),
  }
}
