/** Streams of batches that outlive their connections. */
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerDuplexStream, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import {
  AllocateRequest,
  type AllocateStreamItem,
  type AllocateStreamRequest,
  type AllocateStreamResponse,
} from '../generated/xpool/v1/allocation.js'
import {
  ResolveRequest,
  ResolveResponse,
  type ResolveStreamRequest,
  type ResolveStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import { type CannedMethods, refused, serveCanned } from './canned-server.js'
import { connect } from './client.js'
import type { XpoolError } from './error.js'
import { complete } from './unary.js'

type ResolveCall = ServerDuplexStream<ResolveStreamRequest, ResolveStreamResponse>
type AllocateCall = ServerDuplexStream<AllocateStreamRequest, AllocateStreamResponse>

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

/** A client of a canned server, through a wire that a test can cut. */
async function against(methods: CannedMethods) {
  const server = await serveCanned(methods)
  const wire = await cuttable(server.address)
  const client = connect(`127.0.0.1:${wire.port}`)
  cleanups.push(server.stop, wire.stop, () => client.close())
  return { client, cut: wire.cut }
}

async function cuttable(address: string) {
  const [host, port] = address.split(':') as [string, string]
  const open = new Set<Socket>()
  const wire = createServer((near) => {
    const far = connectTo(Number(port), host)
    near.pipe(far).pipe(near)
    for (const end of [near, far]) {
      open.add(end)
      end.on('error', () => undefined).on('close', () => open.delete(end))
    }
  })
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const end of open) end.destroy()
  }
  return { port: (wire.address() as { port: number }).port, cut, stop: () => void wire.close() }
}

const question = (caller: string): ResolveRequest => complete(ResolveRequest, { number: '7001', caller })
const echo = ({ batchId, requests }: ResolveStreamRequest): ResolveStreamResponse => ({
  batchId,
  responses: requests.map(({ caller }) => complete(ResolveResponse, { callee: caller })),
})
const allocateItem = (requestId: string): AllocateStreamItem => ({
  command: { $case: 'allocate', value: complete(AllocateRequest, { pool: 'city', requestId }) },
})
const aged = () => refused({ code: status.UNAVAILABLE, reason: 'CONNECTION_AGED', message: 'old', retryAfterMs: 0 })

