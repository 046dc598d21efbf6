/** Watches over real gRPC, on journals in memory. */
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WatchSystemResponse } from '../../generated/xpool/v1/administration.js'
import type { WatchResponse } from '../../generated/xpool/v1/allocation.js'
import { WatchKind } from '../../generated/xpool/v1/types.js'
import { nowMs, refused, serve, x } from '../testing/serve.js'

let served: Awaited<ReturnType<typeof serve>>
beforeEach(async () => {
  served = await serve()
})
afterEach(async () => {
  await served[Symbol.asyncDispose]()
})

type Response = WatchResponse | WatchSystemResponse

function follow(stream: ClientReadableStream<Response>) {
  const responses: Response[] = []
  const errors: ServiceError[] = []
  stream.on('data', (response: Response) => responses.push(response))
  stream.on('error', (error: ServiceError) => errors.push(error))
  return {
    responses,
    errors,
    cancel: () => stream.cancel(),
    get events() {
      return responses.flatMap(({ events }) => events)
    },
    token: () => responses.at(-1)?.resumeToken ?? '',
  }
}

const watch = (change: { tenant?: string; resumeToken?: string; kinds?: WatchKind[] } = {}) =>
  follow(served.allocation.watch({ tenant: 'demo', resumeToken: '', kinds: [], ...change }))
const watchSystem = () => follow(served.administration.watchSystem({ resumeToken: '', kinds: [] }))

async function watchersNow(): Promise<number | undefined> {
  return (await served.registry.getSingleMetric('xpool_watch_watchers')!.get()).values[0]?.value
}

async function watchers(count: number): Promise<void> {
  await vi.waitFor(async () => expect(await watchersNow()).toBe(count))
}

/** As the shard would journal it. */
async function allocate(): Promise<void> {
  const came = await served.allocate()
  expect(came).toHaveProperty('ok')
  const binding = [...served.shard.bindings.values()].at(-1)!
  served.journals.shard.append({
    nowMs,
    events: [{ type: 'allocated', binding, request: undefined, nextExtension: undefined }],
  })
}

test('a tenant is told, an operator too but for the parties, and a broken watch goes on behind its token', async () => {
  const [own, system] = [watch(), watchSystem()]
  await vi.waitFor(() => expect([own.token(), system.token()]).not.toContain(''))
  await allocate()
  await vi.waitFor(() => expect([own.events.length, system.events.length]).toEqual([1, 1]))
  expect(own.events[0]).toMatchObject({ kind: WatchKind.WATCH_KIND_ALLOCATED, tenant: 'demo', binding: { number: x } })
  expect(own.events[0]?.binding?.a?.number).toBe('13800000001')
  expect(system.events[0]?.binding).toMatchObject({ number: x, orderId: '' })
  expect(system.events[0]?.binding?.a).toBeUndefined()
  own.cancel()
  await watchers(1)
  await allocate()
  const again = watch({ resumeToken: own.token() })
  await vi.waitFor(() => expect(again.events).toHaveLength(1))
  expect(again.events[0]?.bindingId).not.toBe(own.events[0]?.bindingId)
  again.cancel()
  system.cancel()
  await watchers(0)
})

test('states of numbers come from the directory’s journal', async () => {
  const own = watch({ kinds: [WatchKind.WATCH_KIND_NUMBER_STATE] })
  await vi.waitFor(() => expect(own.token()).not.toBe(''))
  served.journals.directory.append({ nowMs, changes: [{ state: 'FROZEN', digits: [x] }] })
  await allocate()
  await vi.waitFor(() => expect(own.events).toHaveLength(1))
  expect(own.events[0]?.numbers).toMatchObject({ first: x, count: 1 })
  own.cancel()
})

test.each([
  ['no tenant', { tenant: '' }, status.INVALID_ARGUMENT, 'FIELD_REQUIRED', 'tenant'],
  ['an unknown tenant', { tenant: 'nobody' }, status.NOT_FOUND, 'TENANT_NOT_FOUND', 'tenant'],
  ['an unspecified kind', { kinds: [0] }, status.INVALID_ARGUMENT, 'INVALID_OPTION', 'kinds'],
  ['an unknown kind', { kinds: [1, 99] }, status.INVALID_ARGUMENT, 'INVALID_OPTION', 'kinds'],
  ['no token of ours', { resumeToken: 'x' }, status.INVALID_ARGUMENT, 'INVALID_RESUME_TOKEN', 'resume_token'],
])('%s is refused', async (_, change, code, reason, field) => {
  const own = watch(change)
  await vi.waitFor(() => expect(own.errors).toHaveLength(1))
  expect(refused(own.errors[0]!)).toMatchObject({ code, reason, metadata: { field } })
})

test('when the gateway drains the watch ends, and says that it may come again', async () => {
  const own = watch()
  await vi.waitFor(() => expect(own.token()).not.toBe(''))
  await served.gateway.drain(2_000)
  await vi.waitFor(() => expect(own.errors).toHaveLength(1))
  expect(refused(own.errors[0]!)).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' })
})

test('a reader that stops is told so once it reads again, and holds nobody up', async () => {
  const stopped = served.allocation.watch({ tenant: 'demo', resumeToken: '', kinds: [] })
  const late = follow(stopped)
  // A client that has never read takes all that comes: it must have begun.
  await vi.waitFor(() => expect(late.token()).not.toBe(''))
  stopped.pause()
  const reading = watch()
  await vi.waitFor(() => expect(reading.token()).not.toBe(''))
  await served.allocate({ userData: Buffer.alloc(2_000) })
  const binding = [...served.shard.bindings.values()].at(-1)!
  const event = { type: 'allocated', binding, request: undefined, nextExtension: undefined } as const
  // The client takes some messages ahead; then the server's queue fills, 55 KB a page.
  let pages = 0
  while (pages < 200 && (await watchersNow()) === 2) {
    pages += 1
    served.journals.shard.append({ nowMs, events: Array(25).fill(event) })
    await vi.waitFor(() => expect(reading.events).toHaveLength(25 * pages), { interval: 5 })
  }
  expect(await watchersNow()).toBe(1)
  stopped.resume()
  await vi.waitFor(() => expect(late.errors).toHaveLength(1))
  expect(refused(late.errors[0]!)).toMatchObject({ code: status.RESOURCE_EXHAUSTED, reason: 'WATCH_TOO_SLOW' })
  reading.cancel()
})
