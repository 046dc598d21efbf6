/**
 * What it costs to hand a batch of commands to another thread and to get its
 * answers: laid flat as the daemon does it, and as the structured clone of the
 * same objects. Both ends run in this thread, so that a figure is the work of both.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type Flat, FlatReader, FlatWriter } from '../../daemon/shard/flat.js'
import { readAnswer, writeAnswer } from '../../daemon/shard/flat-answer.js'
import { readSent, writeSent } from '../../daemon/shard/flat-command.js'
import type { FromShards, SentCommand, ToShards } from '../../daemon/shard/messages.js'
import type { ShardAnswer } from '../../daemon/shard/shard-client.js'
import { sampleAllocate, sampleBinding } from '../sample.js'
import type { Suite, Task } from '../suite.js'

const batches = [16, 128] as const
const nothing: Flat = { numbers: new Float64Array(0), text: '' }

export const shardPortSuite: Suite = {
  name: 'shard-port',
  async prepare() {
    const { port1, port2 } = new MessageChannel()
    return {
      tasks: batches.flatMap((batch) => [
        flatCommands(batch, port1, port2),
        flatAnswers(batch, port1, port2),
        cloned('commands', sentCommands(batch), port1, port2),
        cloned('answers', answers(batch), port1, port2),
      ]),
      close: async () => {
        port1.close()
        port2.close()
      },
    }
  },
}

function sentCommands(count: number): SentCommand[] {
  return Array.from({ length: count }, (_, id) => {
    const request = { id: `request-${id}`, fingerprint: 'f'.repeat(32) }
    const command = { ...sampleAllocate(id, 0.5), request, orderId: `order-${id}` }
    return { id, shard: 0, command, deadlineMs: Number.POSITIVE_INFINITY }
  })
}

/** As of allocations: with the binding that was made. */
function answers(count: number): ShardAnswer[] {
  return Array.from({ length: count }, (_, seq) => ({
    kind: 'decided',
    outcome: { ok: true, seq, replayed: false },
    position: 1,
    binding: sampleBinding(seq, seq),
  }))
}

function flatCommands(batch: number, from: MessagePort, to: MessagePort): Task {
  const commands = sentCommands(batch)
  const out = new FlatWriter()
  return {
    name: `shard port, ${batch} commands laid flat, there and read`,
    items: batch,
    run: () => {
      for (const command of commands) writeSent(out, command)
      const flat = out.take()
      from.postMessage({ commands: flat, cancelled: undefined, queries: undefined }, [flat.numbers.buffer])
      const arrived = receiveMessageOnPort(to)?.message as ToShards | undefined
      const reader = new FlatReader(arrived?.commands ?? nothing)
      let read = 0
      while (reader.hasMore) read += readSent(reader).command.type === 'allocate' ? 1 : 0
      if (read !== batch) throw new Error('a batch does not read back')
    },
  }
}

function flatAnswers(batch: number, from: MessagePort, to: MessagePort): Task {
  const given = answers(batch)
  const out = new FlatWriter()
  return {
    name: `shard port, ${batch} answers with bindings laid flat, there and read`,
    items: batch,
    run: () => {
      for (let id = 0; id < batch; id += 1) writeAnswer(out, id, given[id]!)
      const flat = out.take()
      from.postMessage({ answers: flat, queried: undefined }, [flat.numbers.buffer])
      const arrived = receiveMessageOnPort(to)?.message as FromShards | undefined
      const reader = new FlatReader(arrived?.answers ?? nothing)
      let read = 0
      while (reader.hasMore) read += readAnswer(reader).answer.kind === 'decided' ? 1 : 0
      if (read !== batch) throw new Error('a batch does not read back')
    },
  }
}

function cloned(what: string, items: readonly unknown[], from: MessagePort, to: MessagePort): Task {
  return {
    name: `shard port, ${items.length} ${what} by structured clone, there and read`,
    items: items.length,
    run: () => {
      from.postMessage(items)
      const arrived = receiveMessageOnPort(to)?.message as readonly unknown[] | undefined
      if (arrived?.length !== items.length) throw new Error('some are missing')
    },
  }
}
