/** The load test's own client on a daemon of ours: one measured part, warm, as a sample. */
import { type LoadOptions, readOptions } from '../options.js'
import type { Report } from '../report.js'
import { isSound, measure, type Stage } from '../run.js'
import { type Sample, sampleOf } from './sample.js'
import { usageOf } from './usage.js'

/** @param flags as the load test takes them @throws when they are wrong */
export function loadOptions(flags: Readonly<Record<string, string | number>>): LoadOptions {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
  const options = readOptions(args, 0)
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

export interface DaemonLoad {
  readonly pid: number
  readonly stage: Stage
  readonly options: LoadOptions
  /** Load before it that is not measured. */
  readonly warmupSeconds: number
  /** Whose rate is told. */
  readonly counted: 'resolve' | 'allocate'
}

/** @throws when the server refused more than a sound load has refused */
export async function sampleDaemon(load: DaemonLoad): Promise<Sample> {
  const { stage, options, warmupSeconds } = load
  await measure(stage, { ...options, seconds: warmupSeconds, warmup: 0 })
  const { result, usage } = await usageOf(load.pid, () => measure(stage, { ...options, warmup: 0 }))
  if (!isSound(result)) throw new Error(`refused: ${JSON.stringify(result.refused)}`)
  const items = result.itemsPerSecond * result.seconds
  return { ...sampleOf(usage, items, result.perSecond[load.counted] * result.seconds), ...latencyOf(result) }
}

function latencyOf({ latency }: Report): { p50Us?: number; p99Us?: number } {
  const all = Object.values(latency)
  if (all.length === 0) return {}
  return { p50Us: Math.max(...all.map((one) => one.p50Us)), p99Us: Math.max(...all.map((one) => one.p99Us)) }
}
