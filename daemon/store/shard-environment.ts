/** Where a shard keeps its data, and what is in it. */
import { join } from 'node:path'
import { type Environment, type EnvironmentOptions, openEnvironment } from './environment.js'
import { shardDatabases } from './table.js'

/** `<data>/shard-000` and so on. */
export function shardDirectory(dataDirectory: string, shard: number): string {
  return join(dataDirectory, `shard-${String(shard).padStart(3, '0')}`)
}

/** Throws UnknownFormat. Run checkEnvironment (environment-preflight.ts) on the directory first. */
export function openShardEnvironment(
  directory: string,
  options: Omit<EnvironmentOptions, 'databases'> = {},
): Environment {
  return openEnvironment(directory, { ...options, databases: shardDatabases })
}
