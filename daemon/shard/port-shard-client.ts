/**
 * The asking side of a shard: what is submitted in one turn of the event loop
 * travels in one message per thread, laid flat, for a message costs tens of
 * microseconds and a command in it one.
 */
import type { MessagePort } from 'node:worker_threads'
import type { AllocateCommand, Command, Explanation } from '../core/commands.js'
import type { ShardCounts } from '../core/counts.js'
import { bounds } from './bounds.js'
import { FlatReader, FlatWriter } from './flat.js'
import { readAnswer } from './flat-answer.js'
import { writeSent } from './flat-command.js'
import { fault } from './inbox.js'
import type { FromShards, QueryAnswer, SentQuery, ToShards } from './messages.js'
import type { Patience, ShardAnswer, ShardClient } from './shard-client.js'

interface Outbox {
  readonly port: MessagePort
  readonly commands: FlatWriter
  cancelled: number[]
  readonly watched: Map<AbortSignal, Watched>
  queries: SentQuery[]
}

/** The commands that one signal cancels, on one thread. */
interface Watched {
  readonly ids: Set<number>
  readonly stop: () => void
}

/** A command that was sent. */
interface Waiting {
  readonly answered: (answer: ShardAnswer) => void
  readonly watched: Watched | undefined
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never

export class PortShardClient implements ShardClient {
  readonly #outboxes: Outbox[]
  readonly #waiting = new Map<number, Waiting>()
  readonly #queried = new Map<number, (answer: QueryAnswer) => void>()
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
    this.#outboxes = ports.map((port) => ({
      port,
      commands: new FlatWriter(),
      cancelled: [],
      watched: new Map(),
      queries: [],
    }))
    for (const port of ports) port.on('message', (message: FromShards) => this.#take(message))
  }

  /** Commands sent and not answered yet. */
  get outstanding(): number {
    return this.#waiting.size
  }

  submit(
    shard: number,
    command: Command,
    { deadlineMs, signal }: Patience,
    answered: (answer: ShardAnswer) => void,
  ): void {
    const outbox = this.#outbox(shard)
    if (outbox === undefined) {
      answered(fault('SHARD_RESTARTING', 'no such shard', bounds.retryRestartingMs))
      return
    }
    const id = this.#nextId()
    writeSent(outbox.commands, { id, shard, command, deadlineMs })
    this.#scheduleFlush()
    this.#waiting.set(id, { answered, watched: signal && this.#watch(signal, outbox, id) })
  }

  /** One listener for all commands of a signal: a batch has one signal and up to 1,024 commands. */
  #watch(signal: AbortSignal, outbox: Outbox, id: number): Watched {
    const known = outbox.watched.get(signal)
    if (known !== undefined) {
      known.ids.add(id)
      return known
    }
    const ids = new Set<number>([id])
    const cancel = () => {
      outbox.cancelled.push(...ids)
      this.#scheduleFlush()
    }
    const stop = () => {
      signal.removeEventListener('abort', cancel)
      outbox.watched.delete(signal)
    }
    const watched: Watched = { ids, stop }
    signal.addEventListener('abort', cancel, { once: true })
    outbox.watched.set(signal, watched)
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
      const commands = outbox.commands.isEmpty ? undefined : outbox.commands.take()
      const cancelled = outbox.cancelled.length === 0 ? undefined : outbox.cancelled
      const queries = outbox.queries.length === 0 ? undefined : outbox.queries
      if (commands === undefined && cancelled === undefined && queries === undefined) continue
      if (cancelled !== undefined) outbox.cancelled = []
      if (queries !== undefined) outbox.queries = []
      const message: ToShards = { commands, cancelled, queries }
      outbox.port.postMessage(message, commands === undefined ? [] : [commands.numbers.buffer])
    }
  }

  #take({ answers, queried }: FromShards): void {
    if (answers !== undefined) this.#takeAnswers(new FlatReader(answers))
    for (const [id, answer] of queried ?? []) {
      this.#queried.get(id)?.(answer)
      this.#queried.delete(id)
    }
  }

  #takeAnswers(from: FlatReader): void {
    while (from.hasMore) {
      const { id, answer } = readAnswer(from)
      const waiting = this.#waiting.get(id)
      if (waiting === undefined) continue
      this.#waiting.delete(id)
      const { watched, answered } = waiting
      if (watched !== undefined) {
        watched.ids.delete(id)
        if (watched.ids.size === 0) watched.stop()
      }
      answered(answer)
    }
  }
}

/** A view into a larger buffer would be sent with the whole of it. */
function ownedAllocate(command: AllocateCommand): AllocateCommand {
  return { ...command, userData: ownBytes(command.userData) }
}

function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
}
