/** The gateway threads: they share the port, and one that ends is started anew; readers may end at any time. */
import { randomBytes } from 'node:crypto'
import type { ConnectionSettings } from '../config/settings.js'
import type { NumberRule } from '../core/canonical-number.js'
import { shareMemory } from '../gateway/fair-share.js'
import { sealKeyBytes } from '../gateway/sealed-text.js'
import type { Log } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import type { InjectedFault, MainAnswer, MainQuestion, ThreadSettings } from './control.js'
import type { GatewayThreadSettings } from './gateway-worker-settings.js'
import type { ShardThreads } from './shard-threads.js'
import { Thread } from './thread.js'

export interface GatewayThreadsOptions extends Omit<ThreadSettings, 'name' | 'heartbeat'> {
  readonly gateways: number
  readonly listen: { readonly host: string; readonly port: number }
  readonly connections: ConnectionSettings
  readonly numberRules: readonly NumberRule[]
  readonly shardThreads: ShardThreads
  readonly ask: (question: MainQuestion) => Promise<MainAnswer>
  readonly log: Log
}

interface Place {
  thread: Thread
  incarnation: number
}

/** A gateway that cannot start again is tried so often, and so far apart. */
const restarts = { times: 20, apartMs: 250 } as const

export class GatewayThreads {
  readonly #places: Place[] = []
  readonly #options: GatewayThreadsOptions
  /** A page that one thread began, another may go on with. */
  readonly #pageKey: Uint8Array = randomBytes(sealKeyBytes)
  /** How many connections each of them has. */
  readonly #shares: SharedArrayBuffer
  #port = 0
  #shared = false
  #shardsReady = false
  #stopping = false

  private constructor(options: GatewayThreadsOptions) {
    this.#options = options
    this.#shares = shareMemory(options.gateways)
  }

  /** Resolves when all of them listen; rejects when the address cannot be had. */
  static async start(options: GatewayThreadsOptions): Promise<GatewayThreads> {
    const gateways = new GatewayThreads(options)
    await gateways.#start()
    return gateways
  }

  /** The port taken, also where any was asked for. */
  get port(): number {
    return this.#port
  }

  get count(): number {
    return this.#places.length
  }

  /** The shards take commands: health says so. */
  setReady(): void {
    this.#shardsReady = true
    for (const { thread } of this.#places) thread.send({ type: 'shards-ready' })
  }

  async metrics(): Promise<{ thread: string; incarnation: number; metrics: object[] }[]> {
    return Promise.all(
      this.#places.map(async ({ thread, incarnation }, index) => ({
        thread: `gateway-${index}`,
        incarnation,
        metrics: await thread.metrics(),
      })),
    )
  }

  inject(fault: InjectedFault): void {
    this.#places[0]!.thread.inject(fault)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#places.map(({ thread }) => thread.stop()))
  }

  async #start(): Promise<void> {
    const { gateways, log } = this.#options
    this.#shared = gateways > 1
    try {
      await this.#first()
    } catch (error) {
      if (!this.#shared) throw error
      // The platform cannot share a port (macOS, Windows), or the address cannot be had at all: then this throws too.
      this.#shared = false
      await this.#first()
      log('PORT_NOT_SHARED', { wanted: gateways, error: errorFact(error) })
      return
    }
    const others = Array.from({ length: gateways - 1 }, (_, i) => this.#begin(i + 1, 0))
    this.#places.push(...others.map((thread) => ({ thread, incarnation: 0 })))
    await Promise.all(others.map((thread) => thread.ready))
  }

  /** The first one finds the port where any free one was asked for. */
  async #first(): Promise<void> {
    this.#port = this.#options.listen.port
    const thread = this.#begin(0, 0)
    this.#port = await thread.ready
    this.#places.push({ thread, incarnation: 0 })
  }

  #begin(index: number, incarnation: number): Thread {
    const { dataDir, shards, logLevel, clockMemory, directoryMemory, commitsMemory, boardMemories, faultPoints } =
      this.#options
    const { listen, connections, numberRules, shardThreads, ask } = this.#options
    const { spread, ...rules } = connections
    const share = spread && this.#shared ? { memory: this.#shares, index } : undefined
    const ports = shardThreads.connect()
    const settings: GatewayThreadSettings = {
      ...{
        dataDir,
        shards,
        logLevel,
        clockMemory,
        directoryMemory,
        commitsMemory,
        boardMemories,
        faultPoints,
        numberRules,
        ports,
      },
      name: `gateway-${index}`,
      heartbeat: new SharedArrayBuffer(4),
      listen: { host: listen.host, port: this.#port, shared: this.#shared },
      connections: { ...rules, share },
      pageKey: this.#pageKey,
      threadOfShard: shardThreads.threadOfShard,
    }
    const lost = (error: unknown) => this.#lost(index, incarnation, error)
    const module = new URL('./gateway-worker.js', import.meta.url)
    const thread = new Thread(module, { ...settings }, { ask, lost }, ports)
    if (this.#shardsReady) thread.send({ type: 'shards-ready' })
    return thread
  }

  /** A gateway that served and is gone is replaced; one that never began is told by its `ready`. */
  #lost(index: number, incarnation: number, error: unknown): void {
    const place = this.#places[index]
    if (this.#stopping || place === undefined || place.incarnation !== incarnation) return
    this.#options.log('GATEWAY_LOST', { gateway: index, error: errorFact(error) })
    void this.#replace(index, incarnation + 1, restarts.times)
  }

  async #replace(index: number, incarnation: number, timesLeft: number): Promise<void> {
    const thread = this.#begin(index, incarnation)
    try {
      await thread.ready
      this.#places[index] = { thread, incarnation }
    } catch (error) {
      this.#options.log('GATEWAY_LOST', { gateway: index, error: errorFact(error) })
      if (this.#stopping || timesLeft === 0) return
      setTimeout(() => void this.#replace(index, incarnation + 1, timesLeft - 1), restarts.apartMs)
    }
  }
}
