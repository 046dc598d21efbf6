/**
 * What lies where in the data folder:
 *
 *   daemon.lock   directory/   shard-000/ shard-001/ ...
 *
 * Shards are made with the folder and numbered for ever: a larger setting adds
 * empty ones, a smaller one changes nothing.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { defaultShards } from './config/settings.js'
import type { Log } from './log/log.js'
import { directoryPath } from './store/directory-environment.js'
import { checkEnvironment } from './store/environment-preflight.js'
import { shardDirectory } from './store/shard-environment.js'

const shardName = /^shard-([0-9]{3})$/

/**
 * Makes what is missing, and sees that what is there may be opened.
 * @param wanted undefined: as many as there are, or the default of the cores
 */
export async function prepareDataFolder(
  dataDir: string,
  wanted: number | undefined,
  cores: number,
  log: Log,
): Promise<{ shards: number }> {
  const present = shardsIn(dataDir)
  const shards = Math.max(present, wanted ?? (present === 0 ? defaultShards(cores) : present))
  if (present === 0) log('DATA_FOLDER_CREATED', { dataDir, shards })
  else if (shards > present) log('SHARDS_ADDED', { from: present, to: shards })
  else if (wanted !== undefined && wanted < present) log('SHARDS_KEPT', { wanted, shards })
  const folders = [
    directoryPath(dataDir),
    ...Array.from({ length: shards }, (_, shard) => shardDirectory(dataDir, shard)),
  ]
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 })
  await Promise.all(folders.map((folder) => checkEnvironment(folder)))
  return { shards }
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
