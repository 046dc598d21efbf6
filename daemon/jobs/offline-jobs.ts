/** Job threads for an offline command, where no call waits: one on each core. */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import {
  type CheckFindings,
  type CheckTask,
  checkDirectoryJob,
  checkFolderFile,
  checkShardJob,
} from './check-folder.js'
import {
  type RebuildTask,
  type Rebuilt,
  rebuildDirectoryJob,
  rebuildFolderFile,
  rebuildShardJob,
} from './rebuild-folder.js'

export interface OfflineJobs {
  checkShard(task: CheckTask): Promise<CheckFindings>
  checkDirectory(task: CheckTask): Promise<CheckFindings>
  rebuildShard(task: RebuildTask): Promise<Rebuilt>
  rebuildDirectory(task: RebuildTask): Promise<Rebuilt>
  [Symbol.asyncDispose](): Promise<void>
}

/** @param jobs how many will be asked for at once, at least 1 */
export function openOfflineJobs(jobs: number): OfflineJobs {
  const threads = Math.min(jobs, availableParallelism())
  const pool = new Piscina({ minThreads: threads, maxThreads: threads, maxQueue: jobs, concurrentTasksPerWorker: 1 })
  return {
    checkShard: (task) => pool.run(task, { filename: checkFolderFile, name: checkShardJob.name }),
    checkDirectory: (task) => pool.run(task, { filename: checkFolderFile, name: checkDirectoryJob.name }),
    rebuildShard: (task) => pool.run(task, { filename: rebuildFolderFile, name: rebuildShardJob.name }),
    rebuildDirectory: (task) => pool.run(task, { filename: rebuildFolderFile, name: rebuildDirectoryJob.name }),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}
