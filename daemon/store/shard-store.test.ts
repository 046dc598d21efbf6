import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainBinding } from '../../test/samples/shard-data.js'
import { anyHistory, type HistoryPage } from '../../test/samples/shard-history.js'
import { noCalls } from '../core/calls.js'
import type { ShardEvent } from '../core/events.js'
import { DAY_MS } from '../core/limits.js'
import { ChainTip, emptyRun } from '../journal/chain-tip.js'
import { encodeEvent } from '../journal/event-codec.js'
import { checkShard } from './check.js'
import { compareEnvironments } from './compare.js'
import type { Environment } from './environment.js'
import { LmdbShardReader } from './lmdb-shard-reader.js'
import { shardTables } from './lmdb-table.js'
import { headKey } from './meta-rows.js'
import { rebuild } from './rebuild.js'
import { CorruptRecord } from './record.js'
import { openShardEnvironment } from './shard-environment.js'
import { ShardStore } from './shard-store.js'
import { shardDatabases } from './table.js'

const start = 1_000 * DAY_MS
const hour = 3_600_000

let directory: string
let opened: Environment[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xpool.store-'))
  opened = []
})

afterEach(async () => {
  await closeAll()
  rmSync(directory, { recursive: true, force: true })
})

let names = 0
function open(name = `env-${++names}`): Environment {
  const environment = openShardEnvironment(join(directory, name), { mapSizeBytes: 2 ** 28 })
  opened.push(environment)
  return environment
}

async function closeAll(): Promise<void> {
  for (const environment of opened.splice(0)) await environment.close()
}

/** Commits pages as a shard's loop does. */
async function write(store: ShardStore, pages: readonly HistoryPage[]): Promise<void> {
  const { epoch } = await store.log.acquire('test')
  const tip = new ChainTip(store.log.head(), store.openRun())
  for (const { nowMs, events } of pages) {
    const content = { epoch, nowMs, directoryVersion: 3, events: events.map(encodeEvent) }
    const sealed = tip.seal(content, (count) => Uint8Array.from({ length: count }, (_, i) => i))
    const request = { epoch, expectedSeq: sealed.page.seq, ...sealed }
    expect(await store.log.commit(request, (page) => store.apply(page, events))).toEqual({ seq: sealed.page.seq })
    store.published()
    tip.accept(sealed)
  }
}

const allocated = (n: number, change: object = {}): ShardEvent => {
  const parties = [String(10_000_000 + n), String(20_000_000 + n)] as const
  return {
    type: 'allocated',
    binding: plainBinding({ seq: n, startMs: start + n, ...change }, ...parties),
    request: undefined,
    nextExtension: undefined,
  }
}

/** A call that began at `atMs` and is still on. */
const called = (seq: number, atMs: number, limitMs: number): ShardEvent => {
  const report = { callId: 'c', phase: 'STARTED', atMs, caller: '30000000', number: '', answered: false, cause: '' }
  return {
    ...{ type: 'called', seq, tenant: 1, remnants: [], heldUntilMs: limitMs, freeAtMs: limitMs + hour / 2 },
    report: { ...report, phase: 'STARTED' },
  }
}

describe('rebuild from the journal (I8)', () => {
  it('makes the same keys and values, byte for byte, from any history', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (pages) => {
        const source = open()
        await write(new ShardStore(source), pages)
        const target = open()
        await rebuild(source, target)
        expect(await compareEnvironments(source, target, shardDatabases)).toEqual([])
        expect((await checkShard(target)).problems).toEqual([])
        await closeAll()
      }),
      { numRuns: 30 },
    )
  })

  it('refuses a journal with a damaged or missing page, naming it', async () => {
    const source = open()
    await write(
      new ShardStore(source),
      [1, 2, 3].map((n) => ({ nowMs: start + n, events: [allocated(n)] })),
    )
    source.transaction(() => shardTables(source).journal.remove(Uint8Array.of(0, 0, 0, 0, 0, 2)))
    await expect(rebuild(source, open())).rejects.toThrow('page 2: the page is missing')
    await expect(rebuild(source, source)).rejects.toThrow('has pages already')
  })

  it('shows a difference where there is one', async () => {
    const source = open()
    await write(new ShardStore(source), [{ nowMs: start, events: [allocated(1)] }])
    const target = open()
    await rebuild(source, target)
    const { binding, route } = shardTables(target)
    target.transaction(() => {
      binding.put(Uint8Array.of(9), new Uint8Array(3))
      for (const { key } of route.rows(Uint8Array.of(0), undefined, 1)) route.remove(key)
    })
    const differences = await compareEnvironments(source, target, shardDatabases)
    expect(differences.map(({ database, what }) => [database, what])).toEqual([
      ['route', 'only in the first'],
      ['binding', 'only in the second'],
    ])
  })
})

