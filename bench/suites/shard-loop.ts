/**
 * A shard's whole loop over its real store, durable, at steady state: half of
 * each batch allocates with a request id, half releases bindings at random. Then
 * reports of calls, half of which begin and half of which end. And what Resolve
 * reads of the same store.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ordinal, Seq } from '../../daemon/core/binding.js'
import type { Command } from '../../daemon/core/commands.js'
import type { DirectoryFact } from '../../daemon/core/directory.js'
import { openShardReader } from '../../daemon/store/lmdb-shard-reader.js'
import type { ShardReader } from '../../daemon/store/shard-reader.js'
import { openShardStore } from '../../daemon/store/shard-store.js'
import { type Granted, RunningLoop } from '../running-loop.js'
import { draws, proxyNumber, sampleAllocate, sampleNowMs, samplePool, sampleTenant } from '../sample.js'
import type { Scale, Suite, Task } from '../suite.js'

const liveBindings = 200_000
const numbers = 2_000
const batches = [16, 128, 1_024] as const
const fillBatch = 1_024
const reportBatch = 128
const readsPerCall = 256
const mapSizeBytes = 8 * 2 ** 30

export const shardLoopSuite: Suite = {
  name: 'shard-loop',
  async prepare(scale) {
    const directory = await mkdtemp(join(tmpdir(), 'xpool-bench-shard-'))
    const shard = new RunningShard(directory)
    await shard.fill(Math.ceil(liveBindings / scale.shrink))
    const reader = openShardReader(directory)
    return {
      tasks: [...batches.map((batch) => churn(shard, batch, scale)), reports(shard), read(reader, shard)],
      close: async () => {
        await reader.close()
        await shard.close()
        await rm(directory, { recursive: true })
      },
    }
  },
}

function churn(shard: RunningShard, batch: number, scale: Scale): Task {
  return {
    name: `shard loop, durable batch of ${batch} commands at ${liveBindings / 1_000} k live`,
    items: batch,
    run: async () => {
      // Tiny pools hold less than the largest batch would release.
      const ends = Math.min(batch / 2, Math.floor(shard.live.length / 2))
      await shard.submitAll(Array.from({ length: batch }, (_, i) => (i < ends ? shard.release() : shard.allocate())))
      if (scale.name === 'full' && shard.live.length < liveBindings / 2) throw new Error('the pool runs dry')
    },
  }
}

/** Each report rewrites the calls of its binding, and moves until when they hold its routes. */
function reports(shard: RunningShard): Task {
  const draw = draws(4)
  let open: Command[] = []
  return {
    name: `shard loop, durable batch of ${reportBatch} reports of calls`,
    items: reportBatch,
    run: async () => {
      const begun = Array.from({ length: reportBatch / 2 }, () => shard.call(draw()))
      await shard.submitAll([...open, ...begun.map(({ started }) => started)])
      open = begun.map(({ ended }) => ended)
    },
  }
}

function read(reader: ShardReader, shard: RunningShard): Task {
  const draw = draws(3)
  return {
    name: 'shard reader, route of a live binding, snapshot renewed every 64',
    items: readsPerCall,
    run: () => {
      for (let i = 0; i < readsPerCall; i += 1) {
        if (i % 64 === 0) reader.refresh()
        const { ordinal, party } = shard.witnesses[Math.floor(draw() * shard.witnesses.length)]!
        if (reader.reservations(ordinal, { kind: 'EXACT', party }).length === 0) throw new Error('a route is missing')
      }
    },
  }
}

/** A route that is live as long as the benchmark runs. */
interface Witness {
  readonly seq: Seq
  readonly ordinal: Ordinal
  readonly party: string
}

class RunningShard {
  readonly live: Seq[] = []
  readonly witnesses: Witness[] = []
  readonly #store
  readonly #loop: RunningLoop
  readonly #draw = draws(2)
  #next = 0
  #nextCall = 0
  #witnessesWanted = 0

  constructor(directory: string) {
    this.#store = openShardStore(directory, { mapSizeBytes })
    this.#loop = new RunningLoop(this.#store, fixedDirectory(), advancingClock())
  }

  async fill(count: number): Promise<void> {
    this.#witnessesWanted = Math.ceil(count / 10)
    await this.#loop.ready()
    while (this.live.length < count) {
      const batch = Math.min(fillBatch, count - this.live.length)
      await this.submitAll(Array.from({ length: batch }, () => this.allocate()))
    }
  }

  allocate(): Command {
    const index = this.#next
    this.#next += 1
    const request = { id: `request-${index}`, fingerprint: 'f'.repeat(32) }
    return { ...sampleAllocate(index, this.#draw()), request }
  }

  release(): Command {
    const at = Math.floor(this.#draw() * this.live.length)
    const seq = this.live[at]!
    this.live[at] = this.live.at(-1)!
    this.live.pop()
    return { type: 'release', seq, tenant: 1, reason: '' }
  }

  /** The two ends of a call on a binding that stays. */
  call(draw: number): { readonly started: Command; readonly ended: Command } {
    const { seq, party } = this.witnesses[Math.floor(draw * this.witnesses.length)]!
    const callId = `call-${this.#nextCall}`
    this.#nextCall += 1
    const report = { callId, atMs: undefined, caller: party, number: '', answered: false, cause: '' }
    return {
      started: { type: 'report-call', seq, report: { ...report, phase: 'STARTED' } },
      ended: { type: 'report-call', seq, report: { ...report, phase: 'ENDED' } },
    }
  }

  async submitAll(commands: readonly Command[]): Promise<void> {
    const outcomes = await this.#loop.submitAll(commands)
    outcomes.forEach((outcome, i) => {
      this.#take(commands[i]!, outcome)
    })
  }

  close(): Promise<void> {
    return this.#loop.close()
  }

  #take(command: Command, { seq }: Granted): void {
    if (command.type !== 'allocate') return
    if (this.witnesses.length >= this.#witnessesWanted) this.live.push(seq)
    else this.witnesses.push({ seq, ordinal: this.#store.binding(seq)!.x.ordinal, party: command.a.number })
  }
}

function fixedDirectory() {
  const digits = Array.from({ length: numbers }, (_, i) => proxyNumber(i))
  const facts: DirectoryFact[] = [
    { type: 'tenant', tenant: sampleTenant() },
    { type: 'pool', pool: samplePool() },
    { type: 'numbers', pool: 1, area: '', first: 0, digits, state: 'IN_SERVICE' },
  ]
  return {
    version: () => 1,
    load: async (take: (fact: DirectoryFact) => void) => {
      for (const fact of facts) take(fact)
      return 1
    },
    since: () => ({ facts: [], version: 1 }),
  }
}

function advancingClock(): () => number {
  const began = performance.now()
  return () => sampleNowMs + Math.floor(performance.now() - began)
}
