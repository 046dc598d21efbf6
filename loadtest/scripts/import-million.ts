/**
 * How long the import of a million scattered numbers takes, and what Resolve
 * notices of it. The importing client and the resolving one share core 1: what
 * they take from each other is in the latency as well.
 *
 *   node dist/loadtest/scripts/import-million.js [--numbers 1000000] [--live 10000] [--before 10]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { closedLoop } from '../closed-loop.js'
import { Meter } from '../meter.js'
import { operationsOf } from '../operations.js'
import { type LoadOptions, readOptions } from '../options.js'
import { startProgress } from '../progress.js'
import { prepare, type Stage } from '../run.js'
import { output, pinSelf, scratch, startDaemon } from '../server-process.js'
import { numbersFrom, say } from './script-options.js'

const { numbers, live, before } = numbersFrom({ numbers: 1_000_000, live: 10_000, before: 10 })
/** The promise is a minute; past ten the import has failed. */
const importTimeoutMs = 600_000
/** Calls at once: enough to notice a stall, too few to saturate the daemon. */
const outstanding = 4

await using folder = await scratch('import')
const file = join(folder.path, 'numbers.csv')
await writeNumbers(file)
const pinned = pinSelf(1)
say(pinned ? 'daemon on core 0, clients on core 1' : 'not pinned: taskset is not installed, or there is one core')
const daemon = await startDaemon({ data: join(folder.path, 'data'), core: pinned ? 0 : undefined })
try {
  using stage = await prepare(optionsFor(daemon.address), startProgress)
  const quiet = await resolveWhile(stage, new AbortController().signal, before * 1_000)
  const importing = new AbortController()
  const noticed = resolveWhile(stage, importing.signal, importTimeoutMs)
  const seconds = await importFile(stage.scene.place.pool).finally(() => importing.abort())
  const during = await noticed
  say(`import of ${numbers} scattered numbers: ${seconds.toFixed(1)} s, ${Math.round(numbers / seconds)}/s`)
  tell('before', quiet)
  tell('during', during)
} finally {
  await daemon.stop()
}

/** Scattered over a range twenty times as large, in no order; each once, for the step is coprime with the range. */
async function writeNumbers(path: string): Promise<void> {
  const range = 20_000_003
  const step = 7_368_787
  const stream = createWriteStream(path)
  for (let i = 0; i < numbers; i += 1) {
    const line = `7001${String((i * step) % range).padStart(11, '0')}\n`
    if (!stream.write(line)) await once(stream, 'drain')
  }
  stream.end()
  await finished(stream)
}

function optionsFor(server: string): LoadOptions {
  const options = readOptions(['--server', server, '--live', String(live), '--outstanding', String(outstanding)], 0)
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

/** Every answer is checked, during the import as before. */
async function resolveWhile({ scene, connections }: Stage, stop: AbortSignal, durationMs: number): Promise<Meter> {
  const operations = operationsOf(scene, connections)
  const meter = new Meter()
  await closedLoop(operations.all, { durationMs, meter, stop })
  operations.close()
  return meter
}

/** @returns seconds, from the start of the command to its end */
async function importFile(pool: string): Promise<number> {
  const began = performance.now()
  const args = [output('daemon/cli/main.js'), '--server', daemon.address, 'import', file, '--pool', pool]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: importTimeoutMs })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`xpool import ended with code ${code}`)
  return (performance.now() - began) / 1_000
}

function tell(when: string, meter: Meter): void {
  const histogram = meter.latency.get('resolve')
  if (histogram === undefined) throw new Error(`${when}: nothing was resolved`)
  const at = (percentile: number): string => (histogram.getValueAtPercentile(percentile) / 1_000).toFixed(2)
  say(
    `Resolve ${when}: ${histogram.totalCount} calls, p50 ${at(50)} ms, p99 ${at(99)} ms, p99.9 ${at(99.9)} ms, ` +
      `max ${(histogram.maxValue / 1_000).toFixed(2)} ms`,
  )
}
