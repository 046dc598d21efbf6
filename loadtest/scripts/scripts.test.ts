import { afterAll, beforeAll, expect, test } from 'vitest'
import { ResolutionServiceService, ResolveRequest } from '../../daemon/generated/xpool/v1/resolution.js'
import { FakeServer } from '../fake-server.js'
import { parseH2load } from './h2load.js'
import { rawLoad } from './raw-client.js'
import { median, spread } from './script-options.js'

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
