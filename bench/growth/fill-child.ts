/**
 * Fills a data folder with live bindings through the real loop and store, without a daemon in between: ten
 * million through gRPC would take a quarter of an hour. No daemon may hold the folder meanwhile.
 *
 *   node dist/bench/growth/fill-child.js DATA_FOLDER TENANT POOL LIVE SAMPLE_FILE
 *
 * Writes a sample of the bindings, spread evenly over all, to SAMPLE_FILE, and prints FillResult as JSON.
 */
import { writeFile } from 'node:fs/promises'
import { formatBindingId } from '../../daemon/core/binding-id.js'
import type { DirectoryFact } from '../../daemon/core/directory.js'
import { openDirectoryView } from '../../daemon/directory/open-view.js'
import { SharedVersion } from '../../daemon/directory/shared-version.js'
import type { DirectoryFeed } from '../../daemon/shard/loop-store.js'
import { directoryPath } from '../../daemon/store/directory-environment.js'
import { shardDirectory } from '../../daemon/store/shard-environment.js'
import { openShardStore } from '../../daemon/store/shard-store.js'
import type { LiveBinding } from '../../loadtest/ledger.js'
import { partiesOf } from '../../loadtest/population.js'
import { RunningLoop } from '../running-loop.js'
import { draws, sampleAllocate } from '../sample.js'
import { bytesInUse } from './disk.js'
import { growthSeed, sampleBindingsMax } from './growth-plan.js'

const batchCommands = 1_024
/** Longer than any measurement. */
const ttlMs = 7 * 24 * 3_600_000
const shard = 0

async function main(dataDir: string, place: Place, live: number, sampleFile: string): Promise<void> {
  const directory = openDirectoryView(directoryPath(dataDir), new SharedVersion().buffer)
  const { feed, ids } = await stillFeed(directory.feed(shard), place)
  const store = openShardStore(shardDirectory(dataDir, shard))
  const loop = new RunningLoop(store, feed, wallClock())
  await loop.ready()
  const began = performance.now()
  const sample: LiveBinding[] = []
  const stride = Math.max(1, Math.ceil(live / sampleBindingsMax))
  const draw = draws(growthSeed)
  for (let from = 0; from < live; from += batchCommands) {
    const indexes = Array.from({ length: Math.min(batchCommands, live - from) }, (_, i) => from + i)
    const outcomes = await loop.submitAll(indexes.map((index) => allocate(index, ids, draw())))
    for (const index of indexes) {
      if (index % stride !== 0) continue
      const { seq } = outcomes[index - from]!
      const x = store.binding(seq)!.x.digits
      sample.push({ id: formatBindingId({ shard, seq }), x, ...partiesOf(index, growthSeed) })
    }
  }
  const fillMs = performance.now() - began
  await loop.close()
  await directory.close()
  await writeFile(sampleFile, JSON.stringify(sample))
  process.stdout.write(`${JSON.stringify({ fillMs, bytes: await bytesInUse(shardDirectory(dataDir, shard)) })}\n`)
}

interface Place {
  readonly tenant: string
  readonly pool: string
}

interface Ids {
  readonly tenant: number
  readonly pool: number
}

/** The directory as it is: nobody writes to it here. */
async function stillFeed(feed: DirectoryFeed, place: Place): Promise<{ feed: DirectoryFeed; ids: Ids }> {
  const facts: DirectoryFact[] = []
  const version = await feed.load((fact) => facts.push(fact))
  const tenant = facts.find((fact) => fact.type === 'tenant' && fact.tenant.name === place.tenant)
  const pool = facts.find((fact) => fact.type === 'pool' && fact.pool.name === place.pool)
  if (tenant?.type !== 'tenant' || pool?.type !== 'pool') throw new Error(`no ${place.tenant} or no ${place.pool}`)
  return {
    ids: { tenant: tenant.tenant.id, pool: pool.pool.id },
    feed: {
      version: () => version,
      load: async (take) => {
        for (const fact of facts) take(fact)
        return version
      },
      since: () => ({ facts: [], version }),
    },
  }
}

function allocate(index: number, { tenant, pool }: Ids, draw: number) {
  const { a, b } = partiesOf(index, growthSeed)
  return {
    ...sampleAllocate(index, draw),
    tenant,
    pool,
    ttlMs,
    a: { number: a, verificationRef: '' },
    b: { number: b, verificationRef: '' },
    request: { id: `fill-${growthSeed}-${index}`, fingerprint: 'f'.repeat(32) },
  }
}

function wallClock(): () => number {
  let last = 0
  return () => {
    last = Math.max(last, Date.now())
    return last
  }
}

const [dataDir, tenant, pool, live, sampleFile] = process.argv.slice(2)
await main(dataDir!, { tenant: tenant!, pool: pool! }, Number(live), sampleFile!)