describe('a stream of batches', () => {
  test('goes on where the daemon ends it for the age of its connection: nothing is lost, nothing sent twice', async () => {
    const read: number[] = []
    let streams = 0
    const { client } = await against({
      resolveStream: (call: ResolveCall) => {
        streams += 1
        let left = 3
        call.on('data', (batch: ResolveStreamRequest) => {
          if (left === 0) return
          left -= 1
          read.push(batch.batchId)
          call.write(echo(batch))
          if (left === 0) call.emit('error', aged())
        })
        call.on('end', () => call.end())
      },
    })
    await using stream = client.resolveStream(8)
    const callers = Array.from({ length: 30 }, (_, i) => String(i))
    const answers = await Promise.all(callers.map((caller) => stream.send([question(caller)])))
    expect(answers.map(([only]) => only!.callee)).toEqual(callers)
    expect(read.toSorted((p, q) => p - q)).toEqual(callers.map((_, i) => i + 1))
    expect(streams).toBeGreaterThanOrEqual(10)
  })

  test('moves to another stream from time to time, and half-closes the old one behind its last answer', async () => {
    const ended: number[] = []
    let streams = 0
    const { client } = await against({
      resolveStream: (call: ResolveCall) => {
        streams += 1
        let unanswered = 0
        call.on('data', async (batch: ResolveStreamRequest) => {
          unanswered += 1
          await sleep(20)
          unanswered -= 1
          call.write(echo(batch))
        })
        call.on('end', () => {
          ended.push(unanswered)
          call.end()
        })
      },
    })
    const lost: XpoolError[] = []
    await using stream = client.resolveStream(4, { legAgeMs: 50, onLost: (error) => lost.push(error) })
    const batches = Array.from({ length: 60 }, (_, i) => [question(String(i))])
    const seen: string[] = []
    for await (const [only] of stream.results(batches)) seen.push(only!.callee)
    expect(seen).toEqual(batches.map(([only]) => only!.caller))
    await stream.close()
    expect(streams).toBeGreaterThan(2)
    expect(ended).toEqual(Array(streams).fill(0))
    expect(lost).toEqual([])
  })

  test('sends questions again when the connection is cut', async () => {
    let cut = () => {}
    let held = true
    const setUp = await against({
      resolveStream: (call: ResolveCall) => {
        call.on('data', (batch: ResolveStreamRequest) => {
          if (held) cut()
          else call.write(echo(batch))
          held = false
        })
        call.on('end', () => call.end())
      },
    })
    cut = setUp.cut
    const lost: string[] = []
    await using stream = setUp.client.resolveStream(4, { onLost: ({ codeName }) => lost.push(codeName) })
    const answers = await Promise.all(['1', '2', '3'].map((caller) => stream.send([question(caller)])))
    expect(answers.map(([only]) => only!.callee)).toEqual(['1', '2', '3'])
    expect(lost).toHaveLength(1)
  })

  test('an allocation without a request id is not sent twice: the caller must look what came of it', async () => {
    const seen: (string | undefined)[] = []
    let cut = () => {}
    let streams = 0
    const setUp = await against({
      allocateStream: (call: AllocateCall) => {
        streams += 1
        const first = streams === 1
        call.on('data', ({ batchId, items }: AllocateStreamRequest) => {
          const [only] = items
          seen.push(only?.command?.$case === 'allocate' ? only.command.value.requestId : undefined)
          const error = { code: 5, reason: 'POOL_NOT_FOUND', message: '', metadata: {} }
          if (!first) call.write({ batchId, results: [{ result: { $case: 'error', value: error } }] })
          else if (seen.length === 2) cut()
        })
        call.on('end', () => call.end())
      },
    })
    cut = setUp.cut
    await using stream = setUp.client.allocateStream()
    const came = await Promise.allSettled([stream.send([allocateItem('r1')]), stream.send([allocateItem('')])])
    expect(came.map((one) => one.status)).toEqual(['fulfilled', 'rejected'])
    expect(seen).toEqual(['r1', '', 'r1'])
    await expect(stream.send([allocateItem('r2')])).resolves.toHaveLength(1)
  })

  test('fails for good after so many losses in a row', async () => {
    let streams = 0
    const { client } = await against({
      resolveStream: (call: ResolveCall) => {
        streams += 1
        call.on('data', () => call.emit('error', aged()))
      },
    })
    const lost: number[] = []
    const stream = client.resolveStream(1, { lossesMax: 2, onLost: (_error, waitMs) => lost.push(waitMs) })
    const failed = await Promise.allSettled([stream.send([question('1')]), stream.send([question('2')])])
    expect(failed.map((one) => one.status === 'rejected' && (one.reason as XpoolError).reason)).toEqual([
      'CONNECTION_AGED',
      'CONNECTION_AGED',
    ])
    expect(streams).toBe(3)
    expect(lost[0]).toBe(0)
    expect(lost[1]).toBeGreaterThan(0)
    await expect(stream.send([question('3')])).rejects.toMatchObject({ reason: 'CONNECTION_AGED' })
    await stream.close()
  })

  test('an idle one that the daemon ends costs nothing, and the next batch opens another', async () => {
    const calls: ResolveCall[] = []
    const { client } = await against({
      resolveStream: (call: ResolveCall) => {
        calls.push(call)
        call.on('data', (batch: ResolveStreamRequest) => call.write(echo(batch)))
        call.on('end', () => call.end())
      },
    })
    const lost: XpoolError[] = []
    const stream = client.resolveStream(4, { lossesMax: 0, onLost: (error) => lost.push(error) })
    await stream.send([question('1')])
    calls[0]!.emit('error', aged())
    await sleep(50)
    expect((await stream.send([question('2')]))[0]!.callee).toBe('2')
    expect([calls.length, lost.length]).toEqual([2, 0])
    await stream.close()
  })
})
