import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import {
  ReportCallRequest,
  ReportCallResponse,
  type ReportCallResult,
  type ReportCallStreamRequest,
  type ResolveRequest,
  ResolveResponse,
} from '../generated/xpool/v1/resolution.js'
import { CallPhase } from '../generated/xpool/v1/types.js'
import { type CannedMethods, type CannedServer, refused, serveCanned } from './canned-server.js'
import { connect, type XpoolClient } from './client.js'
import { errorOfItem, XpoolError } from './error.js'
import { complete } from './unary.js'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function against(methods: CannedMethods): Promise<{ client: XpoolClient; server: CannedServer }> {
  const server = await serveCanned(methods)
  const client = connect(server.address)
  cleanups.push(server.stop, () => client.close())
  return { client, server }
}

async function failure(call: Promise<unknown>): Promise<XpoolError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(XpoolError)
  return error as XpoolError
}

const blankAnswer = ResolveResponse.decode(Buffer.alloc(0))

test('a request carries what is given and leaves the rest at "not given"', async () => {
  const { client } = await against({
    allocate: ({ request }, answer) => {
      expect(request).toMatchObject({ pool: 'city', a: { number: '13800000001' }, number: '', members: [] })
      expect(request.cooldownMs).toBe(0)
      expect(request.graceMs).toBeUndefined()
      answer(null, { binding: undefined, replayed: true, position: Buffer.from([7]) })
    },
  })
  const a = { number: '13800000001', verificationRef: '' }
  const response = await client.allocate({ pool: 'city', a, cooldownMs: 0, graceMs: undefined })
  expect(response.replayed).toBe(true)
  expect([...response.position]).toEqual([7])
})

test('a refusal arrives with reason, metadata and the time of a retry', async () => {
  const { client } = await against({
    allocate: (_call, answer) =>
      answer(
        refused({
          code: status.RESOURCE_EXHAUSTED,
          reason: 'POOL_EXHAUSTED',
          message: 'no number fits',
          metadata: { in_use_by_a: '12' },
          retryAfterMs: 90_250,
        }),
      ),
  })
  const error = await failure(client.allocate({ pool: 'city' }))
  expect(error).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    codeName: 'RESOURCE_EXHAUSTED',
    reason: 'POOL_EXHAUSTED',
    domain: 'xpool',
    message: 'no number fits',
    metadata: { in_use_by_a: '12' },
    retryAfterMs: 90_250,
    unreachable: false,
  })
})

test('a shard that restarts is a refusal with a retry, not an unreachable server', async () => {
  const { client } = await against({
    release: (_call, answer) =>
      answer(
        refused({ code: status.UNAVAILABLE, reason: 'SHARD_RESTARTING', message: 'shard 0 loads', retryAfterMs: 1 }),
      ),
  })
  const error = await failure(client.release({ bindingId: 'x' }))
  expect(error).toMatchObject({ reason: 'SHARD_RESTARTING', unreachable: false, retryAfterMs: 1 })
})

test('details that do not parse leave code and message', async () => {
  const broken = refused({ code: status.NOT_FOUND, reason: 'X', message: 'no such pool' })
  broken.metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]))
  const { client } = await against({ getPool: (_call, answer) => answer(broken) })
  const error = await failure(client.getPool({ name: 'nowhere' }))
  expect(error).toMatchObject({ codeName: 'NOT_FOUND', reason: '', message: 'no such pool', retryAfterMs: undefined })
})

test('a method that the server does not know is neither a refusal of xpool nor unreachable', async () => {
  const { client } = await against({})
  const error = await failure(client.getStats({}))
  expect(error).toMatchObject({ codeName: 'UNIMPLEMENTED', domain: '', unreachable: false })
})

test('nothing listening is unreachable', async () => {
  const { client, server } = await against({})
  server.stop()
  expect(await failure(client.getStats({}))).toMatchObject({ codeName: 'UNAVAILABLE', unreachable: true })
})

test('a server that accepts and stays silent is unreachable after the timeout', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const port = (silent.address() as { port: number }).port
  const client = connect(`127.0.0.1:${port}`)
  cleanups.push(
    () => silent.close(),
    () => client.close(),
  )
  const error = await failure(client.getStats({}, { timeoutMs: 150 }))
  expect(error).toMatchObject({ codeName: 'DEADLINE_EXCEEDED', unreachable: true })
})

test('the deadline goes to the server, and a signal cancels', async () => {
  const cancelled: boolean[] = []
  const { client } = await against({
    getNumber: (call) => {
      expect(Number(call.getDeadline())).toBeLessThan(Date.now() + 5_000)
      call.on('cancelled', () => cancelled.push(true))
    },
  })
  const abort = new AbortController()
  const pending = failure(client.getNumber({ number: '7001' }, { timeoutMs: 4_000, signal: abort.signal }))
  await sleep(50)
  abort.abort()
  expect((await pending).codeName).toBe('CANCELLED')
  await expect.poll(() => cancelled).toEqual([true])
})

