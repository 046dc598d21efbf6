/** All that writes: the directory on the main thread, the shards on theirs, and the pool of background jobs. */
import type { Piscina } from 'piscina'
import type { Settings } from './config/settings.js'
import { bootstrapDemo, demo } from './directory/bootstrap-demo.js'
import { openDirectoryWriter } from './directory/open-writer.js'
import { SharedVersion } from './directory/shared-version.js'
import type { DirectoryWriter } from './directory/writer.js'
import type { Foundation } from './foundation.js'
import { openJobPool } from './jobs/job-pool.js'
import { numberPreparer } from './jobs/prepare-numbers.js'
import type { Log } from './log/log.js'
import { errorFact } from './log/log-line.js'
import { PortShardClient } from './shard/port-shard-client.js'
import { CommitCounts } from './store/commit-counts.js'
import { directoryPath } from './store/directory-environment.js'
import { releaseBoardMemory } from './store/release-board.js'
import type { ThreadSettings } from './threads/control.js'
import { endProcess, ShardThreads } from './threads/shard-threads.js'

/** What every thread is given. */
export type CommonSettings = Omit<ThreadSettings, 'name' | 'heartbeat'>

/** The writers, open; the shards may still be loading. */
export interface Writers {
  readonly directory: DirectoryWriter
  readonly directoryMemory: SharedArrayBuffer
  readonly shardThreads: ShardThreads
  /** The main thread's own way to the shards. */
  readonly client: PortShardClient
  readonly jobs: Piscina
  readonly common: CommonSettings
  /** Dev mode has just made the demo tenant and pool. */
  readonly demoMade: boolean
}

export async function openWriters(settings: Settings, base: Foundation, log: Log): Promise<Writers> {
  const { dataDir, numberRules, dev, logLevel } = settings
  const { shards, keeper, cores } = base
  const jobs = openJobPool()
  const shared = new SharedVersion()
  const toShards: { client?: PortShardClient } = {}
  const directory = await openDirectoryWriter(directoryPath(dataDir), {
    shared,
    shards,
    rules: numberRules,
    clock: () => keeper.clock.now(),
    prepare: numberPreparer(jobs, numberRules),
    occupied: (shard, ordinals) => toShards.client!.occupied(shard, ordinals),
    onFault: (error) => log('DIRECTORY_FAILED', { error: errorFact(error) }),
  })
  const demoMade = dev && (await bootstrapDemo(directory))
  if (demoMade) {
    log('DEMO_CREATED', { tenant: demo.tenant, pool: demo.pool, numbers: demo.block.count })
  }
  const faultPoints = process.env['XPOOL_FAULT_POINTS'] === 'on'
  if (faultPoints) log('FAULT_POINTS_ON', {})
  const memories = {
    clockMemory: keeper.memory,
    directoryMemory: shared.buffer,
    commitsMemory: new CommitCounts(shards).memory,
    boardMemories: Array.from({ length: shards }, () => releaseBoardMemory()),
  }
  const common: CommonSettings = { dataDir, shards, logLevel, faultPoints, ...memories }
  const threads = Math.min(shards, Math.max(1, cores - 1))
  const shardThreads = new ShardThreads({ ...common, threads }, endProcess(log))
  await shardThreads.opened()
  const client = new PortShardClient(shardThreads.connect(), (shard) => shardThreads.threadOfShard[shard] ?? -1)
  toShards.client = client
  return { directory, directoryMemory: shared.buffer, shardThreads, client, jobs, common, demoMade }
}

/** Finishes what is decided, then closes; nobody may submit any more. */
export async function closeWriters({ client, shardThreads, directory, jobs }: Writers): Promise<void> {
  client.close()
  await shardThreads.stop()
  await directory.close()
  await jobs.destroy()
}
