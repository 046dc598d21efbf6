import { afterEach, expect, test } from 'vitest'
import { connect } from './connections.js'
import { FakeServer, type Faults } from './fake-server.js'
import { type Mode, modes, type Workload, workloads } from './flags.js'
import { type LoadOptions, readOptions } from './options.js'
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

const loads = workloads.flatMap((workload) =>
  modes.flatMap((mode) => [0, mode === 'unary' ? 500 : 2_000].map((rate) => [workload, mode, rate] as const)),
)

test.each(loads)('%s over %s at %i a second runs, checks its answers and reports', async (workload, mode, rate) => {
  const server = await serve()
  const options = tiny(server, workload, mode, rate === 0 ? [] : ['--rate', String(rate), '--outstanding', '500'])
  const report = await run({ ...options, serverPid: process.pid })
  expect(isSound(report)).toBe(true)
  expect(report.refused).toEqual({})
  expect(report.itemsPerSecond).toBeGreaterThan(0)
  expect(report.perSecond.resolve > 0).toBe(!['churn', 'pool-nearly-full'].includes(workload))
  expect(report.perSecond.allocate > 0).toBe(!['resolve', 'call-setup'].includes(workload))
  expect(tableOf(report)).toContain('p99.9 ms')
  expect(report.sendLag === undefined).toBe(rate === 0)
})

/** Standing still for a fifth of a second, once, is what an open loop is for. */
const stall = { afterMs: 300, forMs: 200 }

test('an open loop counts a stall against everything that was due meanwhile; a closed loop hides it', async () => {
  const settings = ['--seconds', '1', '--warmup', '0', '--strangers', '0']
  const open = await run(
    tiny(await serve({ stall }), 'resolve', 'unary', [...settings, '--rate', '400', '--outstanding', '500']),
  )
  const closed = await run(tiny(await serve({ stall }), 'resolve', 'unary', [...settings, '--outstanding', '4']))
  // A fifth of all arrivals waited, a tenth for 100 ms and more; of the callers of a closed loop four did.
  expect(open.latency['resolve']!.p99Us).toBeGreaterThan(150_000)
  expect(open.latency['resolve']!.p90Us).toBeGreaterThan(50_000)
  expect(closed.latency['resolve']!.p90Us).toBeLessThan(50_000)
  expect(closed.latency['resolve']!.maxUs).toBeGreaterThan(150_000)
})

test('what an open loop may not send is counted, never dropped', async () => {
  const server = await serve({ stall: { afterMs: 0, forMs: 300 } })
  const options = tiny(server, 'resolve', 'unary', ['--warmup', '0', '--rate', '1000', '--seconds', '0.3'])
  const report = await run({ ...options, outstanding: 4 })
  const answered = report.latency['resolve']!.count
  expect(report.overrun).toBeGreaterThan(0)
  expect(answered + report.overrun).toBe(300)
  expect(isSound(report)).toBe(false)
  expect(tableOf(report)).toContain('due and not sent')
})

test('a pool that is nearly full refuses some, which is expected and told apart', async () => {
  const server = await serve({ grants: 209 })
  const report = await run(tiny(server, 'pool-nearly-full', 'unary', ['--expiring', '0']))
  expect(report.options.live).toBe(207)
  expect(report.refused['POOL_EXHAUSTED']).toBeGreaterThan(0)
  expect(tableOf(report)).toContain('refused as this workload expects: POOL_EXHAUSTED')
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
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({ format: 2, options: { workload: 'call-setup', seed: 1 } })
  expect(JSON.stringify(report)).not.toContain('somewhere')
})
