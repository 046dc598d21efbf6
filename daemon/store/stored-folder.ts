/** What a start must know of a data folder before anything is opened for writing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { firstSeq } from '../core/binding.js'
import { directoryPath, openDirectoryEnvironment } from './directory-environment.js'
import type { Environment } from './environment.js'
import { LmdbTable } from './lmdb-table.js'
import { readClock, readHead, readMarks } from './meta-rows.js'
import { openShardEnvironment, shardDirectory } from './shard-environment.js'

/**
 * The latest moment that the folder knows of: the process clock starts no earlier (I9).
 * Opens each environment for a moment, before anybody writes to it.
 * Run checkEnvironment on each first. Unix ms; 0 for a new folder.
 */
export async function storedClock(dataDirectory: string, shards: number): Promise<number> {
  const moments = [await momentOf(directoryPath(dataDirectory), openDirectoryEnvironment)]
  for (let shard = 0; shard < shards; shard += 1) {
    moments.push(await momentOf(shardDirectory(dataDirectory, shard), openShardEnvironment))
  }
  return Math.max(...moments)
}

/** Whether any binding was ever made in the folder. As with storedClock, before anybody writes. */
export async function hasBindings(dataDirectory: string, shards: number): Promise<boolean> {
  for (let shard = 0; shard < shards; shard += 1) {
    const path = shardDirectory(dataDirectory, shard)
    if (!existsSync(join(path, 'data.mdb'))) continue
    const environment = openShardEnvironment(path, { readOnly: true })
    const { nextSeq } = readMarks(new LmdbTable('meta', environment.database('meta')))
    await environment.close()
    if (nextSeq > firstSeq) return true
  }
  return false
}

async function momentOf(path: string, open: (path: string, how: { readOnly: true }) => Environment): Promise<number> {
  if (!existsSync(join(path, 'data.mdb'))) return 0
  const environment = open(path, { readOnly: true })
  const meta = new LmdbTable('meta', environment.database('meta'))
  const momentMs = Math.max(readHead(meta).nowMs, readClock(meta))
  await environment.close()
  return momentMs
}
