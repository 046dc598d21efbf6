/**
 * The jobs that make the rows of a shard, or of the directory, anew from its journal:
 *
 *   shard-000/data.mdb  --journal-->  shard-000.rebuilding/data.mdb
 *                |
 *                +-- kept as shard-000/before-TIME.mdb; then the new file takes its name in one rename
 *
 * At every moment shard-000/data.mdb is one of the two, whole: a shard that is
 * not there would be taken for one that never was.
 */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDirectoryEnvironment } from '../store/directory-environment.js'
import { directoryRows } from '../store/directory-rebuild.js'
import type { Environment } from '../store/environment.js'
import { checkEnvironment } from '../store/environment-preflight.js'
import { type Projection, rebuild, shardRows } from '../store/rebuild.js'
import { openShardEnvironment } from '../store/shard-environment.js'

/** This file as a job thread loads it. */
export const rebuildFolderFile: string = new URL(
  `./rebuild-folder${extname(fileURLToPath(import.meta.url))}`,
  import.meta.url,
).href

export interface RebuildTask {
  /** Folder of the environment. Whoever asks holds the data folder. */
  readonly folder: string
  /** Names what is kept, unix ms. */
  readonly nowMs: number
}

export interface Rebuilt {
  /** Pages of the journal that were applied. */
  readonly pages: number
  /** Where the file of before was put; it may be deleted. */
  readonly kept: string
}

/** Rejects with CorruptRecord, and changes nothing, when the journal itself is damaged. */
export function rebuildShardJob(task: RebuildTask): Promise<Rebuilt> {
  return rebuildAt(task, openShardEnvironment, shardRows)
}

/** As rebuildShardJob. */
export function rebuildDirectoryJob(task: RebuildTask): Promise<Rebuilt> {
  return rebuildAt(task, openDirectoryEnvironment, directoryRows)
}

type Open = (folder: string, how?: { readonly readOnly: true }) => Environment

async function rebuildAt({ folder, nowMs }: RebuildTask, open: Open, projection: Projection): Promise<Rebuilt> {
  await checkEnvironment(folder)
  const making = `${folder}.rebuilding`
  // Left behind by a rebuild that was broken off.
  rmSync(making, { recursive: true, force: true })
  try {
    const pages = await rebuildInto(folder, making, open, projection)
    const kept = join(folder, `before-${nowMs}.mdb`)
    putInPlace(join(making, 'data.mdb'), join(folder, 'data.mdb'), kept, folder)
    return { pages, kept }
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

async function rebuildInto(folder: string, making: string, open: Open, projection: Projection): Promise<number> {
  await using source = closing(open(folder, { readOnly: true }))
  await using target = closing(open(making))
  const head = await rebuild(source.environment, target.environment, projection)
  return head.seq
}

function closing(environment: Environment) {
  return { environment, [Symbol.asyncDispose]: () => environment.close() }
}

function putInPlace(made: string, place: string, kept: string, folder: string): void {
  linkSync(place, kept)
  renameSync(made, place)
  // It lists readers of the former file, and is made anew at the next opening.
  rmSync(join(folder, 'lock.mdb'), { force: true })
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
