import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run as runXpool } from '../daemon/cli/program.js'
import { modes, workloads } from './flags.js'
import { runFleet } from './fleet.js'
import { readOptions } from './options.js'
import { silent } from './progress.js'
import { isSound, measure, prepare, run as runHere, type Stage } from './run.js'
import { type ServerProcess, scratch, startDaemon } from './server-process.js'

/** The daemon as it was built: `npm test` builds before it tests. */
let daemon: ServerProcess
let folder: Awaited<ReturnType<typeof scratch>>
let stage: Stage

beforeAll(async () => {
  folder = await scratch('load')
  daemon = await startDaemon({ data: folder.path })
  stage = await prepare(options())
})

afterAll(async () => {
  stage?.[Symbol.dispose]()
  await daemon?.stop()
  await folder?.[Symbol.asyncDispose]()
})

function options(extra: readonly string[] = []) {
  const found = readOptions(
    [
      ...['--server', daemon.address, '--seconds', '1', '--warmup', '0.2', '--live', '500', '--numbers', '50'],
      ...['--connections', '2', '--outstanding', '8', '--batch', '16', '--cooldown-ms', '100', '--expiring', '0.5'],
      ...['--ttl-ms', '200', '--run', '1', '--server-pid', String(daemon.pid)],
      ...extra,
    ],
    0,
  )
  if ('faults' in found) throw new Error(found.faults.join('; '))
  return found
}

test.each(['unary', 'stream'] as const)(
  'a mixed load over %s: nobody is put through to the wrong party, and what was acknowledged is seen at once [I2] [I6]',
  async (mode) => {
    const report = await measure(stage, { ...options(), workload: 'mixed', mode })
    expect(report.refused).toEqual({})
    expect(isSound(report)).toBe(true)
    expect(report.perSecond.resolve).toBeGreaterThan(0)
    expect(report.perSecond.allocate).toBeGreaterThan(0)
    expect(report.perSecond.release).toBeGreaterThan(0)
    if (process.platform === 'linux') expect(report.serverCpuUsPerItem).toBeGreaterThanOrEqual(0)
  },
)

test('churn, with half of the ends left to time, is never refused', async () => {
  const report = await measure(stage, { ...options(), workload: 'churn', mode: 'stream' })
  expect(isSound(report)).toBe(true)
  expect(report.perSecond.allocate).toBeGreaterThan(0)
})

test.each(workloads.flatMap((workload) => modes.map((mode) => [workload, mode] as const)))(
  '%s over %s, by an open loop, is answered rightly by the daemon',
  async (workload, mode) => {
    const rate = ['--rate', mode === 'unary' ? '200' : '2000', '--outstanding', '500', '--seconds', '0.5']
    const run = String(10 + workloads.indexOf(workload) * modes.length + modes.indexOf(mode))
    const report = await runHere({ ...options([...rate, '--run', run, '--workload', workload]), mode })
    expect(isSound(report)).toBe(true)
    expect(report.itemsPerSecond).toBeGreaterThan(0)
  },
)

test('two client processes share a run, and their parent adds it up', async () => {
  const chosen = options([
    '--processes',
    '2',
    '--connections',
    '3',
    '--rate',
    '400',
    '--outstanding',
    '200',
    '--run',
    '40',
    '--seconds',
    '0.5',
  ])
  const labels: string[] = []
  const report = await runFleet({ ...chosen, workload: 'mixed', mode: 'unary' }, (label) => {
    labels.push(label)
    return silent
  })
  expect(isSound(report)).toBe(true)
  expect(labels).toEqual(['bindings', 'mixed'])
  const steps = Object.values(report.latency).reduce((sum, { count }) => sum + count, 0)
  // 400 a second for half a second, however the two share them.
  expect(steps + report.overrun).toBe(200)
})

test('what goes wrong in a client process ends the run', async () => {
  const gone = options(['--processes', '2', '--run', '41', '--numbers', '1', '--live', '100000'])
  await expect(runFleet(gone, () => silent)).rejects.toThrow(/while filling/)
})

test('the command writes its report as a table, as JSON and as a page; xpool passes its options on', async () => {
  const json = join(folder.path, 'report.json')
  const html = join(folder.path, 'report.html')
  const flags = [
    '--server',
    daemon.address,
    '--seconds',
    '0.3',
    '--warmup',
    '0',
    '--live',
    '100',
    '--json',
    json,
    '--html',
    html,
  ]
  const said: string[] = []
  const terminal = { out: (text: string) => said.push(text), err: () => undefined, isTty: false }
  expect(await runXpool(['loadtest', ...flags, '--run', '42'], terminal)).toBe(0)
  expect(said.join('\n')).toContain('p99.9 ms')
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ format: 2, options: { workload: 'resolve' } })
  expect(await readFile(html, 'utf8')).toContain('<!doctype html>')
})

test('xpool loadtest has a help, and the exit codes of xpool', async () => {
  const said: string[] = []
  const terminal = { out: (text: string) => said.push(text), err: (text: string) => said.push(text), isTty: false }
  expect(await runXpool(['loadtest', '--help'], terminal)).toBe(0)
  expect(said.join('\n')).toContain('--arrivals KIND')
  expect(await runXpool(['loadtest', '--workload', 'nonsense'], terminal)).toBe(2)
  expect(await runXpool(['--server', '127.0.0.1:9', '--timeout', '200ms', 'loadtest'], terminal)).toBe(3)
  expect(said.join('\n')).toContain('no server at 127.0.0.1:9')
})
