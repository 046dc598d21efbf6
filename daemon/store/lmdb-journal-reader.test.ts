import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ShardEvent } from '../core/events.js'
import { ChainTip } from '../journal/chain-tip.js'
import { encodeEvent } from '../journal/event-codec.js'
import type { JournalReader } from './journal-reader.js'
import { openJournalReader } from './lmdb-journal-reader.js'
import { shardTables } from './lmdb-table.js'
import { CorruptRecord } from './record.js'
import { openShardEnvironment } from './shard-environment.js'
import { ShardStore } from './shard-store.js'
import { seqKey } from './uint48.js'

let directory: string
let environment: ReturnType<typeof openShardEnvironment>
let store: ShardStore
let reader: JournalReader

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xpool.journal-reader-'))
  environment = openShardEnvironment(directory, { mapSizeBytes: 2 ** 28 })
  store = new ShardStore(environment)
  reader = openJournalReader(directory)
})

afterEach(async () => {
  await reader.close()
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

const levels = (page: number): ShardEvent[] => [
  { type: 'pool-level', pool: page, low: true, free: page },
  { type: 'pool-level', pool: page, low: false, free: 100 },
]

async function write(count: number): Promise<void> {
  const { epoch } = await store.log.acquire('test')
  const tip = new ChainTip(store.log.head(), store.openRun())
  for (let i = 0; i < count; i += 1) {
    const events = levels(tip.head.seq + 1)
    const content = { epoch, nowMs: 1_000 + tip.head.seq, directoryVersion: 1, events: events.map(encodeEvent) }
    const sealed = tip.seal(content, (length) => new Uint8Array(length))
    await store.log.commit({ epoch, expectedSeq: sealed.page.seq, ...sealed }, (page) => store.apply(page, events))
    tip.accept(sealed)
  }
}

const seqs = (from: number, limit: number) => reader.pages(from, limit).map(({ seq }) => seq)

describe('reader of a journal', () => {
  it('has nothing to tell of an empty one', () => {
    expect([reader.head(), reader.first(), seqs(1, 9)]).toEqual([0, 1, []])
  })

  it('gives the events of each page, once, from any place on, at most as many pages as asked for (I12)', async () => {
    await write(5)
    reader.refresh()
    expect(reader.pages(2, 1)).toEqual([{ seq: 2, nowMs: 1_001, events: levels(2) }])
    expect([seqs(1, 3), seqs(4, 3), seqs(6, 3), seqs(-7, 2), seqs(1, 0)]).toEqual([[1, 2, 3], [4, 5], [], [1, 2], []])
  })

  it('sees a page after refresh', async () => {
    await write(1)
    reader.refresh()
    expect(reader.head()).toBe(1)
    await write(2)
    reader.refresh()
    expect([reader.head(), seqs(2, 9)]).toEqual([3, [2, 3]])
  })

  it('says where the pages begin that are kept', async () => {
    await write(5)
    await store.log.truncate(4)
    reader.refresh()
    expect([reader.first(), reader.head(), seqs(1, 9)]).toEqual([4, 5, [4, 5]])
  })

  it('never passes over a page that is missing', async () => {
    await write(3)
    environment.transaction(() => shardTables(environment).journal.remove(seqKey(2)))
    reader.refresh()
    expect(seqs(1, 1)).toEqual([1])
    expect(() => reader.pages(1, 9)).toThrow(CorruptRecord)
  })
})
