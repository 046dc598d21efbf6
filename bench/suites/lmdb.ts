/**
 * What LMDB itself costs under our settings: durable commits of three small
 * rows an item, keys packed and keys spread, and a get under a key of ours.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Environment, openEnvironment } from '../../daemon/store/environment.js'
import { draws } from '../sample.js'
import type { Suite, Task } from '../suite.js'

const keyBytes = 20
const valueBytes = 120
const rowsPerItem = 3
const batches = [16, 128, 1_024] as const
const getsPerCall = 256
const rowsForGet = 1_000_000
const mapSizeBytes = 8 * 2 ** 30

export const lmdbSuite: Suite = {
  name: 'lmdb',
  async prepare(scale) {
    const directory = await mkdtemp(join(tmpdir(), 'xpool-bench-lmdb-'))
    const environment = openEnvironment(directory, { databases: ['rows', 'spread', 'read'], mapSizeBytes })
    const rows = Math.ceil(rowsForGet / scale.shrink)
    fill(environment, rows)
    const commits = batches.flatMap((batch) => [packed(environment, batch), spread(environment, batch)])
    return {
      tasks: [...commits, ...gets(environment, rows)],
      close: async () => {
        await environment.close()
        await rm(directory, { recursive: true })
      },
    }
  },
}

/** Keys that grow: allocations on few numbers, so on few pages. */
function packed(environment: Environment, batch: number): Task {
  let next = 0
  return commit(environment, 'rows', `packed keys, ${batch} items`, batch, (key) => {
    key.writeUInt32BE(next >>> 0, 0)
    next += 1
  })
}

/** Keys at random over four million: what an allocation would cost without locality. */
function spread(environment: Environment, batch: number): Task {
  const draw = draws(batch)
  return commit(environment, 'spread', `spread keys, ${batch} items`, batch, (key) => {
    key.writeUInt32BE(Math.floor(draw() * 4_000_000), 0)
  })
}

function commit(
  environment: Environment,
  database: string,
  what: string,
  batch: number,
  nextKey: (key: Buffer) => void,
): Task {
  const rows = environment.database(database)
  const value = new Uint8Array(valueBytes).fill(7)
  return {
    name: `lmdb commit, ${what}`,
    items: batch,
    run: () =>
      environment.transaction(() => {
        for (let i = 0; i < batch * rowsPerItem; i += 1) {
          const key = Buffer.alloc(keyBytes)
          nextKey(key)
          rows.putSync(key, value)
        }
      }),
  }
}

const fillBatch = 10_000

function fill(environment: Environment, rows: number): void {
  const read = environment.database('read')
  const value = new Uint8Array(valueBytes).fill(7)
  for (let from = 0; from < rows; from += fillBatch) {
    environment.transaction(() => {
      for (let i = from; i < Math.min(rows, from + fillBatch); i += 1) read.putSync(keyOf(i), value)
    })
  }
}

function keyOf(index: number): Buffer {
  const key = Buffer.alloc(keyBytes)
  key.writeUInt32BE(index, 0)
  return key
}

function gets(environment: Environment, rows: number): Task[] {
  const read = environment.database('read')
  const draw = draws(rows)
  const keys = Array.from({ length: 65_536 }, () => keyOf(Math.floor(draw() * rows)))
  let next = 0
  const get = (refreshEvery: number) => () => {
    for (let i = 0; i < getsPerCall; i += 1) {
      if (i % refreshEvery === 0) environment.refresh()
      next = (next + 1) % keys.length
      if (read.getBinaryFast(keys[next]!)?.length !== valueBytes) throw new Error('a row is missing')
    }
  }
  return [
    { name: 'lmdb get, snapshot renewed every 64', items: getsPerCall, run: get(64) },
    { name: 'lmdb get, snapshot renewed every time', items: getsPerCall, run: get(1) },
  ]
}
