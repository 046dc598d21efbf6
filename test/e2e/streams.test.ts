/** Batches on streams: answered in the order asked, one bad item failing alone, limits refused item by item. */
import { setTimeout as pause } from 'node:timers/promises'
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { decodeError } from '../../daemon/client/error.js'
import { bounds } from '../../daemon/gateway/bounds.js'
import {
  AllocateRequest,
  type AllocateStreamItem,
  type AllocateStreamResponse,
  type AllocateStreamResult,
  AllocationServiceClient,
  ReleaseRequest,
  UpdateRequest,
} from '../../daemon/generated/xpool/v1/allocation.js'
import {
  Outcome,
  ResolutionServiceClient,
  ResolveRequest,
  ResolveStreamRequest,
  type ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { silentReader } from './silent-reader.js'
import { allocate, axb, gist, lend, person, type Wanted } from './world.js'

let data: string
let daemon: Daemon
let client: XpoolClient
let allocation: AllocationServiceClient
let resolution: ResolutionServiceClient

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
  client = daemon.connect()
  allocation = new AllocationServiceClient(daemon.grpc, credentials.createInsecure())
  resolution = new ResolutionServiceClient(daemon.grpc, credentials.createInsecure())
})

afterAll(async () => {
  allocation?.close()
  resolution?.close()
  await daemon?.stop()
  await removeFolder(data)
})

const question = (number: string, caller: string): ResolveRequest => ({
  ...ResolveRequest.decode(new Uint8Array()),
  ...{ number, caller },
})
const allocateItem = (wanted: Wanted): AllocateStreamItem => {
  const value = { ...AllocateRequest.decode(new Uint8Array()), ...wanted } as AllocateRequest
  return { command: { $case: 'allocate', value } }
}
const releaseItem = (bindingId: string): AllocateStreamItem => ({
  command: { $case: 'release', value: { ...ReleaseRequest.decode(new Uint8Array()), bindingId } },
})
const updateItem = (bindingId: string, orderId: string): AllocateStreamItem => ({
  command: { $case: 'update', value: { ...UpdateRequest.decode(new Uint8Array()), bindingId, orderId } },
})

interface Duplex<Request, Response> {
  write(request: Request): boolean
  on(event: 'data', listener: (response: Response) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  end(): unknown
}

/** Sends all batches at once; the answers by batch id. */
async function exchange<Request extends { batchId: number }, Response extends { batchId: number }>(
  stream: Duplex<Request, Response>,
  batches: readonly Request[],
): Promise<Map<number, Response>> {
  const answers = new Map<number, Response>()
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (answer) => answers.set(answer.batchId, answer))
    stream.on('error', reject)
    stream.on('end', resolve)
    for (const batch of batches) stream.write(batch)
    stream.end()
  })
  expect([...answers.keys()].toSorted((p, q) => p - q)).toEqual(batches.map((batch) => batch.batchId))
  return answers
}

const resolveAll = (requests: ResolveRequest[], batchId = 1) =>
  exchange<{ batchId: number; requests: ResolveRequest[] }, ResolveStreamResponse>(resolution.resolveStream(), [
    { batchId, requests },
  ])

const commandAll = async (items: AllocateStreamItem[]) => {
  const answers = await exchange<{ batchId: number; items: AllocateStreamItem[] }, AllocateStreamResponse>(
    allocation.allocateStream(),
    [{ batchId: 5, items }],
  )
  return answers.get(5)!.results
}

function summary({ result }: AllocateStreamResult): string {
  if (result?.$case === 'error') return `${status[result.value.code]} ${result.value.reason}`
  return result?.$case ?? 'nothing'
}

test('ResolveStream answers each batch in the order asked, and a bad question fails alone', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const { number: x } = await allocate(client, axb(lent, a, b))
  const stranger = person()
  const requests = [question(x, a), question('abc', a), question(x, stranger), question(x, b)]
  const answers = await resolveAll(requests)
  const { responses } = answers.get(1)!
  expect(responses.map((one) => (one.error === undefined ? gist(one) : one.error.reason))).toEqual([
    ...[`${b} sees ${x}`, 'INVALID_NUMBER', 'NO_BINDING', `${a} sees ${x}`],
  ])
  expect(responses[1]).toMatchObject({ outcome: Outcome.OUTCOME_UNSPECIFIED, error: { code: status.INVALID_ARGUMENT } })
})

