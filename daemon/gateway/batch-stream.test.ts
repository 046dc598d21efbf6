import { connect } from 'node:http2'
import { type ClientDuplexStream, credentials, Metadata, makeClientConstructor, status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import type { AllocateStreamResponse } from '../generated/xpool/v1/allocation.js'
import {
  Outcome,
  ResolveRequest,
  ResolveStreamRequest,
  type ResolveStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import { bounds } from './bounds.js'
import { batchMethod } from './raw-batch.js'
import { a, allocateRequest, b, refused, resolveRequest, serve, x } from './testing/serve.js'

type Served = Awaited<ReturnType<typeof serve>>

function next<Response>(stream: ClientDuplexStream<never, Response>): Promise<Response> {
  return new Promise((resolve, reject) => {
    stream.once('data', resolve)
    stream.once('error', reject)
  })
}

/** A stream whose messages are bytes as given. */
function rawStream(one: Served) {
  const Raw = makeClientConstructor({ stream: batchMethod('/xpool.v1.ResolutionService/ResolveStream') }, 'raw')
  const client = new Raw(one.address, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 })
  const open = client['stream'] as unknown as () => ClientDuplexStream<Buffer, Buffer>
  return { stream: open.call(client), close: () => client.close() }
}

function bytesOf(batch: ResolveStreamRequest): Buffer {
  return Buffer.from(ResolveStreamRequest.encode(batch).finish())
}

describe('ResolveStream', () => {
  test('answers in the order asked; one bad item fails alone', async () => {
    await using one = await serve()
    await one.allocate()
    const stream = one.resolution.resolveStream()
    stream.write({
      batchId: 7,
      requests: [resolveRequest({ caller: b }), resolveRequest({ number: 'x' }), resolveRequest()],
    })
    const { batchId, responses } = await next<ResolveStreamResponse>(stream as never)
    expect(batchId).toBe(7)
    expect(responses.map(({ outcome, callee }) => [outcome, callee])).toEqual([
      [Outcome.OUTCOME_CONNECT, a],
      [Outcome.OUTCOME_UNSPECIFIED, ''],
      [Outcome.OUTCOME_CONNECT, b],
    ])
    expect(responses[1]!.error).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: 'INVALID_NUMBER',
      metadata: { field: 'number' },
    })
    expect(await one.registry.metrics()).toContain('xpool_requests_total{method="ResolveStream",code="OK"} 2')
    stream.end()
  })

  test('ends with OK once the client has ended and all is answered', async () => {
    await using one = await serve()
    const stream = one.resolution.resolveStream()
    const answers: number[] = []
    stream.on('data', ({ batchId }: ResolveStreamResponse) => answers.push(batchId))
    for (let batchId = 1; batchId <= 40; batchId += 1) stream.write({ batchId, requests: [resolveRequest()] })
    stream.end()
    const { code } = await new Promise<{ code: number }>((resolve) => stream.once('status', resolve))
    expect(code).toBe(status.OK)
    expect(answers).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  })

  test('I12: a batch over the limits is refused item by item, and the stream goes on', async () => {
    await using one = await serve()
    const stream = one.resolution.resolveStream()
    const many = Array.from({ length: bounds.batchItems + 1 }, () => resolveRequest())
    stream.write({ batchId: 1, requests: many })
    const large = resolveRequest({ callId: 'c'.repeat(bounds.batchBytes) })
    const over = await next<ResolveStreamResponse>(stream as never)
    expect(over.responses).toHaveLength(bounds.batchItems + 1)
    expect(new Set(over.responses.map(({ error }) => error?.reason))).toEqual(new Set(['BATCH_TOO_LARGE']))
    stream.write({ batchId: 2, requests: [large, large] })
    const second = await next<ResolveStreamResponse>(stream as never)
    expect(second).toMatchObject({ batchId: 2, responses: [{ error: { reason: 'BATCH_TOO_LARGE' } }, {}] })
    stream.write({ batchId: 3, requests: [resolveRequest()] })
    expect((await next<ResolveStreamResponse>(stream as never)).responses[0]!.error).toBeUndefined()
    stream.end()
  })

  test.each([
    ['bytes that are no message', Buffer.from([0x12, 0xff]), 'MALFORMED_REQUEST'],
    ['a batch_id beyond 2^53', Buffer.from([0x08, ...Array(9).fill(0xff), 0x01]), 'INVALID_BATCH_ID'],
    [
      'items past all measure',
      Buffer.concat(Array(bounds.refusedItems + 1).fill(Buffer.from([0x12, 0]))),
      'BATCH_TOO_LARGE',
    ],
  ])('%s end the stream: there is no batch to answer', async (_name, bytes, reason) => {
    await using one = await serve()
    const { stream, close } = rawStream(one)
    const failed = new Promise((resolve) => stream.on('error', (error) => resolve(refused(error as never))))
    stream.on('data', () => {})
    stream.write(bytes)
    expect(await failed).toMatchObject({ code: status.INVALID_ARGUMENT, reason })
    close()
  })

  test('an empty batch ends its stream, and the error names the field', async () => {
    await using one = await serve()
    const streams = [
      ['requests', () => one.resolution.resolveStream().on('error', () => {}), { batchId: 1, requests: [] }],
      ['reports', () => one.resolution.reportCallStream().on('error', () => {}), { batchId: 1, reports: [] }],
      ['items', () => one.allocation.allocateStream().on('error', () => {}), { batchId: 1, items: [] }],
    ] as const
    for (const [field, open, batch] of streams) {
      const stream = open() as ClientDuplexStream<object, object>
      const failed = new Promise((resolve) => stream.on('error', (error) => resolve(refused(error as never))))
      stream.on('data', () => {})
      stream.write(batch)
      expect(await failed).toMatchObject({
        ...{ code: status.INVALID_ARGUMENT, reason: 'FIELD_REQUIRED' },
        metadata: { field },
      })
    }
  })

  test('I12: a client that does not read is not read from either', async () => {
    await using one = await serve()
    await one.allocate({ userData: Buffer.alloc(2_048) })
    const before = one.shard.refreshes
    // By hand: grpc-js's own client takes in what it is not asked for.
    const session = connect(`http://${one.address}`)
    const path = '/xpool.v1.ResolutionService/ResolveStream'
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
    const stream = session.request(headers)
    const message = bytesOf({ batchId: 1, requests: Array.from({ length: 256 }, () => resolveRequest()) })
    const head = Buffer.alloc(5)
    head.writeUInt32BE(message.length, 1)
    for (let i = 0; i < 200; i += 1) stream.write(Buffer.concat([head, message]))
    await expect.poll(() => one.shard.refreshes - before).toBe(bounds.batchesPerStream)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(one.shard.refreshes - before).toBe(bounds.batchesPerStream)
    expect(await one.resolve()).toHaveProperty('ok')
    stream.resume()
    await expect.poll(() => one.shard.refreshes - before, { timeout: 20_000 }).toBe(201)
    session.destroy()
  })

  test('I12: a connection has a greatest number of streams', async () => {
    await using one = await serve()
    const streams = Array.from({ length: bounds.streamsPerConnection }, () => one.resolution.resolveStream())
    for (const stream of streams) stream.on('error', () => {}).write({ batchId: 1, requests: [resolveRequest()] })
    await Promise.all(streams.map((stream) => next(stream as never)))
    const extra = one.resolution.resolveStream()
    extra.on('data', () => {})
    const failed = await new Promise((resolve) => extra.on('error', (error) => resolve(refused(error as never))))
    expect(failed).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'OVERLOADED', retryMs: 100 })
    for (const stream of streams) stream.cancel()
    await expect
      .poll(async () => {
        const again = one.resolution.resolveStream()
        again.on('error', () => {})
        again.write({ batchId: 1, requests: [resolveRequest()] })
        const came = await next(again as never).catch(() => undefined)
        again.cancel()
        return came
      })
      .toBeDefined()
  })
})

