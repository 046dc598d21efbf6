/**
 * The asking side of a shard: what is submitted in one turn of the event loop
 * travels in one message per thread, for a message costs tens of microseconds
 * and a command in it a few.
 */
import type { MessagePort } from 'node:worker_threads'
import type { AllocateCommand, Command, Explanation } from '../core/commands.js'
import type { ShardCounts } from '../core/counts.js'
import { bounds } from './bounds.js'
import { fault } from './inbox.js'
import type { FromShards, QueryAnswer, SentCommand, SentQuery, ToShards } from './messages.js'
import type { ShardAnswer, ShardClient } from './shard-client.js'

interface Outbox {
  readonly port: MessagePort
  commands: SentCommand[]
  cancelled: number[]
  queries: SentQuery[]
}

/** The commands that one signal cancels, on one thread. */
interface Watched {
  readonly ids: Set<number>
  readonly outbox: Outbox
  readonly stop: () => void
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

export class PortShardClient implements ShardClient {
  readonly #outboxes: Outbox[]
  readonly #answers = new Map<number, (answer: ShardAnswer) => void>()
  readonly #queried = new Map<number, (answer: QueryAnswer) => void>()
  readonly #watched = new Map<AbortSignal, Watched>()
  #lastId = 0
  #flushing = false

  /**
   * @param ports one per thread that carries shards
   * @param threadOf which of them carries a shard
   */
  constructor(
    ports: readonly MessagePort[],
    private readonly threadOf: (shard: number) => number,
  ) {
    this.#outboxes = ports.map((port) => ({ port, commands: [], cancelled: [], queries: [] }))
    for (const port of ports) port.on('message', (message: FromShards) => this.#take(message))
  }

  /** Commands sent and not answered yet. */
  get outstanding(): number {
    return this.#answers.size
  }

  submit(shard: number, command: Command, deadlineMs: number, signal: AbortSignal | undefined): Promise<ShardAnswer> {
    const outbox = this.#outbox(shard)
    if (outbox === undefined) {
      return Promise.resolve(fault('SHARD_RESTARTING', 'no such shard', bounds.retryRestartingMs))
    }
    const id = this.#nextId()
    outbox.commands.push({ id, shard, command: owned(command), deadlineMs })
    this.#scheduleFlush()
    return new Promise((resolve) => {
      if (signal === undefined) {
        this.#answers.set(id, resolve)
        return
      }
      const watched = this.#watch(signal, outbox)
      watched.ids.add(id)
      this.#answers.set(id, (answer) => {
        watched.ids.delete(id)
        if (watched.ids.size === 0) watched.stop()
        resolve(answer)
      })
    })
  }

  /** One listener for all commands of a signal: a batch has one signal and up to 1,024 commands. */
  #watch(signal: AbortSignal, outbox: Outbox): Watched {
    const known = this.#watched.get(signal)
    if (known?.outbox === outbox) return known
    const ids = new Set<number>()
    const cancel = () => {
      outbox.cancelled.push(...ids)
      this.#scheduleFlush()
    }
    const stop = () => {
      signal.removeEventListener('abort', cancel)
      if (this.#watched.get(signal) === watched) this.#watched.delete(signal)
    }
    const watched: Watched = { ids, outbox, stop }
    signal.addEventListener('abort', cancel, { once: true })
    this.#watched.set(signal, watched)
    return watched
  }

  async counts(shard: number): Promise<ShardCounts> {
    const answer = await this.#ask({ shard, query: 'counts' })
    return typeof answer === 'object' && 'pools' in answer ? answer : { pools: [], tenants: [] }
  }

  async explain(shard: number, command: AllocateCommand): Promise<Explanation | undefined> {
    const answer = await this.#ask({ shard, query: 'explain', command: ownedAllocate(command) })
    return typeof answer === 'object' && 'outcome' in answer ? answer : undefined
  }

  /** Of these numbers, how many carry a reservation. */
  async occupied(shard: number, ordinals: readonly number[]): Promise<number> {
    const answer = await this.#ask({ shard, query: 'occupied', ordinals })
    if (typeof answer !== 'number') throw new Error(`no thread carries shard ${shard}`)
    return answer
  }

  close(): void {
    for (const { port } of this.#outboxes) port.close()
  }

  #ask(query: WithoutId<SentQuery>): Promise<QueryAnswer> {
    const outbox = this.#outbox(query.shard)
    if (outbox === undefined) return Promise.resolve(undefined)
    const id = this.#nextId()
    outbox.queries.push({ ...query, id })
    this.#scheduleFlush()
    return new Promise((resolve) => this.#queried.set(id, resolve))
  }

  #outbox(shard: number): Outbox | undefined {
    return this.#outboxes[this.threadOf(shard)]
  }

  #nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  #scheduleFlush(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    for (const outbox of this.#outboxes) {
      const { commands, cancelled, queries } = outbox
      if (commands.length + cancelled.length + queries.length === 0) continue
      outbox.commands = []
      outbox.cancelled = []
      outbox.queries = []
      outbox.port.postMessage({ commands, cancelled, queries } satisfies ToShards)
    }
  }

  #take({ answers, queried }: FromShards): void {
    for (const [id, answer] of answers) {
      this.#answers.get(id)?.(answer)
      this.#answers.delete(id)
    }
    for (const [id, answer] of queried) {
      this.#queried.get(id)?.(answer)
      this.#queried.delete(id)
    }
  }
}

/** A view into a larger buffer would be sent with the whole of it. */
function owned(command: Command): Command {
  if (command.type === 'allocate') return ownedAllocate(command)
  if (command.type !== 'update' || command.userData === undefined) return command
  return { ...command, userData: ownBytes(command.userData) }
}

function ownedAllocate(command: AllocateCommand): AllocateCommand {
  return { ...command, userData: ownBytes(command.userData) }
}

function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
}
