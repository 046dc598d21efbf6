/** The threads that carry shards: started together, watched, and never replaced; a lost writer ends the process. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Log } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import type { InjectedFault, ThreadSettings } from './control.js'
import { watchBeat } from './heartbeat.js'
import type { ShardThreadSettings } from './shard-worker-settings.js'
import { Thread } from './thread.js'

/** A writer that shows no sign of life for so long is lost. */
const silenceMs = 5_000

export interface ShardThreadsOptions extends Omit<ThreadSettings, 'name' | 'heartbeat'> {
  readonly threads: number
}

export class ShardThreads {
  readonly threadOfShard: readonly number[]
  readonly #threads: Thread[]
  readonly #unwatch: (() => void)[] = []

  /** @param lost called when a writer is gone in any way but by `stop`; it must end the process */
  constructor(options: ShardThreadsOptions, lost: (writer: string, error: string) => void) {
    const { threads, ...shared } = options
    this.threadOfShard = Array.from({ length: options.shards }, (_, shard) => shard % threads)
    this.#threads = Array.from({ length: threads }, (_, index) => {
      const carries = this.threadOfShard.flatMap((thread, shard) => (thread === index ? [shard] : []))
      const heartbeat = new SharedArrayBuffer(4)
      const name = `shards-${index}`
      const settings: ShardThreadSettings = { ...shared, name, heartbeat, carries }
      const isLost = (error: unknown) => lost(name, errorFact(error))
      this.#unwatch.push(
        watchBeat(heartbeat, silenceMs, () => isLost(new Error(`no sign of life for ${silenceMs} ms`))),
      )
      return new Thread(
        new URL('./shard-worker.js', import.meta.url),
        { ...settings },
        { ask: async () => ({ type: 'failed', message: 'a shard asks nothing' }), lost: isLost },
      )
    })
  }

  /** Once all stores are open. */
  async opened(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.opened))
  }

  /** Once all shards are loaded. */
  async ready(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.ready))
  }

  /** A port to each thread, for one asker. */
  connect(): MessagePort[] {
    return this.#threads.map((thread) => {
      const { port1, port2 } = new MessageChannel()
      thread.givePort(port1)
      return port2
    })
  }

  async metrics(): Promise<{ thread: string; incarnation: number; metrics: object[] }[]> {
    return Promise.all(
      this.#threads.map(async (thread, index) => ({
        thread: `shards-${index}`,
        incarnation: 0,
        metrics: await thread.metrics(),
      })),
    )
  }

  inject(fault: InjectedFault): void {
    this.#threads[0]!.inject(fault)
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch()
    await Promise.all(this.#threads.map((thread) => thread.stop()))
  }
}

/** Ends the process where a writer is lost: a restart of the thread would hang for ever (docs/architecture.md). */
export function endProcess(log: Log): (writer: string, error: string) => void {
  return (writer, error) => {
    log('WRITER_LOST', { writer, error })
    process.kill(process.pid, 'SIGKILL')
  }
}