describe('check', () => {
  it('finds a flipped bit wherever records stand', async () => {
    const environment = open('flip')
    await write(new ShardStore(environment), [
      { nowMs: start, events: [allocated(1, { userData: Buffer.from('the data of a client'), requestId: 'r' })] },
    ])
    expect(await checkShard(environment)).toMatchObject({ problems: [], journal: { valid: true, pages: 1 } })
    await closeAll()
    const file = join(directory, 'flip', 'data.mdb')
    const raw = readFileSync(file)
    const marks = ['the data of a client', 'order-1']
    for (const mark of marks) {
      const places = placesOf(raw, mark)
      expect(places.length).toBeGreaterThan(0)
      let found = 0
      for (const place of places) {
        const flipped = Buffer.from(raw)
        flipped[place]! ^= 0x10
        writeFileSync(file, flipped)
        found += (await checkShard(open('flip'))).problems.length
        await closeAll()
      }
      expect(found).toBeGreaterThan(0)
    }
  })

  it('finds records that are missing, though every sum fits', async () => {
    const environment = open()
    const store = new ShardStore(environment)
    const limitMs = start + 1 + 7_200_000
    await write(
      store,
      [1, 2].map((n) => {
        const call = n === 1 ? [called(1, start + 1, limitMs)] : []
        return { nowMs: start + n, events: [allocated(n, { userData: Buffer.from('x') }), ...call] }
      }),
    )
    const { route, binding, user_data, calls, journal } = shardTables(environment)
    const first = Uint8Array.of(0, 0, 0, 0, 0, 1)
    const problemsWithout = async (take: () => void, putBack: () => void) => {
      environment.transaction(take)
      const { problems } = await checkShard(environment)
      environment.transaction(putBack)
      return problems.map(({ database }) => database)
    }
    const row = (table: typeof route, key: Uint8Array) => table.get(key)!.slice()
    const routeKey = route.rows(Uint8Array.of(0), undefined, 1)[0]!.key
    const cases = [
      [binding, first],
      [user_data, first],
      [calls, first],
      [journal, first],
      [route, routeKey],
    ] as const
    const found: string[][] = []
    for (const [table, key] of cases) {
      const payload = row(table, key)
      const databases = await problemsWithout(
        () => table.remove(key),
        () => table.put(key, payload),
      )
      found.push([...new Set(databases)].sort())
    }
    expect(found).toEqual([['calls', 'route', 'user_data'], ['binding'], ['binding'], ['journal'], ['binding']])
    expect((await checkShard(environment)).problems).toEqual([])
    await store.log.truncate(2)
    expect((await checkShard(environment)).problems).toEqual([])
  })

  it('I2: misses a binding that cools and is off its key, though nobody replaced it', async () => {
    const environment = open()
    const binding = plainBinding({ seq: 1, startMs: start + 1 })
    const upTo = { ms: binding.endMs, seq: 1 }
    const ended: ShardEvent = { type: 'ended', seqs: [1], tenants: [binding.tenant], upTo }
    await write(new ShardStore(environment), [
      { nowMs: start, events: [allocated(1)] },
      { nowMs: binding.endMs, events: [ended] },
    ])
    expect((await checkShard(environment)).problems).toEqual([])
    const { route } = shardTables(environment)
    environment.transaction(() => route.remove(route.rows(Uint8Array.of(0), undefined, 1)[0]!.key))
    expect((await checkShard(environment)).problems.map(({ database }) => database)).toEqual(['binding'])
  })

  it('names a damaged head, and goes on with the rest', async () => {
    const environment = open()
    await write(new ShardStore(environment), [{ nowMs: start, events: [allocated(1)] }])
    environment.transaction(() => shardTables(environment).meta.put(headKey, new Uint8Array(3)))
    const { problems, records } = await checkShard(environment)
    expect(new Set(problems.map(({ database }) => database))).toEqual(new Set(['meta', 'journal']))
    expect(records).toMatchObject({ binding: 1, route: 2 })
  })
})

