import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { Command } from '../core/commands.js'
import type { Waiting } from './inbox.js'
import { PortShardClient } from './port-shard-client.js'
import { PortShardServer } from './port-shard-server.js'
import type { ShardAnswer } from './shard-client.js'
import type { ShardLoop } from './shard-loop.js'

const forever = { deadlineMs: Number.POSITIVE_INFINITY, signal: undefined }
const ok = (seq: number): ShardAnswer => ({
  kind: 'decided',
  outcome: { ok: true, seq, replayed: false },
  position: 7,
})

/** A shard that keeps what it is given until told to answer. */
class HoldingLoop {
  readonly held: Waiting[] = []

  submit(waiting: Waiting): void {
    this.held.push(waiting)
  }
}

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

function pair() {
  const { port1, port2 } = new MessageChannel()
  const loop = new HoldingLoop()
  const server = new PortShardServer(port2, new Map([[0, loop as unknown as ShardLoop]]))
  const client = new PortShardClient([port1], (shard) => (shard < 2 ? 0 : -1))
  let messages = 0
  port1.on('message', () => {
    messages += 1
  })
  open.push(
    () => client.close(),
    () => server.close(),
  )
  const ask = (command: Command, patience: Parameters<PortShardClient['submit']>[2] = forever, shard = 0) =>
    new Promise<ShardAnswer>((resolve) => client.submit(shard, command, patience, resolve))
  return { loop, client, ask, port1, messages: () => messages }
}

function release(seq: number): Command {
  return { type: 'release', seq, tenant: 1, reason: '' }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    if (turns > 10_000) throw new Error('it never came to hold')
    await nextTurn()
  }
}

describe('commands through a port', () => {
  it('arrive in order, and each gets its own answer', async () => {
    const { loop, client, ask } = pair()
    const answers = Promise.all([1, 2, 3].map((seq) => ask(release(seq))))
    await until(() => loop.held.length === 3)
    expect(loop.held.map(({ command }) => command)).toEqual([1, 2, 3].map(release))
    expect(client.outstanding).toBe(3)
    for (const [i, waiting] of [...loop.held.entries()].reverse()) waiting.answer(ok(i + 1))
    expect(await answers).toEqual([ok(1), ok(2), ok(3)])
    expect(client.outstanding).toBe(0)
  })

  it('answers of one commit travel in one message', async () => {
    const { loop, ask, messages, port1 } = pair()
    const answers = Promise.all(Array.from({ length: 100 }, (_, i) => ask(release(i))))
    await until(() => loop.held.length === 100)
    const arrived = once(port1, 'message')
    loop.held.forEach((waiting, i) => {
      waiting.answer(ok(i + 1))
    })
    await arrived
    await answers
    expect(messages()).toBe(1)
  })

  it('carry their deadline, and say when nobody waits any more', async () => {
    const { loop, ask } = pair()
    const gone = new AbortController()
    const given = { deadlineMs: 5, signal: gone.signal }
    const answers = Promise.all([ask(release(1), given), ask(release(2), given), ask(release(3))])
    await until(() => loop.held.length === 3)
    expect(loop.held.map(({ deadlineMs }) => deadlineMs)).toEqual([5, 5, Number.POSITIVE_INFINITY])
    loop.held[0]!.answer(ok(1))
    await nextTurn()
    gone.abort()
    await until(() => loop.held[1]!.cancelled)
    expect(loop.held[2]!.cancelled).toBe(false)
    for (const waiting of loop.held.slice(1)) waiting.answer(ok(9))
    await answers
  })

  it('to a shard that no thread carries, or another one than this, are told to come again', async () => {
    const { ask } = pair()
    expect(await ask(release(1), forever, 2)).toMatchObject({ kind: 'fault', fault: 'SHARD_RESTARTING' })
    expect(await ask(release(1), forever, 1)).toMatchObject({ kind: 'fault', fault: 'SHARD_RESTARTING' })
  })
})
