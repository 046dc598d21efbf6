import { afterAll, beforeAll, expect, test } from 'vitest'
import { ResolutionServiceService, ResolveRequest } from '../../daemon/generated/xpool/v1/resolution.js'
import { FakeServer } from '../fake-server.js'
import { scratch, startDaemon } from '../server-process.js'
import { parseH2load } from './h2load.js'
import { paced } from './paced.js'
import { rawLoad } from './raw-client.js'
import { median, spread } from './script-options.js'
import { WatchScene } from './watch-load.js'

let server: FakeServer
beforeAll(async () => {
  server = await new FakeServer().start()
})
afterAll(() => server.stop())

const question = {
  number: '700100000000001',
  caller: '13800000001',
  extension: '',
  media: 0,
  callId: '',
  after: Buffer.alloc(0),
}

function load(isRight: (answer: Buffer) => boolean) {
  return rawLoad({
    server: server.address,
    path: ResolutionServiceService.resolve.path,
    requests: [Buffer.from(ResolveRequest.encode(question).finish())],
    connections: 2,
    outstanding: 4,
    durationMs: 150,
    isRight,
  })
}

test('a raw load counts its calls and their latency', async () => {
  const result = await load((answer) => answer.length > 0)
  // Each of the four in flight is answered at least once, on however slow a machine.
  expect(result.count).toBeGreaterThanOrEqual(4)
  expect(result.perSecond).toBeGreaterThan(0)
  expect(result.p50Us).toBeLessThanOrEqual(result.p99Us)
})

test('a raw load fails at a wrong answer', async () => {
  await expect(load(() => false)).rejects.toThrow('wrong answer')
})

const said = `finished in 3.70s, 27012.41 req/s, 2.01MB/s
requests: 100000 total, 100000 started, 100000 done, 100000 succeeded, 0 failed, 0 errored, 0 timeout`

test('the rate of h2load is read, and a failed request fails the run', () => {
  expect(parseH2load(said, 100_000)).toBe(27_012.41)
  expect(() => parseH2load(said.replace('100000 succeeded', '99999 succeeded'), 100_000)).toThrow('h2load')
  expect(() => parseH2load('', 100_000)).toThrow('h2load')
})

test('medians and spreads', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(spread([90, 100, 110])).toBe(0.2)
})

test('a paced load makes no more calls than its rate, and fails with the first that fails', async () => {
  const made = await paced(100, 200, async () => undefined)
  expect(made).toBeGreaterThan(0)
  expect(made).toBeLessThanOrEqual(20)
  const refuse = async () => {
    throw new Error('refused')
  }
  await expect(paced(100, 200, refuse)).rejects.toThrow('refused')
})

test('a small crowd of watchers sees every event of a small load', async () => {
  await using folder = await scratch('watchers')
  const daemon = await startDaemon({ data: folder.path })
  try {
    const load = { readers: 5, events: 40, resolves: 40, live: 20, durationMs: 500 }
    const scene = await WatchScene.make(daemon, load)
    try {
      const alone = await scene.without()
      expect(alone.resolves).toBeGreaterThan(0)
      const watched = await scene.with()
      expect(watched.made).toBeGreaterThan(0)
      expect([watched.least, watched.behind]).toEqual([watched.made, 0])
    } finally {
      scene.close()
    }
  } finally {
    await daemon.stop()
  }
})