describe('store of a shard', () => {
  it('gives back at a start what it had: marks, rates, clock, routes, bindings', async () => {
    const events: ShardEvent[] = [allocated(1), allocated(2, { x: { ordinal: 5, digits: '700123456780005' } })]
    await write(new ShardStore(open('again')), [
      { nowMs: start + 2, events },
      { nowMs: start + 9, events: [{ type: 'rate', tenant: 4, theoreticalMs: 12.5 }] },
      {
        nowMs: start + 9,
        events: [
          { type: 'expiring', seqs: [2], tenants: [1], upTo: { ms: start + 7, seq: 2 } },
          { type: 'pool-level', pool: 3, low: true, free: 1 },
          called(1, start + 3, start + 3 + 2 * hour),
        ],
      },
      { nowMs: start + 9, events: [{ type: 'ended', seqs: [1], tenants: [1], upTo: { ms: start + 8, seq: 1 } }] },
    ])
    await closeAll()
    const store = new ShardStore(open('again'))
    store.storeClock(start + 60)
    expect(store.meta()).toMatchObject({
      head: { seq: 4 },
      directoryVersion: 3,
      nowMs: start + 9,
      clockMs: start + 60,
      nextSeq: 3,
      endedUpTo: { ms: start + 8, seq: 1 },
      freedUpTo: { ms: 0, seq: 0 },
      expiringUpTo: { ms: start + 7, seq: 2 },
      rates: new Map([[4, 12.5]]),
      lowPools: new Set([3]),
    })
    expect(store.calls(1)).toMatchObject({ open: [{ id: 'c', limitMs: start + 3 + 2 * hour }] })
    expect(store.calls(2)).toBe(noCalls)
    const routes: unknown[] = []
    const held: unknown[] = []
    await store.eachRoute((ordinal, key, byStart) => {
      const { seq, family, endMs, heldUntilMs } = byStart[0]!
      routes.push([ordinal, key, seq])
      held.push([family, heldUntilMs - endMs])
    })
    const exact = (party: number) => ({ kind: 'EXACT', party: String(party) })
    expect(routes).toEqual([
      [0, exact(10_000_001), 1],
      [0, exact(20_000_001), 1],
      [5, exact(10_000_002), 2],
      [5, exact(20_000_002), 2],
    ])
    const past = start + 3 + 2 * hour - (start + 1 + hour)
    expect(held).toEqual([past, past, 0, 0].map((ms) => ['PAIR', ms]))
    expect(store.openRun()).toMatchObject({ fromSeq: 1, sinceMs: start + 2 })
  })

  it('walks large tables in chunks without losing or repeating a row', async () => {
    const store = new ShardStore(open())
    const count = 4_500
    const page = (from: number) =>
      Array.from({ length: 500 }, (_, i) => allocated(from + i, { createdMs: start + from + i }))
    await write(
      store,
      Array.from({ length: count / 500 }, (_, i) => ({ nowMs: start, events: page(1 + i * 500) })),
    )
    const seqs = new Set<number>()
    let rows = 0
    await store.eachRoute((_ordinal, _key, byStart) => {
      seqs.add(byStart[0]!.seq)
      rows += 1
    })
    expect([seqs.size, rows]).toEqual([count, 2 * count])
    const recent: number[] = []
    await store.bindingsSince(start + 101, (binding) => recent.push(binding.seq))
    expect(recent).toEqual(Array.from({ length: count - 100 }, (_, i) => count - i))
    const stretch = store.bindingStretch(11, 20)!
    expect([stretch.fromSeq, stretch.toSeq]).toEqual([11, 31])
    expect(stretch.forgettable(start)).toBe(false)
    expect(stretch.forgettable(start + 11 + 1.5 * hour + DAY_MS)).toBe(true)
    expect(store.bindingStretch(count + 1, 20)).toBeUndefined()
  })

  it('gives back where the extensions of each number go on, however many numbers there are', async () => {
    const store = new ShardStore(open())
    const chosen = (n: number): ShardEvent => {
      const x = { ordinal: n, digits: '700123456780000' }
      const event = allocated(n, { mode: 'AXE', b: undefined, extension: '1234', x })
      return { ...event, nextExtension: n % 10 } as ShardEvent
    }
    const count = 2_500
    await write(store, [{ nowMs: start, events: Array.from({ length: count }, (_, i) => chosen(1 + i)) }])
    const seen: unknown[] = []
    await store.eachExtension((ordinal, next) => seen.push([ordinal, next]))
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => [1 + i, (1 + i) % 10]))
  })

  it('asks for long request ids to be gone through once a day', async () => {
    const store = new ShardStore(open())
    const event = allocated(1, { endMs: start + 9 * DAY_MS }) as Extract<ShardEvent, { type: 'allocated' }>
    const request = { id: 'long', fingerprint: 'f'.repeat(32) }
    await write(store, [{ nowMs: start, events: [{ ...event, request }] }])
    expect([7, 7, 8, 8].map((day) => store.hasRequestsBefore(day))).toEqual([true, false, true, false])
    expect(store.request(1, 1, 'long', start + DAY_MS)?.seq).toBe(1)
  })
})

