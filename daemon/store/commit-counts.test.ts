import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainBinding } from '../../test/samples/shard-data.js'
import { reservationsOf } from '../core/reservation.js'
import { CommitCounts } from './commit-counts.js'
import { LmdbShardReader } from './lmdb-shard-reader.js'
import { shardTables } from './lmdb-table.js'
import { encodeRoute } from './route-codec.js'
import { routeKey } from './route-key.js'
import { openShardEnvironment } from './shard-environment.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xpool.commits-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('each shard has a count of its own, and threads share them', () => {
  const writer = new CommitCounts(3)
  const reader = new CommitCounts(writer.memory)
  writer.count(1)
  writer.count(1)
  writer.count(2)
  expect([reader.of(0), reader.of(1), reader.of(2)]).toEqual([0, 2, 1])
})

test('I6: a reader renews its snapshot when the writer has counted a commit, also one that failed, and not before', async () => {
  const counts = new CommitCounts(1)
  let told = true
  const committed = () => {
    if (told) counts.count(0)
  }
  const writer = openShardEnvironment(directory, { mapSizeBytes: 2 ** 28, committed })
  const environment = openShardEnvironment(directory, { readOnly: true, mapSizeBytes: 2 ** 28 })
  const reader = new LmdbShardReader(environment, { commits: () => counts.of(0) })
  const { route } = shardTables(writer)
  const [placed] = reservationsOf(plainBinding({ seq: 1 }))
  const { key } = placed!.route
  const digits = Buffer.from(key.kind === 'EXACT' ? key.party : '')
  const write = (ordinal: number): void => {
    writer.transaction(() => route.put(routeKey(ordinal, key), encodeRoute([placed!.reservation])))
  }
  const sees = (ordinal: number): boolean => {
    reader.refresh()
    return reader.speaking(ordinal, 'EXACT', digits, 0, digits.length, placed!.reservation.startMs) !== undefined
  }
  try {
    expect(sees(7)).toBe(false)
    write(7)
    expect(sees(7)).toBe(true)
    told = false
    write(8)
    // All in one turn: nothing but the count can have renewed it.
    expect(sees(8)).toBe(false)
    told = true
    expect(() => writer.transaction(() => fail())).toThrow('undone')
    expect(sees(8)).toBe(true)
  } finally {
    await reader.close()
    await writer.close()
  }
})

function fail(): never {
  throw new Error('undone')
}
