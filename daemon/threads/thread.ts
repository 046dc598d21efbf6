/** The main thread's hold on one worker thread: start, control messages, metrics, an orderly end, and word of a disorderly one. */
import { type MessagePort, Worker } from 'node:worker_threads'
import type { FromThread, InjectedFault, MainAnswer, MainQuestion, ThreadSettings, ToThread } from './control.js'

export interface ThreadEvents {
  readonly ask: (question: MainQuestion) => Promise<MainAnswer>
  /** The thread is gone, or going, without having been asked to. */
  readonly lost: (error: unknown) => void
}

/** A thread that does not answer a scrape within this time is left out of it. */
const metricsWithinMs = 2_000

export class Thread {
  readonly #worker: Worker
  readonly #events: ThreadEvents
  readonly #metrics = new Map<number, (metrics: object[]) => void>()
  readonly #ready: Promise<number>
  readonly #exited: Promise<void>
  #stopping = false
  #lost = false
  #lastId = 0

  /** @param module the worker's file, next to the one that asks for it */
  constructor(module: URL, settings: ThreadSettings & Record<string, unknown>, events: ThreadEvents) {
    this.#events = events
    this.#worker = new Worker(module, { workerData: settings, name: settings.name })
    let ready!: (port: number) => void
    this.#ready = new Promise((resolve) => {
      ready = resolve
    })
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (message: FromThread) => this.#take(message, ready))
    this.#worker.on('error', (error) => this.#onLost(error))
    this.#worker.on('exit', (code) => this.#onLost(new Error(`thread ${settings.name} exited with ${code}`)))
  }

  /** Resolves with the port a gateway listens on, 0 for other threads. */
  get ready(): Promise<number> {
    return this.#ready
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

  #take(message: FromThread, ready: (port: number) => void): void {
    switch (message.type) {
      case 'ready':
        ready(message.port)
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

  #onLost(error: unknown): void {
    if (this.#lost) return
    this.#lost = true
    for (const answer of [...this.#metrics.values()]) answer([])
    if (!this.#stopping) this.#events.lost(error)
  }
}
