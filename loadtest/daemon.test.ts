import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOptions } from './options.js'
import { isSound, measure, prepare, type Stage } from './run.js'
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

function options() {
  const found = readOptions(
    [
      ...['--server', daemon.address, '--seconds', '1', '--warmup', '0.2', '--live', '500', '--numbers', '50'],
      ...['--connections', '2', '--outstanding', '8', '--batch', '16', '--cooldown-ms', '100', '--expiring', '0.5'],
      ...['--ttl-ms', '200', '--run', '1', '--server-pid', String(daemon.pid)],
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
