/** The main thread's hold on one worker thread: start, control messages, metrics, an orderly end, and word of a disorderly one. */
import { type MessagePort, Worker } from 'node:worker_threads'
import type { FromThread, InjectedFault, MainAnswer, MainQuestion, ThreadSettings, ToThread } from './control.js'

export interface ThreadEvents {
  readonly ask: (question: MainQuestion) => Promise<MainAnswer>
  /** The thread is gone, or going, without having been asked to. */
  readonly lost: (error: unknown) => void
}

/** With fault points a thread runs out of memory soon, so that a test need not fill the machine. */
const faultyHeapMb = 256
/** A thread that does not answer a scrape within this time is left out of it. */
const metricsWithinMs = 2_000

export class Thread {
  readonly #worker: Worker
  readonly #events: ThreadEvents
  readonly #metrics = new Map<number, (metrics: object[]) => void>()
  readonly #opened = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<number>()
  readonly #exited: Promise<void>
  #stopping = false
  #lost = false
  #lastId = 0

  /**
   * @param module the worker's file
   * @param ports those in `settings`, handed over
   */
  constructor(
    module: URL,
    settings: ThreadSettings & Record<string, unknown>,
    events: ThreadEvents,
    ports: readonly MessagePort[] = [],
  ) {
    this.#events = events
    const resourceLimits = {
      maxYoungGenerationSizeMb: 64,
      ...(settings.faultPoints && { maxOldGenerationSizeMb: faultyHeapMb }),
    }
    const options = { workerData: settings, name: settings.name, transferList: [...ports], resourceLimits }
    this.#worker = new Worker(module, options)
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    // Nobody may be waiting for them when they fail.
    this.#opened.promise.catch(() => undefined)
    this.#ready.promise.catch(() => undefined)
    this.#worker.on('message', (message: FromThread) => this.#take(message))
    this.#worker.on('error', (error) => this.#onLost(error))
    this.#worker.on('exit', (code) => this.#onLost(new Error(`thread ${settings.name} exited with ${code}`)))
  }

  /** Resolves when the thread's stores are open. Rejects when it cannot begin. */
  get opened(): Promise<void> {
    return this.#opened.promise
  }

  /** Resolves with the port a gateway listens on, 0 for other threads. Rejects when it cannot begin. */
  get ready(): Promise<number> {
    return this.#ready.promise
  }

  get exited(): Promise<void> {
    return this.#exited
  }

  givePort(port: MessagePort): void {
    this.#worker.postMessage({ type: 'port', port } satisfies ToThread, [port])
  }

  send(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  inject(fault: InjectedFault): void {
    this.send({ type: 'fault', fault })
  }

  async metrics(): Promise<object[]> {
    if (this.#lost) return []
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer([]), metricsWithinMs)
      const answer = (metrics: object[]) => {
        clearTimeout(timer)
        this.#metrics.delete(id)
        resolve(metrics)
      }
      this.#metrics.set(id, answer)
      this.send({ type: 'metrics', id })
    })
  }

  /** Asks the thread to finish and end. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (!this.#lost) this.send({ type: 'stop' })
    await this.#exited
  }

  /** Ends a thread that writes nothing (a gateway): readers may end at any time. */
  async terminate(): Promise<void> {
    this.#stopping = true
    await this.#worker.terminate()
  }

  #take(message: FromThread): void {
    switch (message.type) {
      case 'opened':
        this.#opened.resolve()
        break
      case 'ready':
        this.#ready.resolve(message.port)
        break
      case 'failed':
        this.#fail(new Error(message.message))
        break
      case 'metrics':
        this.#metrics.get(message.id)?.(message.metrics)
        break
      case 'ask':
        void this.#answer(message.id, message.question)
        break
      case 'stopped':
        this.#stopping = true
        break
    }
  }

  async #answer(id: number, question: MainQuestion): Promise<void> {
    const answer = await this.#events.ask(question).catch(
      (error: unknown): MainAnswer => ({
        type: 'failed',
        message: error instanceof Error ? error.message : String(error),
      }),
    )
    if (!this.#lost) this.send({ type: 'answer', id, answer })
  }

  #fail(error: unknown): void {
    this.#opened.reject(error)
    this.#ready.reject(error)
  }

  #onLost(error: unknown): void {
    if (this.#lost) return
    this.#lost = true
    this.#fail(error)
    for (const answer of [...this.#metrics.values()]) answer([])
    if (!this.#stopping) this.#events.lost(error)
  }
}
