/** Connections over gateway threads, and streams that outlive them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { credentials, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, type XpoolClient } from '../../daemon/client/client.js'
import { decodeError, type XpoolError } from '../../daemon/client/error.js'
import { AllocateRequest, type AllocateStreamItem } from '../../daemon/generated/xpool/v1/allocation.js'
import {
  ResolutionServiceClient,
  ResolveRequest,
  type ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { WatchKind } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, axb, gist, type Lent, lend, person } from './world.js'

/** Staying connections of each gateway. */
async function spreadOf(daemon: Daemon): Promise<number[]> {
  const text = await (await fetch(`http://${daemon.http}/metrics`)).text()
  const lines = text.matchAll(/^xpool_connections\{thread="gateway-(\d+)",state="staying"\} (\d+)$/gm)
  return [...lines].toSorted((p, q) => Number(p[1]) - Number(q[1])).map((line) => Number(line[2]))
}

describe('over four gateways', () => {
  let data: string
  let daemon: Daemon
  beforeAll(async () => {
    data = await dataFolder()
    daemon = await startDaemon(data, ['--gateways', '4'])
  })
  afterAll(async () => {
    await daemon?.stop()
    await removeFolder(data)
  })

  test('few long-lived connections come to lie evenly, and no call fails on the way', { timeout: 60_000 }, async () => {
    const failed: unknown[] = []
    let over = false
    const talk = async (client: XpoolClient) => {
      while (!over) {
        await client.resolve({ number: '700123456780000', caller: '1001' }).catch((error) => failed.push(error))
        await sleep(20)
      }
    }
    const talks: Promise<void>[] = []
    for (const total of [8, 16]) {
      while (talks.length < total) talks.push(talk(daemon.connect()))
      const even = Array(4).fill(total / 4)
      await expect.poll(() => spreadOf(daemon), { timeout: 25_000, interval: 200 }).toEqual(even)
    }
    over = true
    await Promise.all(talks)
    expect(failed).toEqual([])
  })
})

