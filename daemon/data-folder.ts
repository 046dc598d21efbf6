/**
 * What lies where in the data folder:
 *
 *   daemon.lock   directory/   shard-000/ shard-001/ ...
 *
 * Shards are made with the folder and numbered for ever: a larger setting adds
 * empty ones, a smaller one changes nothing.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { shardDirectory } from './store/shard-environment.js'

const shardName = /^shard-([0-9]{3})$/

export function directoryFolder(dataDir: string): string {
  return join(dataDir, 'directory')
}

/** How many shards the folder has; 0 for a new one. Throws when one is missing in the middle. */
export function shardsIn(dataDir: string): number {
  const found = readdirSync(dataDir)
    .flatMap((name) => shardName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const gap = found.findIndex((shard, i) => shard !== i)
  if (gap >= 0) throw new Error(`${dataDir} has ${found.length} shards, but ${shardDirectory(dataDir, gap)} is missing`)
  return found.length
}

/** Makes the folders that are missing. */
export function makeFolders(dataDir: string, shards: number): void {
  mkdirSync(directoryFolder(dataDir), { recursive: true })
  for (let shard = 0; shard < shards; shard += 1) mkdirSync(shardDirectory(dataDir, shard), { recursive: true })
}
