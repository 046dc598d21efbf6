import { connect as connectTo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServiceError, status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import type { ResolveStreamResponse } from '../generated/xpool/v1/resolution.js'
import { bounds } from './bounds.js'
import { FairShare, shareMemory } from './fair-share.js'
import { allocateRequest, refused, resolveRequest, serve } from './testing/serve.js'

const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
])
const frameHead = 9
const pingType = 6
const goawayType = 7

/** A peer that says hello and then nothing, ever: the types of the frames it is sent. */
async function silentPeer(address: string) {
  const [host, port] = address.split(':') as [string, string]
  const socket: Socket = connectTo(Number(port), host)
  let bytes = Buffer.alloc(0)
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more as Buffer])
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(preface)
  const frames = (): number[] => {
    const types: number[] = []
    for (let at = 0; at + frameHead <= bytes.length; at += frameHead + bytes.readUIntBE(at, 3))
      types.push(bytes[at + 3]!)
    return types
  }
  return { frames, closed, end: () => socket.destroy() }
}

async function figure(one: Awaited<ReturnType<typeof serve>>, name: string): Promise<string | undefined> {
  const text = await one.registry.metrics()
  return text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.slice(name.length + 1)
}

describe('the age of connections', () => {
  test('calls go on without a failure while their connections come and go', async () => {
    await using one = await serve({ connections: { ageMs: 200, graceMs: 100 } })
    await one.allocate()
    const until = performance.now() + 1_500
    const came = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const failed: unknown[] = []
        while (performance.now() < until) {
          const answer = await one.resolve()
          if (!('ok' in answer)) failed.push(answer)
        }
        return failed
      }),
    )
    expect(came.flat()).toEqual([])
    expect(Number(await figure(one, 'xpool_connections_opened_total'))).toBeGreaterThan(3)
    expect(Number(await figure(one, 'xpool_connections_retired_total{reason="age"}'))).toBeGreaterThan(2)
  })

  test('a stream that outlives age and grace is answered to the end, and told so', async () => {
    await using one = await serve({ connections: { ageMs: 500, graceMs: 500 } })
    const stream = one.resolution.resolveStream()
    const startedMs = performance.now()
    const answered: number[] = []
    stream.on('data', ({ batchId }: ResolveStreamResponse) => answered.push(batchId))
    const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve as (error: Error) => void))
    let sent = 0
    const timer = setInterval(() => stream.write({ batchId: ++sent, requests: [resolveRequest()] }), 10)
    const failure = refused(await ended)
    clearInterval(timer)
    expect(failure).toMatchObject({ code: status.UNAVAILABLE, reason: 'CONNECTION_AGED', retryMs: 0 })
    expect(performance.now() - startedMs).toBeGreaterThan(850)
    expect(answered).toEqual(answered.map((_, i) => i + 1))
    expect(answered.length).toBeGreaterThan(20)
    expect(await one.resolve()).toHaveProperty('ok')
  })

  test('what was read before the end of the grace is decided and answered before the stream ends', async () => {
    await using one = await serve({ connections: { ageMs: 200, graceMs: 0 } })
    let open = () => {}
    one.shard.gate = new Promise((resolve) => {
      open = resolve
    })
    const stream = one.allocation.allocateStream()
    const order: string[] = []
    stream.on('data', ({ results }) => order.push(results[0]!.result!.$case))
    const ended = new Promise<void>((resolve) => {
      stream.on('error', (error) => {
        order.push(refused(error as ServiceError).reason)
        resolve()
      })
    })
    stream.write({ batchId: 1, items: [{ command: { $case: 'allocate', value: allocateRequest() } }] })
    await expect.poll(() => one.shard.signals.length).toBe(1)
    await sleep(500)
    expect([order, one.shard.signals[0]!.aborted]).toEqual([[], false])
    open()
    await ended
    expect(order).toEqual(['allocated', 'CONNECTION_AGED'])
  })
})

test('one of two connections goes when another gateway has none', async () => {
  const memory = shareMemory(2)
  await using one = await serve({ connections: { share: { memory, index: 0 } } })
  const peers = await Promise.all([silentPeer(one.address), silentPeer(one.address)])
  await sleep(bounds.connectionSettleMs + 2 * bounds.connectionTickMs)
  expect(await figure(one, 'xpool_connections{thread="gateway-0",state="staying"}')).toBe('2')
  const other = new FairShare({ memory, index: 1 })
  other.tell(0, Number(process.hrtime.bigint() / 1_000_000n))
  await expect.poll(() => peers.filter(({ frames }) => frames().includes(goawayType)).length).toBe(1)
  await Promise.race(peers.map(({ closed }) => closed))
  await expect.poll(() => figure(one, 'xpool_connections{thread="gateway-0",state="staying"}')).toBe('1')
  expect(await figure(one, 'xpool_connections_retired_total{reason="spread"}')).toBe('1')
  for (const { end } of peers) end()
})

test('a silent peer is pinged', async () => {
  await using one = await serve({ connections: { keepaliveMs: 100 } })
  const peer = await silentPeer(one.address)
  await expect.poll(() => peer.frames()).toContain(pingType)
  peer.end()
})

test('a drain waits for the calls in flight', async () => {
  const one = await serve()
  let open = () => {}
  one.shard.gate = new Promise((resolve) => {
    open = resolve
  })
  const pending = one.allocate()
  await expect.poll(() => one.shard.signals.length).toBe(1)
  const draining = one.gateway.drain(20_000)
  expect(await Promise.race([draining, sleep(200, 'waits')])).toBe('waits')
  open()
  expect(await pending).toHaveProperty('ok')
  await draining
  await one[Symbol.asyncDispose]()
})

test('a drain closes what is left when its grace is over', async () => {
  const one = await serve()
  one.shard.gate = new Promise(() => {})
  const peer = await silentPeer(one.address)
  const pending = one.allocate()
  await expect.poll(() => one.shard.signals.length).toBe(1)
  await one.gateway.drain(300)
  await peer.closed
  expect(await pending).toHaveProperty('code')
  await one[Symbol.asyncDispose]()
})
