/**
 * An LMDB environment, opened the one way that holds (docs: architecture, "LMDB"):
 * commits are synchronous and flushed before they return, every database is open
 * before anybody reads, and nothing of lmdb-js that proved unsafe is used.
 *
 * Rules for whoever holds one:
 * - One writer thread; it opens the environment before any reader of the same process.
 * - Never end a thread or the process in the same turn of the event loop as a
 *   transaction: `close()` waits a turn, then closes.
 * - No read snapshot longer than 100 ms: scan in chunks with `refresh()` between.
 * - Run `checkEnvironment` (environment-preflight.ts) first: a truncated file kills
 *   the process that maps it.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { open, type RootDatabase } from 'lmdb'
import type { BinaryDatabase } from './binary-database.js'
import { markFormat, requireFormat } from './data-format.js'

export const environmentLimits = {
  /** Address space reserved for the file; the file itself grows as needed. */
  mapSizeBytes: 256 * 2 ** 30,
  /** Read snapshots open at once, over all threads and processes. */
  readers: 512,
  databases: 32,
  /** Free pages that a commit loads at most, and keeps in memory: beyond them a fragmented free list slows every commit. */
  freePagesToLoad: 15_000,
  freePagesToRetain: 25_000,
} as const

/** The database of the format marker; every environment has it. */
export const metaDatabase = 'meta'

export interface EnvironmentOptions {
  /** Names of the databases, all of them; `meta` is added. */
  readonly databases: readonly string[]
  /** Opens for reading alone; the environment must exist. Default false. */
  readonly readOnly?: boolean
  /** Bytes of address space; the default is `environmentLimits.mapSizeBytes`. */
  readonly mapSizeBytes?: number
  /** Called after every transaction, also after one that failed, before whoever waits for it is told. */
  readonly committed?: () => void
}

export interface Environment {
  readonly directory: string
  readonly readOnly: boolean
  readonly root: RootDatabase<Uint8Array, Uint8Array>
  /** A database that was named at opening. Throws for any other name. */
  database(name: string): BinaryDatabase
  /** Runs `work` in one transaction; when it returns, all of it is on disk; when `work` throws, none of it. */
  transaction<T>(work: () => T): T
  /** Renews this thread's read snapshot. */
  refresh(): void
  /** Waits one turn of the event loop, then closes; nothing may be read or written afterwards. */
  close(): Promise<void>
}

const binary = { keyEncoding: 'binary', encoding: 'binary', cache: false } as const

/** Opens, and creates where it is missing. Throws UnknownFormat for data of another format version. */
export function openEnvironment(directory: string, options: EnvironmentOptions): Environment {
  const readOnly = options.readOnly ?? false
  if (readOnly) requireFile(directory)
  else mkdirSync(directory, { recursive: true })
  const root = openRoot(directory, readOnly, options.mapSizeBytes ?? environmentLimits.mapSizeBytes)
  const databases = new Map<string, BinaryDatabase>()
  const meta = openNamed(root, directory, metaDatabase)
  databases.set(metaDatabase, meta)
  const known = requireFormat(meta, directory)
  for (const name of options.databases) {
    if (!databases.has(name)) databases.set(name, openNamed(root, directory, name))
  }
  if (!known && !readOnly) root.transactionSync(() => markFormat(meta))
  return {
    directory,
    readOnly,
    root,
    database: (name) => {
      const database = databases.get(name)
      if (database === undefined) throw new Error(`database ${name} was not named when ${directory} was opened`)
      return database
    },
    transaction: (work) => {
      try {
        return root.transactionSync(work)
      } finally {
        options.committed?.()
      }
    },
    refresh: () => root.resetReadTxn(),
    close: async () => {
      await nextTurn()
      await root.close()
    },
  }
}

function openRoot(directory: string, readOnly: boolean, mapSizeBytes: number): RootDatabase<Uint8Array, Uint8Array> {
  const settings = {
    ...binary,
    path: directory,
    // A directory whose name has a dot would else be taken for a file.
    noSubdir: false,
    readOnly,
    mapSize: mapSizeBytes,
    maxDbs: environmentLimits.databases,
    maxReaders: environmentLimits.readers,
    overlappingSync: false,
    noMemInit: true,
    maxFreeSpaceToLoad: environmentLimits.freePagesToLoad,
    maxFreeSpaceToRetain: environmentLimits.freePagesToRetain,
  }
  return open<Uint8Array, Uint8Array>(settings)
}

function openNamed(root: RootDatabase<Uint8Array, Uint8Array>, directory: string, name: string): BinaryDatabase {
  const database: BinaryDatabase | undefined = root.openDB<Uint8Array, Uint8Array>(name, binary)
  if (database === undefined) throw new Error(`${directory} has no database ${name}`)
  return database
}

function requireFile(directory: string): void {
  if (!existsSync(join(directory, 'data.mdb'))) throw new Error(`${directory} holds no environment`)
}
