/** What the loop of a shard, and the writer of the directory, count. No label ever holds a number, a party or a binding. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** A commit on flash takes 50 us to some ms; the slow ones are what one looks for. */
const commitSecondsEdges = [0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]
const commandsEdges = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048]
const bytesEdges = [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304]

/** Reasons are a closed union; more than these would mean that one was made from a request. */
export const refusalReasonsMax = 64
export const otherReason = 'other'

export interface ShardMetrics {
  /** One durable commit: how many commands it decided (0: ends and purges alone), bytes of its page, time it took. */
  observeCommit(commands: number, bytes: number, seconds: number): void
  /** Commands that wait. */
  queueDepth(commands: number): void
  /** A command was refused or not decided at all. */
  refused(reason: string): void
  /** The state was dropped and read again from the store. */
  reloaded(): void
}

/**
 * Registers the metrics once for a thread, which may carry several shards.
 * @returns those of one shard, by its number, or `directory`
 */
export function shardMetrics(registry: Registry): (shard: string) => ShardMetrics {
  const registers = [registry]
  const labelNames = ['shard'] as const
  const commands = new Histogram({
    name: 'xpool_commit_commands',
    help: 'Commands decided in one commit',
    labelNames,
    buckets: commandsEdges,
    registers,
  })
  const bytes = new Histogram({
    name: 'xpool_commit_bytes',
    help: 'Bytes of the journal page of one commit',
    labelNames,
    buckets: bytesEdges,
    registers,
  })
  const time = new Histogram({
    name: 'xpool_commit_duration_seconds',
    help: 'Time of one commit, until it is durable',
    labelNames,
    buckets: commitSecondsEdges,
    registers,
  })
  const depth = new Gauge({
    name: 'xpool_shard_queue_commands',
    help: 'Commands that wait for a shard',
    labelNames,
    registers,
  })
  const refusals = new Counter({
    name: 'xpool_refusals_total',
    help: 'Commands that a shard refused or did not decide, by reason',
    labelNames: ['shard', 'reason'],
    registers,
  })
  const reloads = new Counter({
    name: 'xpool_shard_reloads_total',
    help: 'Times that a shard met a fault and read its store again',
    labelNames,
    registers,
  })
  return (shard) =>
    ofShard({
      commands: commands.labels(shard),
      bytes: bytes.labels(shard),
      time: time.labels(shard),
      depth: depth.labels(shard),
      reloads: reloads.labels(shard),
      refusal: byReason(shard, refusals),
    })
}

/** @param counts of each shard, by its number: releases that no row tells yet */
export function releasesWaiting(registry: Registry, counts: ReadonlyMap<string, () => number>): void {
  new Gauge({
    name: 'xpool_shard_releases_waiting',
    help: 'Releases that wait on the board until their number is tidied',
    labelNames: ['shard'] as const,
    registers: [registry],
    collect() {
      for (const [shard, count] of counts) this.set({ shard }, count())
    },
  })
}

interface Cells {
  readonly commands: Histogram.Internal<string>
  readonly bytes: Histogram.Internal<string>
  readonly time: Histogram.Internal<string>
  readonly depth: Gauge.Internal<string>
  readonly reloads: Counter.Internal
  readonly refusal: (reason: string) => Counter.Internal
}

function ofShard(cells: Cells): ShardMetrics {
  cells.depth.set(0)
  cells.reloads.inc(0)
  return {
    observeCommit(count, size, seconds) {
      cells.commands.observe(count)
      cells.bytes.observe(size)
      cells.time.observe(seconds)
    },
    queueDepth: (count) => cells.depth.set(count),
    refused: (reason) => cells.refusal(reason).inc(),
    reloaded: () => cells.reloads.inc(),
  }
}

function byReason(shard: string, refusals: Counter<'shard' | 'reason'>): (reason: string) => Counter.Internal {
  const reasons = new Map<string, Counter.Internal>()
  return (reason) => {
    const known = reasons.get(reason)
    if (known !== undefined) return known
    if (reasons.size >= refusalReasonsMax) return refusals.labels(shard, otherReason)
    const counter = refusals.labels(shard, reason)
    reasons.set(reason, counter)
    return counter
  }
}
