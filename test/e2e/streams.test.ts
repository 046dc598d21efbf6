/** Batches on streams: answered in the order asked, one bad item failing alone, limits refused item by item. */
import { credentials, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
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
  type ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
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
