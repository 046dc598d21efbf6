/** The answering side of a port: hands commands to their loops and gathers the answers of one turn into one message. */
import type { MessagePort } from 'node:worker_threads'
import { bounds } from './bounds.js'
import { FlatReader, FlatWriter } from './flat.js'
import { writeAnswer } from './flat-answer.js'
import { readSent } from './flat-command.js'
import { fault, type Waiting } from './inbox.js'
import type { FromShards, QueryAnswer, SentCommand, SentQuery, ToShards } from './messages.js'
import type { ShardAnswer } from './shard-client.js'
import type { ShardLoop } from './shard-loop.js'

export class PortShardServer {
  readonly #open = new Map<number, Waiting>()
  readonly #answers = new FlatWriter()
  #queried: (readonly [number, QueryAnswer])[] = []
  #flushing = false

  constructor(
    private readonly port: MessagePort,
    private readonly loops: ReadonlyMap<number, ShardLoop>,
  ) {
    port.on('message', (message: ToShards) => this.#take(message))
  }

  close(): void {
    this.port.close()
  }

  #take({ commands, cancelled, queries }: ToShards): void {
    for (const id of cancelled ?? []) {
      const waiting = this.#open.get(id)
      if (waiting !== undefined) waiting.cancelled = true
    }
    if (commands !== undefined) {
      const from = new FlatReader(commands)
      while (from.hasMore) this.#submit(readSent(from))
    }
    for (const sent of queries ?? []) void this.#query(sent)
  }

  #submit({ id, shard, command, deadlineMs }: SentCommand): void {
    const answer = (given: ShardAnswer) => {
      this.#open.delete(id)
      writeAnswer(this.#answers, id, given)
      this.#scheduleFlush()
    }
    const loop = this.loops.get(shard)
    if (loop === undefined) {
      answer(fault('SHARD_RESTARTING', `shard ${shard} is not carried here`, bounds.retryRestartingMs))
      return
    }
    const waiting: Waiting = { command, deadlineMs, cancelled: false, answer }
    this.#open.set(id, waiting)
    loop.submit(waiting)
  }

  async #query(sent: SentQuery): Promise<void> {
    const loop = this.loops.get(sent.shard)
    const answer = await answerTo(loop, sent)
    // After the wait: a flush in between has put another list in place of the one that was here.
    this.#queried.push([sent.id, answer])
    this.#scheduleFlush()
  }

  /** Answers come in a row, right after a commit: one message at the end of that row. */
  #scheduleFlush(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    const answers = this.#answers.isEmpty ? undefined : this.#answers.take()
    const queried = this.#queried.length === 0 ? undefined : this.#queried
    if (queried !== undefined) this.#queried = []
    const message: FromShards = { answers, queried }
    this.port.postMessage(message, answers === undefined ? [] : [answers.numbers.buffer])
  }
}

async function answerTo(loop: ShardLoop | undefined, sent: SentQuery): Promise<QueryAnswer> {
  switch (sent.query) {
    case 'counts':
      return loop?.counts()
    case 'occupied':
      return loop?.occupied(sent.ordinals)
    case 'explain':
      return loop?.explain(sent.command)
  }
}
