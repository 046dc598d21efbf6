/** The loop over the real store, with a log that fails the way disks and owners do. */
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Binding } from '../core/binding.js'
import type { Command } from '../core/commands.js'
import type { DirectoryFact } from '../core/directory.js'
import { limits } from '../core/limits.js'
import { sampleAllocate, samplePool, sampleTenant } from '../core/testing.js'
import type { Page } from '../journal/page.js'
import {
  type CommitAnswer,
  type CommitRequest,
  InDoubt,
  type ShardLog,
  StorageUnavailable,
} from '../journal/shard-log.js'
import { releaseBoardMemory } from '../store/release-board.js'
import { openShardStore, type ShardStore } from '../store/shard-store.js'
import type { ShardAnswer } from './shard-client.js'
import { ShardLoop } from './shard-loop.js'

const t0 = 1_800_000_000_000
const digits = Array.from({ length: 4 }, (_, i) => String(700123456780000 + i))
const facts: readonly DirectoryFact[] = [
  { type: 'tenant', tenant: sampleTenant({ quotas: { ...sampleTenant().quotas, liveBindings: 2_600 } }) },
  { type: 'pool', pool: samplePool() },
  { type: 'numbers', pool: 1, area: '', first: 0, digits, state: 'IN_SERVICE' },
]

type Failure = 'no space' | 'in doubt, kept' | 'in doubt, lost' | 'fenced'

/** Fails the next commits as told, and else does what the real log does. */
function failing(log: ShardLog, failures: Failure[]): ShardLog {
  const commit = async (request: CommitRequest, apply: (page: Page) => void): Promise<CommitAnswer> => {
    const failure = failures.shift()
    if (failure === 'no space') throw new StorageUnavailable('injected: no space left')
    if (failure === 'fenced') return { fenced: true }
    if (failure === 'in doubt, lost') throw new InDoubt('injected: nothing kept')
    const answer = await log.commit(request, apply)
    if (failure === 'in doubt, kept') throw new InDoubt('injected: kept')
    return answer
  }
  return {
    acquire: (owner) => log.acquire(owner),
    commit,
    head: () => log.head(),
    follow: (from, signal) => log.follow(from, signal),
    truncate: (before) => log.truncate(before),
  }
}