test('many batches at once are matched by their ids', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const { number: x } = await allocate(client, axb(lent, a, b))
  const batches = Array.from({ length: 200 }, (_, i) => ({
    batchId: i + 1,
    requests: Array.from({ length: 1 + (i % 7) }, () => question(x, i % 2 === 0 ? a : b)),
  }))
  const answers = await exchange<(typeof batches)[number], ResolveStreamResponse>(resolution.resolveStream(), batches)
  for (const { batchId, requests } of batches) {
    const expected = requests.map(({ caller }) => `${caller === a ? b : a} sees ${x}`)
    expect(answers.get(batchId)!.responses.map(gist)).toEqual(expected)
  }
})

test('AllocateStream decides the items of one pool in order, and a bad item changes nothing', async () => {
  const lent = await lend(client, { numbers: 1, pool: { minCooldownMs: 0 } })
  const [a, b, c] = [person(), person(), person()]
  const made = await allocate(client, axb(lent, a, b, { cooldownMs: 0 }))
  const results = await commandAll([
    allocateItem(axb(lent, a, c)),
    updateItem(made.bindingId, 'from the stream'),
    releaseItem(made.bindingId),
    allocateItem(axb(lent, c, c)),
    { command: undefined },
    allocateItem(axb(lent, a, c, { requestId: 'twice' })),
    allocateItem(axb(lent, a, c, { requestId: 'twice' })),
    releaseItem('nothing'),
  ])
  expect(results.map(summary)).toEqual([
    ...['RESOURCE_EXHAUSTED POOL_EXHAUSTED', 'updated', 'released', 'INVALID_ARGUMENT SAME_PARTY'],
    ...[expect.stringContaining('INVALID_ARGUMENT'), 'allocated', 'allocated', 'NOT_FOUND BINDING_NOT_FOUND'],
  ])
  const twice = results.slice(5, 7).map(({ result }) => (result?.$case === 'allocated' ? result.value : undefined))
  expect(twice.map((one) => one!.replayed)).toEqual([false, true])
  expect(twice[1]!.binding!.bindingId).toBe(twice[0]!.binding!.bindingId)
  const { binding } = await client.getBinding({ bindingId: made.bindingId })
  expect(binding).toMatchObject({ orderId: 'from the stream', revision: 3 })
})

test('an item error carries what the unary error carries: counts by cause and when to retry', async () => {
  const lent = await lend(client, { numbers: 1 })
  const a = person()
  await allocate(client, axb(lent, a, person()))
  const [only] = await commandAll([allocateItem(axb(lent, a, person()))])
  expect(summary(only!)).toBe('RESOURCE_EXHAUSTED POOL_EXHAUSTED')
  const error = only!.result?.$case === 'error' ? only!.result.value : undefined
  expect(error!.metadata).toMatchObject({ candidates: '1', in_use_by_a: '1' })
  expect(error!.retryAfterMs).toBeGreaterThan(0)
})

