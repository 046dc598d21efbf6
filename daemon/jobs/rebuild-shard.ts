/**
 * The job that makes the rows of one shard anew from its journal:
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
import { checkEnvironment } from '../store/environment-preflight.js'
import { rebuild } from '../store/rebuild.js'
import { openShardEnvironment } from '../store/shard-environment.js'

/** This file as a job thread loads it. */
export const rebuildShardFile: string = new URL(
  `./rebuild-shard${extname(fileURLToPath(import.meta.url))}`,
  import.meta.url,
).href

export interface RebuildTask {
  /** Folder of the shard's environment. Whoever asks holds the data folder. */
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
export async function rebuildShardJob({ folder, nowMs }: RebuildTask): Promise<Rebuilt> {
  await checkEnvironment(folder)
  const making = `${folder}.rebuilding`
  // Left behind by a rebuild that was broken off.
  rmSync(making, { recursive: true, force: true })
  try {
    const pages = await rebuildInto(folder, making)
    const kept = join(folder, `before-${nowMs}.mdb`)
    putInPlace(join(making, 'data.mdb'), join(folder, 'data.mdb'), kept, folder)
    return { pages, kept }
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

async function rebuildInto(folder: string, making: string): Promise<number> {
  await using source = closing(openShardEnvironment(folder, { readOnly: true }))
  await using target = closing(openShardEnvironment(making))
  const head = await rebuild(source.environment, target.environment)
  return head.seq
}

function closing(environment: ReturnType<typeof openShardEnvironment>) {
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