test('batches answered out of order reach whoever sent them', async () => {
  const held: (() => void)[] = []
  const { client } = await against({
    resolveStream: (call) => {
      call.on('data', ({ batchId, requests }) => {
        held.push(() =>
          call.write({
            batchId,
            responses: requests.map(({ caller }: ResolveRequest) => ({ ...blankAnswer, callee: caller })),
          }),
        )
        if (held.length === 2) for (const write of held.reverse()) write()
      })
      call.on('end', () => call.end())
    },
  })
  await using stream = client.resolveStream()
  const question = { number: '7001', caller: '', extension: '', media: 0, callId: '', after: Buffer.alloc(0) }
  const [one, two] = await Promise.all([
    stream.send([{ ...question, caller: '111' }]),
    stream.send([
      { ...question, caller: '222' },
      { ...question, caller: '333' },
    ]),
  ])
  expect(one!.map((r) => r.callee)).toEqual(['111'])
  expect(two!.map((r) => r.callee)).toEqual(['222', '333'])
})

test('I12: no more batches are on the wire than allowed, and results come in the order of the batches', async () => {
  let unanswered = 0
  let most = 0
  const { client } = await against({
    allocateStream: (call) => {
      call.on('data', async ({ batchId, items }) => {
        most = Math.max(most, ++unanswered)
        await sleep(batchId % 3)
        unanswered--
        const error = { code: 5, reason: 'POOL_NOT_FOUND', message: String(batchId), metadata: {} }
        call.write({ batchId, results: items.map(() => ({ result: { $case: 'error', value: error } })) })
      })
      call.on('end', () => call.end())
    },
  })
  await using stream = client.allocateStream(4)
  const item = { command: undefined }
  const seen: string[] = []
  for await (const results of stream.results(Array.from({ length: 100 }, () => [item]))) {
    const first = results[0]!.result
    if (first?.$case === 'error') seen.push(first.value.message)
  }
  expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => String(i + 1)))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
})

test('the error of one item reads as the error of a call', () => {
  const item = { code: status.NOT_FOUND, reason: 'POOL_NOT_FOUND', message: 'no', metadata: { field: 'pool' } }
  expect(errorOfItem({ ...item, retryAfterMs: 5 })).toMatchObject({ ...item, retryAfterMs: 5, unreachable: false })
  expect(errorOfItem(item).retryAfterMs).toBeUndefined()
})

test('a stream that breaks fails everything under way and everything after', async () => {
  const { client } = await against({
    resolveStream: (call) => {
      call.on('data', () =>
        call.emit('error', refused({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN', message: 'going down' })),
      )
    },
  })
  const stream = client.resolveStream(1, { lossesMax: 0 })
  const question = { number: '7001', caller: '1', extension: '', media: 0, callId: '', after: Buffer.alloc(0) }
  const errors = await Promise.all([failure(stream.send([question])), failure(stream.send([question]))])
  expect(errors.map((e) => e.reason)).toEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN'])
  expect((await failure(stream.send([question]))).reason).toBe('SHUTTING_DOWN')
  await stream.close()
})

test('an answer with the wrong number of results fails the stream', async () => {
  const { client } = await against({
    resolveStream: (call) => {
      call.on('data', ({ batchId }) => call.write({ batchId, responses: [] }))
    },
  })
  const stream = client.resolveStream()
  const question = { number: '7001', caller: '1', extension: '', media: 0, callId: '', after: Buffer.alloc(0) }
  expect((await failure(stream.send([question]))).codeName).toBe('INTERNAL')
  await expect(stream.send([])).rejects.toThrow(RangeError)
  await stream.close()
})

test('reports of calls go in batches, one bad one failing alone', async () => {
  const { client } = await against({
    reportCallStream: (call) => {
      call.on('data', ({ batchId, reports }: ReportCallStreamRequest) => {
        const error = { code: 5, reason: 'BINDING_NOT_FOUND', message: 'no', metadata: {} }
        const reported = complete(ReportCallResponse, { recorded: true })
        const results = reports.map(({ bindingId }): ReportCallResult => {
          const known = bindingId === '0a01'
          return { result: known ? { $case: 'reported', value: reported } : { $case: 'error', value: error } }
        })
        call.write({ batchId, results })
      })
      call.on('end', () => call.end())
    },
  })
  await using stream = client.reportCallStream()
  const report = complete(ReportCallRequest, { callId: 'c1', phase: CallPhase.CALL_PHASE_STARTED })
  const results = await stream.send([
    { ...report, bindingId: '0a01' },
    { ...report, bindingId: '0a02' },
  ])
  expect(results.map(({ result }) => result?.$case)).toEqual(['reported', 'error'])
})
