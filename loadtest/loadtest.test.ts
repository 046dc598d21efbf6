import { afterEach, expect, test } from 'vitest'
import { connect } from './connections.js'
import { FakeServer, type Faults } from './fake-server.js'
import { type LoadOptions, type Mode, readOptions, type Workload } from './options.js'
import { tableOf } from './report.js'
import { isSound, run } from './run.js'
import { WrongAnswer } from './wrong-answer.js'

const servers: FakeServer[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.stop()
})

async function serve(faults: Faults = {}): Promise<FakeServer> {
  const server = await new FakeServer(faults).start()
  servers.push(server)
  return server
}

function tiny(server: FakeServer, workload: Workload, mode: Mode, extra: readonly string[] = []): LoadOptions {
  const options = readOptions(
    [
      ...['--server', server.address, '--workload', workload, '--mode', mode, '--seconds', '0.3', '--warmup', '0.1'],
      ...['--connections', '2', '--outstanding', '4', '--batch', '16', '--live', '200', '--run', '7', ...extra],
    ],
    0,
  )
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

test.each([
  ['call-setup', 'unary'],
  ['call-setup', 'stream'],
  ['churn', 'unary'],
  ['churn', 'stream'],
  ['mixed', 'unary'],
  ['mixed', 'stream'],
] as const)('%s over %s runs, checks its answers and reports', async (workload, mode) => {
  const server = await serve()
  const report = await run({ ...tiny(server, workload, mode), serverPid: process.pid })
  expect(isSound(report)).toBe(true)
  expect(report.refused).toEqual({})
  expect(report.itemsPerSecond).toBeGreaterThan(0)
  expect(report.perSecond.resolve > 0).toBe(workload !== 'churn')
  expect(report.perSecond.allocate > 0).toBe(workload !== 'call-setup')
  expect(tableOf(report)).toContain('p99.9 ms')
})

test('churn keeps the number of live bindings', async () => {
  const server = await serve()
  const options = tiny(server, 'churn', 'stream')
  const report = await run(options)
  expect(report.perSecond.release).toBeGreaterThan(0)
  // What is made and not yet released is at most what the operations in flight owe.
  expect(server.live).toBeLessThanOrEqual(options.live + options.outstanding * options.batch)
})

test.each(['unary', 'stream'] as const)('a wrong callee fails a %s run', async (mode) => {
  const server = await serve({ wrongCalleeEvery: 5 })
  await expect(run(tiny(server, 'call-setup', mode))).rejects.toThrow(WrongAnswer)
})

test.each(['unary', 'stream'] as const)(
  'refusals of a %s run are counted by reason, and too many make it unsound',
  async (mode) => {
    // The fill of 200 is granted; what the load itself asks for is not.
    const server = await serve({ grants: 200 })
    const report = await run(tiny(server, 'churn', mode))
    expect(Object.keys(report.refused)).toEqual(['POOL_EXHAUSTED'])
    expect(isSound(report)).toBe(false)
  },
)

test('a stream that the server ends fails the run instead of hanging', async () => {
  const server = await serve({ endsResolveStreams: true })
  await expect(run(tiny(server, 'call-setup', 'stream'))).rejects.toThrow(/ended the stream/)
})

test('a server that is not there is told', async () => {
  await expect(connect('127.0.0.1:1', 2, 200)).rejects.toThrow(/no server at 127.0.0.1:1 within 200 ms/)
})

test('a report keeps its options as JSON, and no path', async () => {
  const server = await serve()
  const report = await run({ ...tiny(server, 'call-setup', 'stream'), json: '/somewhere/report.json' })
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({ format: 1, options: { workload: 'call-setup', seed: 1 } })
  expect(JSON.stringify(report)).not.toContain('somewhere')
})
