/** What a crowd of watchers costs those who resolve: the same load without and with them, one after the other. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { AllocateResponse, ReleaseResponse } from '../../daemon/generated/xpool/v1/allocation.js'
import type { ResolveResponse } from '../../daemon/generated/xpool/v1/resolution.js'
import { type Connection, connect } from '../connections.js'
import type { Ledger } from '../ledger.js'
import {
  allocateRequest,
  checkAllocated,
  checkReleased,
  checkResolved,
  type Place,
  releaseRequest,
  resolveRequest,
} from '../messages.js'
import { partiesOf } from '../population.js'
import { fill, makePlace } from '../prepare.js'
import { Random } from '../random.js'
import { processCpuUs, processMemory } from '../server-cpu.js'
import { output, type ServerProcess } from '../server-process.js'
import { call } from '../unary.js'
import { paced } from './paced.js'
import type { Seen } from './watch-readers.js'

export interface WatchLoad {
  readonly readers: number
  /** Allocations and releases together, a second. */
  readonly events: number
  /** Resolves a second. */
  readonly resolves: number
  readonly live: number
  readonly durationMs: number
}

export interface WatchCost {
  /** CPU time of the server for each Resolve, the events' included, us. */
  readonly cpuUs: number
  /** Resolves answered a second. */
  readonly resolves: number
  /** The most private memory during the load, bytes. */
  readonly memory: number
  /** Events that were made. */
  readonly made: number
}

const connectionsOfLoad = 4
const connectionsOfReaders = 8
const memoryEveryMs = 250
const ttlMs = 3_600_000

/** A scene with live bindings, and the measurements on it. */
export class WatchScene {
  #next: number

  private constructor(
    readonly server: ServerProcess,
    readonly load: WatchLoad,
    readonly place: Place,
    readonly ledger: Ledger,
    readonly connections: readonly Connection[],
  ) {
    this.#next = load.live
  }

  static async make(server: ServerProcess, load: WatchLoad): Promise<WatchScene> {
    const connections = await connect(server.address, connectionsOfLoad)
    const place = await makePlace(connections[0]!, { run: 1, numbers: load.live, cooldownMs: 1_000 })
    const ledger = await fill(connections[0]!, place, { live: load.live, seed: 1, onProgress: () => undefined })
    return new WatchScene(server, load, place, ledger, connections)
  }

  close(): void {
    for (const connection of this.connections) connection.close()
  }

  async without(): Promise<WatchCost> {
    return await this.#measure()
  }

  /** @throws when a reader that reads misses an event */
  async with(): Promise<WatchCost & Seen> {
    const { server, place, load } = this
    const args = [server.address, place.tenant, String(load.readers), String(connectionsOfReaders)]
    const child = spawn(process.execPath, [output('loadtest/scripts/watch-readers.js'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
      if ((await lines.next()).value !== 'ready') throw new Error('the readers could not be opened')
      const cost = await this.#measure()
      const seen = await finish(child, lines, cost.made)
      if (seen.least !== cost.made || seen.most !== cost.made) {
        throw new Error(`${cost.made} events were made, and readers saw ${JSON.stringify(seen)}`)
      }
      return { ...cost, ...seen }
    } finally {
      child.kill()
    }
  }

  async #measure(): Promise<WatchCost> {
    const { pid } = this.server
    const { resolves, events, durationMs } = this.load
    let memory = 0
    const look = async (): Promise<void> => {
      memory = Math.max(memory, (await processMemory(pid)) ?? 0)
    }
    const timer = setInterval(() => void look(), memoryEveryMs)
    try {
      await look()
      const before = await processCpuUs(pid)
      const began = performance.now()
      const [resolved, pairs] = await Promise.all([
        paced(resolves, durationMs, (i) => this.#resolve(i)),
        paced(events / 2, durationMs, (i) => this.#allocateAndRelease(i)),
      ])
      const after = await processCpuUs(pid)
      if (before === undefined || after === undefined) throw new Error('the CPU time of the server cannot be read')
      const perSecond = resolved / ((performance.now() - began) / 1_000)
      return { cpuUs: (after - before) / resolved, resolves: perSecond, memory, made: pairs * 2 }
    } finally {
      clearInterval(timer)
    }
  }

  readonly #random = new Random(2)

  async #resolve(index: number): Promise<void> {
    const binding = this.ledger.pick(this.#random)!
    const { resolution } = this.connections[index % this.connections.length]!
    const request = resolveRequest(binding, true, '')
    const answer = await call<typeof request, ResolveResponse>(
      (asked, done) => resolution.resolve(asked, done),
      request,
    )
    checkResolved(answer, binding, true)
  }

  async #allocateAndRelease(index: number): Promise<void> {
    const { allocation } = this.connections[index % this.connections.length]!
    const parties = partiesOf(this.#next++, 1)
    const wanted = allocateRequest(this.place, parties, `watched-${this.#next}`, ttlMs)
    const made = await call<typeof wanted, AllocateResponse>((asked, done) => allocation.allocate(asked, done), wanted)
    const { id } = checkAllocated(made.binding, parties)
    const ending = releaseRequest(this.place, id)
    const ended = await call<typeof ending, ReleaseResponse>((asked, done) => allocation.release(asked, done), ending)
    checkReleased(ended.binding, id)
  }
}

async function finish(child: ChildProcess, lines: AsyncIterator<string>, made: number): Promise<Seen> {
  const ended = once(child, 'exit')
  child.stdin!.end(`${made}\n`)
  const line = (await lines.next()).value as string | undefined
  await ended
  if (line === undefined) throw new Error('the readers said nothing')
  return JSON.parse(line) as Seen
}
