/** What a shard's database `meta` says as a whole. */
import type { PoolId, Seq, TenantId } from '../core/binding.js'
import type { DueMark } from '../core/events.js'
import type { LogHead } from '../journal/shard-log.js'
import { readClock, readHead, readLowPools, readMarks, readRates } from './meta-rows.js'
import type { Table } from './table.js'

/** What a shard must know to go on where it stopped. */
export interface ShardMeta {
  readonly head: LogHead
  /** Epoch of the last page. */
  readonly epoch: number
  readonly directoryVersion: number
  /** The latest moment the store knows of, unix ms: the process clock starts no earlier (I9). */
  readonly clockMs: number
  /** Process clock of the last page, unix ms. */
  readonly nowMs: number
  readonly nextSeq: Seq
  readonly endedUpTo: DueMark
  readonly freedUpTo: DueMark
  readonly expiringUpTo: DueMark
  /** Where the last `forgotten` event stopped. */
  readonly forgottenUpTo: Seq
  /** Where each tenant's rate limiter stood. */
  readonly rates: ReadonlyMap<TenantId, number>
  /** Pools of which was last said that they are short of free numbers. */
  readonly lowPools: ReadonlySet<PoolId>
}

/** Throws CorruptRecord. */
export function readShardMeta(meta: Table): ShardMeta {
  const { seq, hash, epoch, nowMs, directoryVersion } = readHead(meta)
  const { nextSeq, endedUpTo, freedUpTo, expiringUpTo, forgottenUpTo } = readMarks(meta)
  return {
    head: { seq, hash },
    epoch,
    directoryVersion,
    nowMs,
    clockMs: Math.max(nowMs, readClock(meta)),
    ...{ nextSeq, endedUpTo, freedUpTo, expiringUpTo, forgottenUpTo },
    rates: readRates(meta),
    lowPools: readLowPools(meta),
  }
}