class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'xpool-loop-'))
  readonly store: ShardStore
  readonly failures: Failure[] = []
  readonly told: string[] = []
  readonly commits: number[] = []
  readonly clock = { ms: t0, jumped: false, now: () => this.clock.ms }
  failAfterCommit = false
  readonly loop: ShardLoop
  readonly #running: Promise<void>

  /** @param boardMemory of the releases that rows do not tell yet */
  constructor(boardMemory = releaseBoardMemory()) {
    this.store = openShardStore(this.folder, { boardMemory })
    const tell = (what: string) => () => void this.told.push(what)
    this.loop = new ShardLoop({
      owner: 'test',
      log: failing(this.store.log, this.failures),
      store: this.store,
      directory: {
        version: () => 1,
        load: async (take) => {
          for (const fact of facts) take(fact)
          return 1
        },
        since: () => ({ facts: [], version: 1 }),
      },
      clock: this.clock,
      entropy: (count) => randomFillSync(new Uint8Array(count)),
      observer: {
        loaded: tell('loaded'),
        committed: ({ commands }) => void this.commits.push(commands),
        queued: () => undefined,
        refused: () => undefined,
        failed: tell('failed'),
        fenced: tell('fenced'),
        storageFull: tell('full'),
        storageResumed: tell('resumed'),
        inDoubt: tell('in doubt'),
      },
      nextTurn: async () => void (await nextTurn()),
      // Waits of the loop are for a real disk; here the next turn will do.
      sleep: async () => void (await sleep(1)),
      afterCommit: () => {
        if (!this.failAfterCommit) return
        this.failAfterCommit = false
        throw new Error('injected: right after a commit')
      },
    })
    this.#running = this.loop.run()
  }

  async ready(): Promise<void> {
    while (!this.loop.ready) await sleep(1)
  }

  send(command: Command, deadlineMs = Number.POSITIVE_INFINITY, cancelled = false): Promise<ShardAnswer> {
    return new Promise((answer) => this.loop.submit({ command, deadlineMs, cancelled, answer }))
  }

  allocate(i: number, change: Parameters<typeof sampleAllocate>[2] = {}): Promise<ShardAnswer> {
    return this.send(sampleAllocate(`138${String(i).padStart(8, '0')}`, `139${String(i).padStart(8, '0')}`, change))
  }

  async close(): Promise<void> {
    this.loop.stop()
    await this.#running
    await this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const told = (answer: ShardAnswer) =>
  answer.kind === 'fault' ? answer.fault : answer.outcome.ok ? 'OK' : answer.outcome.refusal.reason
const seqOf = (answer: ShardAnswer) => (answer.kind === 'decided' && answer.outcome.ok ? answer.outcome.seq : undefined)

/** A Buffer and a Uint8Array of the same bytes are the same user data. */
const plain = (binding: Binding | undefined) => binding && { ...binding, userData: [...binding.userData] }

let bench: Bench

beforeEach(async () => {
  bench = new Bench()
  await bench.ready()
})

afterEach(() => bench.close())

describe('a shard loop', () => {
  it('commits what came together in one page, and answers after it (I5)', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => bench.allocate(i)))
    expect(new Set(answers.map(told))).toEqual(new Set(['OK']))
    expect(bench.commits).toEqual([50])
    bench.store.refresh()
    for (const answer of answers) expect(bench.store.binding(seqOf(answer)!)).toBeDefined()
  })

  it('shows whoever waits the binding that every reader then finds, also one that changed again in the page (I6)', async () => {
    const first = await bench.allocate(1)
    const release = { type: 'release', seq: seqOf(first)!, tenant: 1, reason: 'done' } as const
    const answers = await Promise.all([bench.allocate(2), bench.send(release), bench.send(release)])
    bench.store.refresh()
    for (const answer of [first, ...answers]) {
      const shown = answer.kind === 'decided' ? answer.binding : undefined
      // The first has been released since.
      if (answer !== first) expect(plain(shown)).toEqual(plain(bench.store.binding(seqOf(answer)!)))
      else expect(shown).toMatchObject({ seq: seqOf(first), released: false })
    }
    expect(await bench.send(release)).toMatchObject({ binding: { released: true, releaseReason: 'done' } })
  })

  it('on a full disk does nothing of the batch, says so, and goes on with the same state when there is space (I5)', async () => {
    bench.failures.push('no space')
    expect(told(await bench.allocate(1, { request: { id: 'r', fingerprint: 'f'.repeat(32) } }))).toBe('STORAGE_FULL')
    const again = await bench.allocate(1, { request: { id: 'r', fingerprint: 'f'.repeat(32) } })
    expect([told(again), seqOf(again)]).toEqual(['OK', 1])
    expect(bench.told).toEqual(['loaded', 'full', 'resumed'])
    expect((await bench.loop.counts())?.tenants[0]?.liveBindings).toBe(1)
  })

  it('hands a page in doubt over again, and applies it once (I5)', async () => {
    bench.failures.push('in doubt, lost', 'in doubt, kept')
    expect(told(await bench.allocate(1))).toBe('OK')
    expect(bench.told).toEqual(['loaded', 'in doubt', 'in doubt'])
    expect(bench.store.log.head().seq).toBe(1)
  })

  it('after a fault tells its callers, reloads from the store, and has lost nothing that was durable (I5)', async () => {
    bench.failAfterCommit = true
    const kept = { request: { id: 'r', fingerprint: 'f'.repeat(32) } }
    expect(told(await bench.allocate(1, kept))).toBe('SHARD_RESTARTING')
    while (bench.told.length < 3) await sleep(1)
    await bench.ready()
    const again = await bench.allocate(1, kept)
    expect(again).toMatchObject({ outcome: { ok: true, seq: 1, replayed: true } })
    expect(bench.told).toEqual(['loaded', 'failed', 'loaded'])
  })

  it('stops for good when another owner has taken the journal', async () => {
    bench.failures.push('fenced')
    expect(told(await bench.allocate(1))).toBe('SHARD_RESTARTING')
    while (!bench.told.includes('fenced')) await sleep(1)
    expect(told(await bench.allocate(2))).toBe('SHUTTING_DOWN')
  })

  it('drops what is past its deadline, or whose caller is gone, before it is decided', async () => {
    const late = bench.send(sampleAllocate('13800000001', '13900000001'), t0)
    const gone = bench.send(sampleAllocate('13800000002', '13900000002'), Number.POSITIVE_INFINITY, true)
    expect([told(await late), told(await gone)]).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'])
    expect(bench.commits).toEqual([])
  })

  it('allocates nothing while the clock has jumped, and releases all the same (I9)', async () => {
    const seq = seqOf(await bench.allocate(1))!
    bench.clock.jumped = true
    expect(told(await bench.allocate(2))).toBe('CLOCK_JUMPED')
    expect(told(await bench.send({ type: 'release', seq, tenant: undefined, reason: '' }))).toBe('OK')
  })

  it('ends what is due, in pages of a bounded number, before it refuses anybody for it (I4, I12)', async () => {
    const many = 2_600
    expect(many).toBeGreaterThan(2 * limits.dueIdsPerPage)
    await Promise.all(Array.from({ length: many }, (_, i) => bench.allocate(i)))
    expect(told(await bench.allocate(many))).toBe('QUOTA_LIVE_BINDINGS')
    bench.clock.ms += 60_000
    const answers = await Promise.all(Array.from({ length: many }, (_, i) => bench.allocate(i)))
    expect(new Set(answers.map(told))).toEqual(new Set(['OK']))
    expect((await bench.loop.counts())?.tenants[0]?.liveBindings).toBe(many)
  })

  it('keeps a board of releases half empty, and tells in rows what it takes off it (I12)', async () => {
    await bench.close()
    // Holds eight.
    bench = new Bench(releaseBoardMemory(16))
    await bench.ready()
    const made = await Promise.all(Array.from({ length: 12 }, (_, i) => bench.allocate(i)))
    for (const answer of made) await bench.send({ type: 'release', seq: seqOf(answer)!, tenant: 1, reason: 'over' })
    expect(bench.store.releasesWaiting).toBeLessThanOrEqual(5)
    bench.store.refresh()
    for (const answer of made) {
      expect(bench.store.binding(seqOf(answer)!)).toMatchObject({ released: true, releaseReason: 'over' })
    }
  })

  it('refuses a command beyond what may wait (I12)', async () => {
    const waiting = Array.from({ length: 20_000 }, (_, i) => bench.allocate(i))
    const answers = await Promise.all(waiting)
    expect(new Set(answers.map(told))).toEqual(new Set(['OK', 'OVERLOADED', 'QUOTA_LIVE_BINDINGS']))
  })
})