describe('reader', () => {
  it('sees a commit after refresh, whatever it had read before (I6)', async () => {
    const environment = open('read')
    const store = new ShardStore(environment)
    const reader = new LmdbShardReader(openShardEnvironment(join(directory, 'read'), { readOnly: true }))
    const key = { kind: 'EXACT', party: '10000001' } as const
    expect(reader.reservations(0, key)).toEqual([])
    await write(store, [{ nowMs: start, events: [allocated(1, { userData: Buffer.from('hello') }), allocated(2)] }])
    reader.refresh()
    expect(reader.reservations(0, key).map((one) => one.callee)).toEqual(['20000001'])
    expect(Buffer.from(reader.userData(1)).toString()).toBe('hello')
    expect(reader.userData(2)).toEqual(new Uint8Array())
    expect(reader.binding(1)?.b?.number).toBe('20000001')
    expect(reader.binding(2 ** 52)).toBeUndefined()
    expect(reader.calls(1)).toBe(noCalls)
    expect(reader.bindingsBefore(Number.MAX_SAFE_INTEGER, 9).map((one) => one.seq)).toEqual([2, 1])
    expect(reader.bindingsBefore(2, 9).map((one) => one.seq)).toEqual([1])
    expect(reader.bindingsBefore(0, 9)).toEqual([])
    expect(reader.occupancy(0, start + 10)).toEqual({ live: 2, cooling: 0 })
    expect(reader.occupancy(0, start + hour + 10)).toEqual({ live: 0, cooling: 2 })
    expect(reader.occupancy(1, start)).toEqual({ live: 0, cooling: 0 })
    await write(store, [{ nowMs: start + 1, events: [called(1, start + 1, start + 2 * hour)] }])
    reader.refresh()
    expect(reader.calls(1).open).toMatchObject([{ id: 'c', answered: false }])
    expect(reader.reservations(0, key)[0]).toMatchObject({ heldUntilMs: start + 2 * hour })
    await reader.close()
  })

  it('knows whether a number has an extension that is still owned', async () => {
    const environment = open()
    const extension = allocated(1, {
      mode: 'AXE',
      extension: '1234',
      b: undefined,
      x: { ordinal: 3, digits: '700123' },
    })
    await write(new ShardStore(environment), [{ nowMs: start, events: [extension, allocated(2)] }])
    const reader = new LmdbShardReader(environment)
    reader.refresh()
    expect([3, 0, 4].map((ordinal) => reader.hasExtensions(ordinal, start))).toEqual([true, false, false])
    expect(reader.hasExtensions(3, start + 2 * hour)).toBe(false)
    expect(reader.reservations(3, { kind: 'EXTENSION', extension: '1234' })).toHaveLength(1)
  })

  it('I2: knows of no extension that is owned where a later binding replaced the one that a call holds, and is free', async () => {
    const environment = open()
    const onExtension = (n: number, startMs: number, endMs: number, freeAtMs: number) => {
      const x = { ordinal: 3, digits: '700123' }
      return allocated(n, { ...{ mode: 'AXE', extension: '1234', b: undefined, x }, startMs, endMs, freeAtMs })
    }
    const held = onExtension(1, start, start + 10, start + 20)
    const later = onExtension(2, start + 5, start + 6, start + 8)
    const store = new ShardStore(environment)
    await write(store, [{ nowMs: start, events: [held, later, called(1, start, start + hour)] }])
    const reader = new LmdbShardReader(environment)
    reader.refresh()
    expect([start, start + 7].map((ms) => reader.hasExtensions(3, ms))).toEqual([true, true])
    expect(reader.hasExtensions(3, start + 8)).toBe(false)
  })

  it('throws CorruptRecord with database and key instead of answering wrong bytes', async () => {
    const environment = open()
    await write(new ShardStore(environment), [{ nowMs: start, events: [allocated(1)] }])
    environment.transaction(() => {
      const route = environment.database('route')
      for (const { key, value } of [...route.getRange({})]) {
        const flipped = Uint8Array.from(value)
        flipped[5]! ^= 1
        route.putSync(key, flipped)
      }
    })
    const reader = new LmdbShardReader(environment)
    reader.refresh()
    expect(() => reader.reservations(0, { kind: 'EXACT', party: '10000001' })).toThrow(CorruptRecord)
    expect(() => reader.reservations(0, { kind: 'EXACT', party: '10000001' })).toThrow('database route, key 00000000')
  })
})

function placesOf(raw: Buffer, mark: string): number[] {
  const places: number[] = []
  for (let at = raw.indexOf(mark); at >= 0; at = raw.indexOf(mark, at + 1)) places.push(at)
  return places
}

describe('a run that is read back', () => {
  it('is the empty one for an empty journal', () => {
    expect(new ShardStore(open()).openRun()).toEqual(emptyRun)
  })
})