test('I12: a batch over the limit is refused item by item and nothing of it happens; 1,024 items pass', async () => {
  const lent = await lend(client, { numbers: 2 })
  const items = (count: number) => Array.from({ length: count }, () => allocateItem(axb(lent, person(), person())))
  const refused = await commandAll(items(1_025))
  expect(refused).toHaveLength(1_025)
  expect(new Set(refused.map((one) => one.result?.$case))).toEqual(new Set(['error']))
  const { tenants } = await client.getStats({})
  expect(tenants.find((one) => one.tenant === lent.tenant)).toMatchObject({ liveBindings: 0 })
  const done = await commandAll(items(1_024))
  expect(new Set(done.map(summary))).toEqual(new Set(['allocated']))
  const asked = await resolveAll(Array.from({ length: 1_025 }, () => question(lent.numbers[0]!, person())))
  expect(asked.get(1)!.responses.every((one) => one.error !== undefined)).toBe(true)
})

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`http://${daemon.http}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

test.each([1, 2, 63, 1_023, 1_024])(
  'a batch of %i is answered item by item, on both kinds of stream',
  async (count) => {
    const lent = await lend(client, { numbers: 2 })
    const parties = Array.from({ length: count }, () => [person(), person()] as const)
    const made = await commandAll(parties.map(([a, b]) => allocateItem(axb(lent, a, b))))
    const numbers = made.map(({ result }) => (result?.$case === 'allocated' ? result.value.binding!.number : 'none'))
    const answers = await resolveAll(parties.map(([a], i) => question(numbers[i]!, a)))
    expect(answers.get(1)!.responses.map(gist)).toEqual(parties.map(([, b], i) => `${b} sees ${numbers[i]}`))
  },
)

test('a batch of none ends its stream and names the field; what came before it is answered', async () => {
  const stream = resolution.resolveStream()
  const answered: number[] = []
  stream.on('data', ({ batchId }: ResolveStreamResponse) => answered.push(batchId))
  const failed = new Promise<ServiceError>((resolve) => stream.on('error', resolve as (error: Error) => void))
  stream.write({ batchId: 1, requests: [question('700123456780000', '1001')] })
  stream.write({ batchId: 2, requests: [] })
  expect(decodeError(await failed)).toMatchObject({
    ...{ codeName: 'INVALID_ARGUMENT', reason: 'FIELD_REQUIRED' },
    metadata: { field: 'requests' },
  })
  expect(answered).toEqual([1])
})

test('a half-close is answered in full, however much is outstanding', async () => {
  const lent = await lend(client, { numbers: 1 })
  const batches = Array.from({ length: 64 }, (_, i) => ({
    batchId: i + 1,
    items: Array.from({ length: 8 }, () => allocateItem(axb(lent, person(), person()))),
  }))
  const answers = await exchange<(typeof batches)[number], AllocateStreamResponse>(allocation.allocateStream(), batches)
  const all = [...answers.values()].flatMap(({ results }) => results.map(summary))
  expect(all).toEqual(Array(512).fill('allocated'))
})

test('streams that are cancelled, or whose deadline passes, leave nothing behind', async () => {
  const lent = await lend(client, { numbers: 1 })
  const streams = Array.from({ length: 10 }, (_, i) =>
    allocation.allocateStream(new Metadata(), i % 2 === 0 ? {} : { deadline: Date.now() + 150 }),
  )
  const codes = streams.map((stream, i) => {
    stream.on('data', () => undefined)
    const failed = new Promise<number>((resolve) =>
      stream.on('error', (error) => resolve((error as ServiceError).code)),
    )
    for (let batchId = 1; batchId <= 4; batchId += 1) {
      stream.write({ batchId, items: [allocateItem(axb(lent, person(), person()))] })
    }
    if (i % 2 === 0) setTimeout(() => stream.cancel(), 20)
    return failed
  })
  const expected = streams.map((_, i) => (i % 2 === 0 ? status.CANCELLED : status.DEADLINE_EXCEEDED))
  expect(await Promise.all(codes)).toEqual(expected)
  await expect.poll(() => figure('xpool_streams')).toBe(0)
  await expect.poll(() => figure('xpool_stream_held_bytes')).toBe(0)
})

test('I12: whoever sends and never reads is not read from, costs bounded memory, and nobody else waits', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const { number: x } = await allocate(client, axb(lent, a, b, { userData: Buffer.alloc(2_048) }))
  // Small to answer by time, large to hold: an answer of 80 KiB to a message of 900 KiB, most of it in a field that nobody knows.
  const asked = ResolveStreamRequest.encode({ batchId: 1, requests: Array(40).fill(question(x, a)) }).finish()
  const unknown = Buffer.from([0x7a, 0xa0, 0xf7, 0x36])
  const message = Buffer.concat([asked, unknown, Buffer.alloc(900_000)])
  const memoryBefore = await daemon.anonymousMiB()
  const streams = 8
  const reader = silentReader(daemon.grpc, '/xpool.v1.ResolutionService/ResolveStream', message, streams)
  // What it takes in at most: answers that the transport has not taken, messages read ahead, one on its way at either end.
  const most = streams * (2 * bounds.readAheadMessages + 2)
  const few = streams * bounds.readAheadMessages
  await expect.poll(() => reader.sent(), { timeout: 20_000 }).toBeGreaterThan(few)
  const slowest: number[] = []
  for (let i = 0; i < 200; i += 1) {
    const startedMs = performance.now()
    expect(gist(await client.resolve({ number: x, caller: a }))).toBe(`${b} sees ${x}`)
    slowest.push(performance.now() - startedMs)
  }
  await pause(500)
  expect(reader.sent()).toBeLessThanOrEqual(most)
  expect(await figure('xpool_stream_held_bytes')).toBeLessThanOrEqual(
    bounds.streamBytesPerConnection + streams * bounds.batchBytes,
  )
  expect((await daemon.anonymousMiB()) - memoryBefore).toBeLessThan(400)
  expect(slowest.toSorted((p, q) => p - q)[100]).toBeLessThan(200)
  reader.stop()
  await expect.poll(() => figure('xpool_stream_held_bytes')).toBe(0)
})