describe('with connections that grow old within two seconds', () => {
  let data: string
  let daemon: Daemon
  let client: XpoolClient
  let lent: Lent
  const ageMs = 1_000
  const graceMs = 500
  beforeAll(async () => {
    data = await dataFolder()
    const flags = ['--gateways', '2', '--connection-age-ms', String(ageMs), '--connection-grace-ms', String(graceMs)]
    daemon = await startDaemon(data, flags)
    client = daemon.connect()
    lent = await lend(client, { numbers: 50 })
  })
  afterAll(async () => {
    await daemon?.stop()
    await removeFolder(data)
  })

  const item = (requestId: string): AllocateStreamItem => {
    const wanted = axb(lent, person(), person(), { requestId })
    return {
      command: {
        $case: 'allocate',
        value: { ...AllocateRequest.decode(new Uint8Array()), ...wanted } as AllocateRequest,
      },
    }
  }

  interface Allocating {
    readonly legAgeMs?: number
    readonly onLost: (error: XpoolError) => void
    /** A busy machine lets connections grow older than they should: it goes on until this is so, for half a minute at most. */
    readonly enough: () => boolean
  }

  /** Allocates for some seconds, four batches of five at a time; the ids of the bindings made. */
  async function allocateOnStream({ enough, ...settings }: Allocating) {
    await using stream = client.allocateStream(4, settings)
    const bindings: string[] = []
    const replayed: boolean[] = []
    async function* batches() {
      const began = performance.now()
      const lastsMs = () => performance.now() - began
      for (let i = 0; lastsMs() < 5_000 || (!enough() && lastsMs() < 30_000); i += 1) {
        yield Array.from({ length: 5 }, (_, j) => item(`${settings.legAgeMs ?? 'default'}-${i}-${j}`))
        await sleep(5)
      }
    }
    for await (const results of stream.results(batches())) {
      for (const { result } of results) {
        if (result?.$case !== 'allocated') throw new Error(JSON.stringify(result))
        bindings.push(result.value.binding!.bindingId)
        replayed.push(result.value.replayed)
      }
    }
    return { bindings, replayed }
  }

  test('AllocateStream and Watch lose nothing and double nothing', { timeout: 60_000 }, async () => {
    const told: string[] = []
    const stop = new AbortController()
    const started = Promise.withResolvers<void>()
    const watching = (async () => {
      const { tenant } = lent
      const kinds = [WatchKind.WATCH_KIND_ALLOCATED]
      for await (const { events } of client.watch(
        { tenant, kinds },
        { signal: stop.signal, onLost: () => undefined },
      )) {
        started.resolve()
        for (const { bindingId } of events) told.push(bindingId)
      }
    })()
    await started.promise
    const lost: string[] = []
    const { bindings, replayed } = await allocateOnStream({
      onLost: ({ reason }) => lost.push(reason),
      enough: () => lost.length >= 2,
    })
    expect(lost.length).toBeGreaterThanOrEqual(2)
    expect(new Set(lost)).toEqual(new Set(['CONNECTION_AGED']))
    expect(new Set(bindings).size).toBe(bindings.length)
    expect(replayed).not.toContain(true)
    const { tenants } = await client.getStats({})
    expect(tenants.find((one) => one.tenant === lent.tenant)).toMatchObject({ liveBindings: bindings.length })
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(bindings.length)
    expect(told.toSorted()).toEqual(bindings.toSorted())
    stop.abort()
    await watching
  })

  test('a stream that moves in time is never cut', { timeout: 60_000 }, async () => {
    const lost: string[] = []
    const { bindings } = await allocateOnStream({
      legAgeMs: 200,
      onLost: ({ reason }) => lost.push(reason),
      enough: () => true,
    })
    expect(new Set(bindings).size).toBe(bindings.length)
    expect(lost).toEqual([])
  })

  test('ResolveStream goes on over the ends of its connections', { timeout: 60_000 }, async () => {
    const [a, b] = [person(), person()]
    const { number: x } = await allocate(client, axb(lent, a, b))
    const lost: string[] = []
    await using stream = client.resolveStream(4, { onLost: ({ reason }) => lost.push(reason) })
    const question = { ...ResolveRequest.decode(new Uint8Array()), number: x, caller: a }
    const began = performance.now()
    const lastsMs = () => performance.now() - began
    let answered = 0
    while (lastsMs() < 3_500 || (lost.length === 0 && lastsMs() < 30_000)) {
      const [answer] = await stream.send([question])
      expect(gist(answer!)).toBe(`${b} sees ${x}`)
      answered += 1
    }
    expect(answered).toBeGreaterThan(20)
    expect(lost).toContain('CONNECTION_AGED')
  })

  test('a plain client is told with the status, behind its last answer', async () => {
    const resolution = new ResolutionServiceClient(daemon.grpc, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    })
    const stream = resolution.resolveStream()
    const startedMs = performance.now()
    let [sent, answered] = [0, 0]
    stream.on('data', ({ batchId }: ResolveStreamResponse) => {
      answered += 1
      expect(batchId).toBe(answered)
    })
    const failed = new Promise<ServiceError>((resolve) => stream.on('error', resolve as (error: Error) => void))
    const question = { ...ResolveRequest.decode(new Uint8Array()), number: lent.numbers[0]!, caller: '1001' }
    const timer = setInterval(() => stream.write({ batchId: ++sent, requests: [question] }), 10)
    const error = decodeError(await failed)
    clearInterval(timer)
    expect(error).toMatchObject({ codeName: 'UNAVAILABLE', reason: 'CONNECTION_AGED', retryAfterMs: 0 })
    expect(performance.now() - startedMs).toBeGreaterThan(0.9 * ageMs + graceMs)
    expect(answered).toBeGreaterThan(10)
    resolution.close()
  })
})

test('SIGTERM answers what it has taken: nothing is decided that nobody is told of', { timeout: 60_000 }, async () => {
  const data = await dataFolder()
  const first = await startDaemon(data, ['--gateways', '2'])
  // Connections of their own: those that the daemon's handle opens are closed when it is stopped.
  const clients = Array.from({ length: 8 }, () => connect(first.grpc))
  const lent = await lend(clients[0]!, { numbers: 50 })
  const calls = clients.flatMap((client) =>
    Array.from({ length: 150 }, () => client.allocate(axb(lent, person(), person())).then(() => true)),
  )
  const came = Promise.allSettled(calls)
  await Promise.race(calls)
  expect(await first.stop()).toBe(0)
  const outcomes = await came
  for (const client of clients) client.close()
  const answered = outcomes.filter((one) => one.status === 'fulfilled').length
  const others = outcomes.filter((one) => one.status === 'rejected').map((one) => (one.reason as XpoolError).codeName)
  expect(others.filter((name) => name !== 'UNAVAILABLE')).toEqual([])
  const second = await startDaemon(data)
  const { tenants } = await second.connect().getStats({})
  expect(tenants.find((one) => one.tenant === lent.tenant)).toMatchObject({ liveBindings: answered })
  await second.stop()
  await removeFolder(data)
})
