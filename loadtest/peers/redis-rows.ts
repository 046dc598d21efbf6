/** The rows whose peer is Redis: look-ups in batches, and durable allocations at steady state. */

import { sampleDaemon } from './daemon-load.js'
import type { Field } from './field.js'
import { churnTimes } from './peer-options.js'
import { churnRedis, type RedisPool } from './redis/redis-pool.js'
import { preparePipelines, resolveRedis } from './redis/redis-resolve.js'
import type { RedisServer } from './redis/redis-server.js'
import { interleaved } from './rounds.js'
import { type Found, rateRow } from './row.js'
import { isTired, type Sample, sampleOf } from './sample.js'
import { usageOf } from './usage.js'

/** The peer with its live bindings, on the core that the daemon has too. */
export interface Peer {
  readonly server: RedisServer
  readonly pool: RedisPool
}

const resolveBatch = 64
const resolveInFlight = 16
const warmupMs = 500

export async function resolveStream({ daemon, stage, load, options }: Field, peer: Peer): Promise<Found> {
  const prepared = preparePipelines(peer.pool, resolveBatch)
  const { port } = peer.server
  const ask = (durationMs: number) => resolveRedis({ port, prepared, clients: resolveInFlight, durationMs })
  const pairs = await interleaved(
    options.rounds,
    () => sampleDaemon({ pid: daemon.pid, stage, options: load, warmupSeconds: warmupMs / 1_000, counted: 'resolve' }),
    async () => {
      await ask(warmupMs)
      const { result, usage } = await usageOf(peer.server.pid, () => ask(options.seconds * 1_000))
      return sampleOf(usage, result.resolved)
    },
  )
  return rateRow('resolve-stream', ['ResolveStream x 64', 'Redis HGET x 64'], pairs)
}

/** What is in flight on both sides. */
const shapes = {
  'allocate-stream': {
    ours: { mode: 'stream', outstanding: 16, batch: 16 },
    theirs: { clients: 16, pipeline: 16 },
    names: ['AllocateStream 16 x 16', 'Redis + Lua 16 x 16'],
  },
  'allocate-unary': {
    ours: { mode: 'unary', outstanding: 64, batch: 1 },
    theirs: { clients: 64, pipeline: 1 },
    names: ['Allocate and Release unary, 64', 'Redis + Lua, 64 clients'],
  },
} as const

/** For each binding that is made one ends: half of the allocations by time, the others by Release. */
const expiring = 0.5

export async function allocate(id: keyof typeof shapes, field: Field, peer: Peer): Promise<Found> {
  const { daemon, stage, options } = field
  const { ours, theirs, names } = shapes[id]
  const { ttlMs, warmupSeconds } = churnTimes(options)
  const load = { ...field.load, ...ours, workload: 'churn' as const, expiring, ttlMs }
  const churn = (seconds: number) => {
    return churnRedis(peer.pool, { ...theirs, durationMs: seconds * 1_000, expiring, ttlMs })
  }
  const pairs = await interleaved<Sample>(
    options.rounds,
    () => sampleDaemon({ pid: daemon.pid, stage, options: load, warmupSeconds, counted: 'allocate' }),
    async () => {
      await churn(warmupSeconds)
      const { result, usage } = await usageOf(peer.server.pid, () => churn(options.seconds))
      return sampleOf(usage, result.allocated + result.released, result.allocated)
    },
  )
  const found = rateRow(id, names, pairs)
  const tired = isTired(pairs.theirs) ? ['the client of Redis was at its limit'] : []
  return { ...found, evidence: [...found.evidence, ...tired] }
}
