import { setTimeout as sleep } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import type { WatchRequest, WatchResponse } from '../generated/xpool/v1/allocation.js'
import { WatchEvent, WatchKind } from '../generated/xpool/v1/types.js'
import { type CannedMethods, refused, serveCanned } from './canned-server.js'
import { connect, type XpoolClient } from './client.js'
import { XpoolError } from './error.js'
import { complete } from './unary.js'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function against(methods: CannedMethods): Promise<XpoolClient> {
  const server = await serveCanned(methods)
  const client = connect(server.address)
  cleanups.push(server.stop, () => client.close())
  return client
}

function response(position: number): WatchResponse {
  const event = complete(WatchEvent, { kind: WatchKind.WATCH_KIND_ENDED, bindingId: String(position) })
  return { events: [event], resumeToken: `t${position}` }
}

const lost = refused({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN', message: 'going down' })
const expired = refused({ code: status.OUT_OF_RANGE, reason: 'RESUME_TOKEN_EXPIRED', message: 'too old' })

/** Answers what stands after the token, so many responses, and then breaks in the given way. */
function journal(
  each: number,
  length: number,
  breaks: (call: { emit(name: 'error', error: object): boolean }) => void,
) {
  const asked: WatchRequest[] = []
  const watch: CannedMethods['watch'] = (call) => {
    asked.push(call.request)
    const from = call.request.resumeToken === '' ? 0 : Number(call.request.resumeToken.slice(1))
    for (let position = from + 1; position <= Math.min(length, from + each); position++) call.write(response(position))
    if (from + each < length) setTimeout(() => breaks(call), 5)
  }
  return { asked, watch }
}

async function collect(responses: AsyncIterable<WatchResponse>, until: number): Promise<string[]> {
  const tokens: string[] = []
  for await (const { resumeToken } of responses) if (tokens.push(resumeToken) === until) break
  return tokens
}

test.each([
  ['the daemon goes down', (call: Parameters<Parameters<typeof journal>[2]>[0]) => void call.emit('error', lost)],
  ['the stream ends', (call: unknown) => (call as { end(): void }).end()],
])('a watch goes on without a gap or a repeat when %s', async (_name, breaks) => {
  const { asked, watch } = journal(3, 8, breaks)
  const client = await against({ watch })
  const tokens = await collect(client.watch({ tenant: 'demo', kinds: [WatchKind.WATCH_KIND_CALL] }), 8)
  expect(tokens).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `t${n}`))
  expect(asked.map(({ resumeToken }) => resumeToken)).toEqual(['', 't3', 't6'])
  expect(asked.every(({ tenant, kinds }) => tenant === 'demo' && kinds[0] === WatchKind.WATCH_KIND_CALL)).toBe(true)
})

test('a watch goes on when the daemon is killed and another one stands in its place', async () => {
  const first = await serveCanned({ watch: (call) => void call.write(response(1)) })
  const client = connect(first.address)
  cleanups.push(() => client.close())
  const losses: string[] = []
  const watched = client.watch({ tenant: 'demo' }, { onLost: ({ codeName }) => losses.push(codeName) })
  expect((await watched.next()).value?.resumeToken).toBe('t1')
  first.stop()
  const next = watched.next()
  const port = Number(first.address.split(':')[1])
  const second = await serveCanned({ watch: journal(1, 2, () => undefined).watch }, port)
  cleanups.push(second.stop)
  expect((await next).value?.resumeToken).toBe('t2')
  await watched.return()
  expect(losses.length).toBeGreaterThan(0)
})

async function failure(responses: AsyncIterable<unknown>): Promise<XpoolError> {
  try {
    for await (const _ of responses);
  } catch (error) {
    expect(error).toBeInstanceOf(XpoolError)
    return error as XpoolError
  }
  throw new Error('the watch ended without a fault')
}

test('a token that is too old ends the watch, after all that came before', async () => {
  const watch: CannedMethods['watch'] = (call) => {
    call.write(response(1))
    call.emit('error', expired)
  }
  const client = await against({ watch })
  const tokens: string[] = []
  const both = async function* () {
    for await (const { resumeToken } of client.watch({ tenant: 'demo' })) yield tokens.push(resumeToken)
  }
  expect(await failure(both())).toMatchObject({ codeName: 'OUT_OF_RANGE', reason: 'RESUME_TOKEN_EXPIRED' })
  expect(tokens).toEqual(['t1'])
})

test('I12: losses in a row are bounded, and a response in between starts the count again', async () => {
  let opened = 0
  const watch: CannedMethods['watch'] = (call) => {
    opened++
    if (opened === 3) call.write(response(9))
    setTimeout(() => call.emit('error', lost), 5)
  }
  const client = await against({ watch })
  const waits: number[] = []
  const settings = { lossesMax: 2, onLost: (_: XpoolError, waitMs: number) => waits.push(waitMs) }
  const error = await failure(client.watch({ tenant: 'demo', resumeToken: 't1' }, settings))
  expect(error).toMatchObject({ codeName: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' })
  // Two lost, a response and a loss, one more that may be, and the one too many.
  expect(opened).toBe(5)
  const bounds = [100, 200, 100, 200]
  expect(waits.map((wait, i) => wait >= bounds[i]! / 2 && wait <= bounds[i]!)).toEqual([true, true, true, true])
})

test('without a token there is nothing to go on from: the first loss is told, not papered over', async () => {
  let opened = 0
  const watch: CannedMethods['watch'] = (call) => {
    opened++
    call.emit('error', lost)
  }
  const client = await against({ watch })
  expect(await failure(client.watch({ tenant: 'demo' }))).toMatchObject({ reason: 'SHUTTING_DOWN' })
  expect(opened).toBe(1)
})

test('a signal ends a watch that waits, and one that nobody reads any more is cancelled', async () => {
  const cancelled: string[] = []
  const watchSystem: CannedMethods['watchSystem'] = (call) => {
    call.on('cancelled', () => cancelled.push(call.request.resumeToken))
    call.write(response(1))
  }
  const client = await against({ watchSystem })
  const abort = new AbortController()
  const seen: string[] = []
  const done = (async () => {
    for await (const { resumeToken } of client.watchSystem({ resumeToken: 'by signal' }, abort)) seen.push(resumeToken)
  })()
  await expect.poll(() => seen).toEqual(['t1'])
  abort.abort()
  await done
  for await (const _ of client.watchSystem({ resumeToken: 'by break' })) break
  await expect.poll(() => cancelled).toEqual(['by signal', 'by break'])
})

test('a slow reader holds back the server rather than to gather its events', async () => {
  let written = 0
  const large = complete(WatchEvent, { bindingId: 'x'.repeat(16_384) })
  const watch: CannedMethods['watch'] = (call) => {
    const fill = () => {
      while (written < 2_000) {
        written++
        if (!call.write({ events: [large], resumeToken: `t${written}` })) {
          call.once('drain', fill)
          return
        }
      }
    }
    fill()
  }
  const client = await against({ watch })
  const watched = client.watch({ tenant: 'demo' })
  await watched.next()
  await sleep(150)
  const before = written
  await sleep(150)
  expect(written).toBe(before)
  expect(written).toBeLessThan(2_000)
  await watched.return()
})
