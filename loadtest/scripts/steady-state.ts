/**
 * The rate of durable allocations: while an empty pool fills, and at steady
 * state, when for each allocation one binding ends, half of them by Release
 * and half by their time. The daemon has core 0, this client core 1.
 *
 *   node dist/loadtest/scripts/steady-state.js [--live 1000000] [--seconds 10] [--rounds 3]
 */
import { type LoadOptions, readOptions } from '../options.js'
import { startProgress } from '../progress.js'
import type { Report } from '../report.js'
import { isSound, measure, prepare } from '../run.js'
import { processMemory } from '../server-cpu.js'
import { canPin, pinSelf, scratch, startDaemon } from '../server-process.js'
import { median, numbersFrom, say, spread } from './script-options.js'

const { live, seconds, rounds, ttl } = numbersFrom({ live: 1_000_000, seconds: 10, rounds: 3, ttl: 5_000 })

/** In flight: of AllocateStream 16 batches of 16, and 8 of 128; unary 64. */
const shapes = [
  { name: 'AllocateStream, 16 x 16', mode: 'stream', outstanding: 16, batch: 16 },
  { name: 'AllocateStream, 8 x 128', mode: 'stream', outstanding: 8, batch: 128 },
  { name: 'Allocate and Release unary, 64', mode: 'unary', outstanding: 64, batch: 1 },
] as const

await using folder = await scratch('steady-state')
const pinned = pinSelf(1)
const daemon = await startDaemon({ data: folder.path, core: pinned ? 0 : undefined })
try {
  const before = await processMemory(daemon.pid)
  const base = optionsFor(daemon.address)
  using stage = await prepare(base, startProgress)
  say(canPin() ? 'daemon on core 0, client on core 1' : 'not pinned: taskset is not installed, or there is one core')
  say(`filling to ${live}: ${Math.round((live / stage.fillMs) * 1_000)} allocations/s (8 batches of 512 in flight)`)
  const after = await processMemory(daemon.pid)
  if (before !== undefined && after !== undefined) {
    say(`resident beside the map: ${((after - before) / live).toFixed(0)} B a live binding`)
  }
  const reports = new Map<string, Report[]>(shapes.map((shape) => [shape.name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, mode, outstanding, batch } of shapes) {
      const report = await measure(stage, { ...base, mode, outstanding, batch }, startProgress)
      if (!isSound(report)) throw new Error(`${name}: ${JSON.stringify(report.refused)}`)
      reports.get(name)!.push(report)
    }
  }
  for (const { name } of shapes) tell(name, reports.get(name)!)
} finally {
  await daemon.stop()
}

function optionsFor(server: string): LoadOptions {
  const options = readOptions(
    [
      ...['--server', server, '--workload', 'churn', '--live', String(live), '--seconds', String(seconds)],
      // Ends by time begin when the first ttl is over, keys come free a cooldown later: both before the measured part.
      ...['--expiring', '0.5', '--ttl-ms', String(ttl), '--cooldown-ms', '1000', '--warmup', String(ttl / 1_000 + 2)],
      ...['--server-pid', String(daemon.pid), '--run', '1'],
    ],
    0,
  )
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

function tell(name: string, reports: readonly Report[]): void {
  const rates = reports.map((report) => report.perSecond.allocate)
  const cpu = reports.map((report) => report.serverCpuUsPerItem ?? Number.NaN)
  const p99 = reports.map((report) => Math.max(...Object.values(report.latency).map((one) => one.p99Us)) / 1_000)
  say(
    `${name}: ${Math.round(median(rates))} allocations/s (spread ${Math.round(spread(rates) * 100)} %), ` +
      `as many ends; server CPU ${median(cpu).toFixed(1)} us an item, p99 ${median(p99).toFixed(1)} ms, ` +
      `client at ${Math.round(median(reports.map((report) => report.clientCpuShare)) * 100)} % of a core`,
  )
}
