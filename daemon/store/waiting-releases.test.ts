/** Releases that wait on the board, over the real LMDB: seen at once, kept over a restart, told when their number is tidied. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainBinding } from '../../test/samples/shard-data.js'
import type { ShardEvent } from '../core/events.js'
import { DAY_MS } from '../core/limits.js'
import { ChainTip } from '../journal/chain-tip.js'
import { encodeEvent } from '../journal/event-codec.js'
import { readBinding } from './binding-rows.js'
import { checkShard } from './check.js'
import type { Environment } from './environment.js'
import { LmdbShardReader } from './lmdb-shard-reader.js'
import { shardTables } from './lmdb-table.js'
import { CorruptRecord } from './record.js'
import { ReleaseBoard, releaseBoardMemory } from './release-board.js'
import { openShardEnvironment } from './shard-environment.js'
import { ShardStore } from './shard-store.js'
import { seqKey } from './uint48.js'

const start = 1_000 * DAY_MS
const hour = 3_600_000
const key = { kind: 'EXACT', party: '10000001' } as const

let directory: string
let environment: Environment
let board: ReleaseBoard
let store: ShardStore
const readers: LmdbShardReader[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xpool.waiting-'))
  open()
})

afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.close()
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

function open(slots = 1_024): void {
  environment = openShardEnvironment(directory, { mapSizeBytes: 2 ** 28 })
  board = new ReleaseBoard(releaseBoardMemory(slots))
  store = new ShardStore(environment, board)
}

async function restart(): Promise<void> {
  await store.close()
  open()
}

function reader(): LmdbShardReader {
  const one = new LmdbShardReader(openShardEnvironment(directory, { readOnly: true, mapSizeBytes: 2 ** 28 }), { board })
  one.refresh()
  readers.push(one)
  return one
}

async function write(nowMs: number, ...events: ShardEvent[]): Promise<void> {
  const { epoch } = await store.log.acquire('test')
  const tip = new ChainTip(store.log.head(), store.openRun())
  const content = { epoch, nowMs, directoryVersion: 3, events: events.map(encodeEvent) }
  const sealed = tip.seal(content, (count) => new Uint8Array(count))
  const request = { epoch, expectedSeq: sealed.page.seq, ...sealed }
  expect(await store.log.commit(request, (page) => store.apply(page, events))).toEqual({ seq: sealed.page.seq })
  store.published()
}

const allocated = (n: number): ShardEvent => {
  const parties = [String(10_000_000 + n), String(20_000_000 + n)] as const
  const binding = plainBinding({ seq: n, startMs: start }, ...parties)
  return { type: 'allocated', binding, request: undefined, nextExtension: undefined }
}

const released = (seq: number, endMs: number, reason = ''): ShardEvent => ({
  ...{ type: 'released', seq, tenant: 1, revision: 2, endMs, freeAtMs: endMs + 1_000, reason },
})

const purged = (atMs: number): ShardEvent => ({ type: 'purged', ordinals: [0], atMs })
const raw = () => readBinding(shardTables(environment), 1)

test('I6: a release is seen on other threads once it is published, though no row tells it', async () => {
  await write(start, allocated(1), allocated(2))
  const other = reader()
  await write(start + 5, released(1, start + 5, 'over'))
  other.refresh()
  expect(raw()).toMatchObject({ released: false })
  expect(other.reservations(0, key)).toMatchObject([{ released: true, endMs: start + 5, freeAtMs: start + 1_005 }])
  expect(other.speaking(0, 'EXACT', Buffer.from('10000001'), 0, 8, start + 10)).toMatchObject({ endMs: start + 5 })
  expect(other.speaking(0, 'EXACT', Buffer.from('10000001'), 0, 8, start + 1_005)).toBeUndefined()
  expect(other.binding(1)).toMatchObject({ released: true, revision: 2, releaseReason: 'over', endMs: start + 5 })
  expect(other.bindingsBefore(9, 9).map((binding) => binding.released)).toEqual([false, true])
  expect(other.occupancy(0, start + 10)).toEqual({ live: 1, cooling: 1 })
  expect(store.binding(1)).toMatchObject({ released: true, releaseReason: 'over' })
})

test('I6: a board that is ahead of the snapshot is followed, reason and all', async () => {
  await write(start, allocated(1))
  const old = reader()
  // Its first read makes the snapshot.
  expect(old.binding(1)).toMatchObject({ released: false })
  await write(start + 5, released(1, start + 5, 'over'))
  // Not refreshed: the snapshot has no row of the release, which the board names.
  expect(old.binding(1)).toMatchObject({ released: true, releaseReason: 'over', endMs: start + 5 })
})

test('a reason whose row is gone is a corrupt record', async () => {
  await write(start, allocated(1))
  await write(start + 5, released(1, start + 5, 'over'))
  environment.transaction(() => shardTables(environment).release.remove(seqKey(2)))
  const other = reader()
  expect(() => other.binding(1)).toThrow(CorruptRecord)
})

test('I5: a release that waits outlives the process', async () => {
  await write(start, allocated(1))
  await write(start + 5, released(1, start + 5, 'over'))
  await restart()
  expect(board.size).toBe(1)
  expect(reader().binding(1)).toMatchObject({ released: true, releaseReason: 'over', freeAtMs: start + 1_005 })
  const held: number[] = []
  await store.eachRoute((_ordinal, _key, byStart) => held.push(...byStart.map((one) => one.freeAtMs)))
  expect(held).toEqual([start + 1_005, start + 1_005])
})

test('once its number is tidied the rows tell it, and the board and its row are empty', async () => {
  await write(start, allocated(1), allocated(2))
  await write(start + 5, released(1, start + 5), released(2, start + 5))
  await write(start + 6, purged(start + 6))
  expect(board.size).toBe(0)
  expect(shardTables(environment).release.rows(new Uint8Array(1), undefined, 9)).toEqual([])
  expect(raw()).toMatchObject({ released: true, revision: 2, endMs: start + 5 })
  expect(reader().reservations(0, key)).toMatchObject([{ released: true, endMs: start + 5 }])
  await write(start + 2_000, purged(start + 2_000))
  expect(reader().reservations(0, key)).toEqual([])
  expect((await checkShard(environment)).problems).toEqual([])
})

test('I6: a snapshot from before its number was tidied is not believed any more', async () => {
  await write(start, allocated(1))
  await write(start + 5, released(1, start + 5))
  const old = reader()
  expect(old.reservations(0, key)).toMatchObject([{ released: true }])
  // The rows of this snapshot say nothing of the release, and the board has let go of it.
  await write(start + 6, purged(start + 6))
  expect(board.find(1)).toBe(false)
  expect(old.reservations(0, key)).toMatchObject([{ released: true }])
  expect(reader().binding(1)).toMatchObject({ released: true })
})

test('a page of which not all is told keeps its row, and a restart counts what is left', async () => {
  const elsewhere = { ...allocated(2) } as Extract<ShardEvent, { type: 'allocated' }>
  const x = { ordinal: 7, digits: '700123450000007' }
  await write(start, allocated(1), { ...elsewhere, binding: { ...elsewhere.binding, x } })
  await write(start + 5, released(1, start + 5), released(2, start + 5, 'why'))
  await write(start + 6, purged(start + 6))
  await restart()
  expect(board.seqs()).toEqual([2])
  expect(store.binding(2)).toMatchObject({ released: true, releaseReason: 'why' })
  await write(start + 7, { type: 'purged', ordinals: [7], atMs: start + 7 })
  expect(shardTables(environment).release.rows(new Uint8Array(1), undefined, 9)).toEqual([])
  expect(board.size).toBe(0)
})

test('I12: where the board is full, the rows tell at once', async () => {
  await store.close()
  open(4)
  await write(start, ...[1, 2, 3].map(allocated))
  await write(start + 5, ...[1, 2, 3].map((n) => released(n, start + 5)))
  expect(board.size).toBe(2)
  expect(readBinding(shardTables(environment), 3)).toMatchObject({ released: true })
  expect([1, 2, 3].map((n) => reader().binding(n)?.released)).toEqual([true, true, true])
})

test('I11: a call that holds a binding past its release is told by the rows at once', async () => {
  await write(start, allocated(1))
  const heldUntilMs = start + hour
  const report = {
    callId: 'c',
    phase: 'STARTED',
    atMs: start,
    caller: '',
    number: '',
    answered: false,
    cause: '',
  } as const
  const freeAtMs = heldUntilMs + 1_000
  await write(start, { type: 'called', seq: 1, tenant: 1, report, remnants: [], heldUntilMs, freeAtMs })
  await write(start + 5, { ...released(1, start + 5), freeAtMs } as ShardEvent)
  expect(board.size).toBe(0)
  expect(reader().reservations(0, key)).toMatchObject([{ released: true, heldUntilMs, freeAtMs }])
})

test('a page that was not made durable leaves the board as it was', async () => {
  await write(start, allocated(1))
  const { epoch } = await store.log.acquire('test')
  const tip = new ChainTip(store.log.head(), store.openRun())
  const event = released(1, start + 5)
  const sealed = tip.seal(
    { epoch, nowMs: start + 5, directoryVersion: 3, events: [encodeEvent(event)] },
    (count) => new Uint8Array(count),
  )
  const commit = store.log.commit({ epoch, expectedSeq: sealed.page.seq, ...sealed }, (page) => {
    store.apply(page, [event])
    throw new Error('the disk is gone')
  })
  await expect(commit).rejects.toThrow('the disk is gone')
  store.loadReleases()
  store.published()
  expect(board.size).toBe(0)
  store.refresh()
  expect(store.binding(1)).toMatchObject({ released: false })
})
