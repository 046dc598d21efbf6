/** Where the directory keeps its data, and what is in it. */
import { join } from 'node:path'
import { type DirectoryDatabase, directoryDatabases } from './directory-tables.js'
import { type Environment, type EnvironmentOptions, openEnvironment } from './environment.js'
import { LmdbTable } from './lmdb-table.js'
import type { Table } from './table.js'

export type DirectoryTables = Readonly<Record<DirectoryDatabase, Table>>

/** `<data>/directory` */
export function directoryPath(dataDirectory: string): string {
  return join(dataDirectory, 'directory')
}

/** Throws UnknownFormat. Run checkEnvironment (environment-preflight.ts) on the path first. */
export function openDirectoryEnvironment(
  path: string,
  options: Omit<EnvironmentOptions, 'databases'> = {},
): Environment {
  return openEnvironment(path, { ...options, databases: [...directoryDatabases, 'journal'] })
}

export function directoryTables(environment: Environment): DirectoryTables {
  const entries = directoryDatabases.map((name) => [name, new LmdbTable(name, environment.database(name))])
  return Object.fromEntries(entries) as unknown as DirectoryTables
}
