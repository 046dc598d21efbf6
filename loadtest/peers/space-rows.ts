/** What a live binding takes: memory beside the map, and pages of the disk. Read just after the fill, while nobody writes. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { processMemory } from '../server-cpu.js'
import { databasePages } from './lmdb-pages.js'
import type { Found } from './row.js'

/** Databases whose size follows what was done, not what lives: told apart. */
const apart: ReadonlySet<string> = new Set(['journal', 'request'])
/** A checkpoint of the journal may still be on its way when the fill is acknowledged. */
const settleMs = 1_500

export interface SpaceWanted {
  readonly pid: number
  readonly data: string
  readonly live: number
  /** RssAnon before the fill, bytes. */
  readonly emptyBytes: number
}

/** @returns the rows of memory and disk; memory's is absent where /proc does not tell */
export async function space({ pid, data, live, emptyBytes }: SpaceWanted): Promise<Found[]> {
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const filled = await processMemory(pid)
  const rows: Found[] = [diskRow(await pagesOf(data), live)]
  if (filled === undefined) return rows
  const evidence = [`RssAnon ${mebibytes(emptyBytes)} MiB empty, ${mebibytes(filled)} MiB just after the fill`]
  return [{ id: 'memory', figures: [(filled - emptyBytes) / live], basis: 'one fill', byCpu: [], evidence }, ...rows]
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

/** Bytes of the pages in use, by the name of their database, over all shards. */
async function pagesOf(data: string): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>()
  for (const folder of await readdir(data)) {
    if (!folder.startsWith('shard-')) continue
    for (const one of await databasePages(join(data, folder, 'data.mdb'))) {
      bytes.set(one.name, (bytes.get(one.name) ?? 0) + one.bytes)
    }
  }
  return bytes
}

export function diskRow(pages: ReadonlyMap<string, number>, live: number): Found {
  const each = [...pages].map(([name, bytes]) => ({ name, bytes: bytes / live }))
  const told = (wanted: boolean): string => {
    return each
      .filter(({ name, bytes }) => apart.has(name) === wanted && bytes >= 1)
      .map(({ name, bytes }) => `${name} ${Math.round(bytes)}`)
      .join(', ')
  }
  const figure = each.filter(({ name }) => !apart.has(name)).reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    id: 'disk',
    figures: [figure],
    basis: 'pages in use just after the fill',
    byCpu: [],
    evidence: [`B a binding: ${told(false)}; apart: ${told(true)}`],
  }
}