describe('AllocateStream', () => {
  test('submits the items of a batch in order and answers each for itself', async () => {
    await using one = await serve()
    const stream = one.allocation.allocateStream()
    const value = allocateRequest()
    stream.write({
      batchId: 3,
      items: [
        { command: { $case: 'allocate', value } },
        { command: undefined },
        { command: { $case: 'allocate', value: { ...value, a: { number: b, verificationRef: '' } } } },
        { command: { $case: 'release', value: { bindingId: 'nobody', reason: '', tenant: '' } } },
        { command: { $case: 'allocate', value: { ...value, number: x, orderId: 'second' } } },
      ],
    })
    const { batchId, results } = await next<AllocateStreamResponse>(stream as never)
    expect(batchId).toBe(3)
    expect(results.map(({ result }) => result?.$case)).toEqual(['allocated', 'error', 'error', 'error', 'allocated'])
    const reasons = results.map(({ result }) => (result?.$case === 'error' ? result.value.reason : ''))
    expect(reasons).toEqual(['', 'FIELD_REQUIRED', 'SAME_PARTY', 'BINDING_NOT_FOUND', ''])
    expect(one.shard.submitted).toMatchObject([{ orderId: '' }, { orderId: 'second' }])
    const made = results[0]!.result
    if (made?.$case !== 'allocated') throw new Error('not allocated')
    const { bindingId } = made.value.binding!
    stream.write({
      batchId: 4,
      items: [{ command: { $case: 'release', value: { bindingId, reason: 'r', tenant: 'demo' } } }],
    })
    const second = await next<AllocateStreamResponse>(stream as never)
    expect(second.results[0]).toMatchObject({
      result: { $case: 'released', value: { binding: { revision: 2, releaseReason: 'r' } } },
    })
    stream.end()
  })

  test('a batch that waits for its shard holds up no batch behind it that needs to wait for nothing', async () => {
    await using one = await serve()
    let open = () => {}
    one.shard.gate = new Promise((resolve) => {
      open = resolve
    })
    const stream = one.allocation.allocateStream()
    const answered: number[] = []
    stream.on('data', ({ batchId }: AllocateStreamResponse) => answered.push(batchId))
    const allocate = (change = {}) => ({ command: { $case: 'allocate', value: allocateRequest(change) } }) as const
    stream.write({ batchId: 1, items: [allocate()] })
    stream.write({ batchId: 2, items: [allocate({ b: { number: a, verificationRef: '' } })] })
    stream.end()
    await expect.poll(() => answered).toEqual([2])
    open()
    const { code } = await new Promise<{ code: number }>((resolve) => stream.once('status', resolve))
    expect([answered, code]).toEqual([[2, 1], status.OK])
  })

  test('a stream whose deadline passes aborts what it asked for', async () => {
    await using one = await serve()
    let open = () => {}
    one.shard.gate = new Promise((resolve) => {
      open = resolve
    })
    const stream = one.allocation.allocateStream(new Metadata(), { deadline: Date.now() + 200 })
    stream.on('data', () => {})
    const failed = new Promise<{ code: number }>((resolve) => stream.on('error', (error) => resolve(error as never)))
    stream.write({ batchId: 1, items: [{ command: { $case: 'allocate', value: allocateRequest() } }] })
    expect((await failed).code).toBe(status.DEADLINE_EXCEEDED)
    expect(one.shard.deadlines[0]).toBeLessThanOrEqual(one.clock.at + 200)
    await expect.poll(() => one.shard.signals[0]!.aborted).toBe(true)
    await expect.poll(() => one.registry.metrics()).toContain('xpool_streams 0')
    open()
  })

  test('a cancelled stream aborts what it asked for', async () => {
    await using one = await serve()
    let open = () => {}
    one.shard.gate = new Promise((resolve) => {
      open = resolve
    })
    const stream = one.allocation.allocateStream()
    stream.on('error', () => {})
    stream.write({ batchId: 1, items: [{ command: { $case: 'allocate', value: allocateRequest() } }] })
    await expect.poll(() => one.shard.signals.length).toBe(1)
    expect(one.shard.signals[0]!.aborted).toBe(false)
    stream.cancel()
    await expect.poll(() => one.shard.signals[0]!.aborted).toBe(true)
    open()
  })
})

test('a batch that is only a look at its outline names its id and counts its items', () => {
  const { requestDeserialize } = batchMethod('/any')
  const items = Array.from({ length: 2_000 }, () => ResolveRequest.decode(new Uint8Array(0)))
  const bytes = Buffer.from(
    ResolveStreamRequest.encode({
      batchId: 9,
      requests: items.map((item) => ({ ...item, callId: 'c'.repeat(20) })),
    }).finish(),
  )
  expect(requestDeserialize(bytes)).toEqual({ batchId: 9, items: 2_000 })
})
