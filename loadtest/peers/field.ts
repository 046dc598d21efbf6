/** What the rows are measured on: a daemon with live bindings on core 0, and this process on core 1. */
import type { LoadOptions } from '../options.js'
import { startProgress } from '../progress.js'
import { prepare, type Stage } from '../run.js'
import { processMemory } from '../server-cpu.js'
import { type ServerProcess, startDaemon } from '../server-process.js'
import { loadOptions } from './daemon-load.js'
import { churnTimes, numbersOf, type PeerOptions } from './peer-options.js'

export interface Field {
  readonly options: PeerOptions
  readonly daemon: ServerProcess
  readonly stage: Stage
  /** Options of the load test to begin with: call-setup in batches of 64. */
  readonly load: LoadOptions
  /** RssAnon of the daemon before the fill, bytes; NaN where it cannot be read. */
  readonly emptyBytes: number
  /** The servers' core; undefined where nothing can be pinned. */
  readonly core: number | undefined
}

export interface FieldWanted {
  readonly options: PeerOptions
  readonly data: string
  readonly core: number | undefined
  readonly flags?: readonly string[]
  /** Of the client, 4 by default. */
  readonly connections?: number
}

/** One shard and one gateway: all of a daemon's threads have one core here. */
const oneOfEach = ['--shards', '1', '--gateways', '1']

export async function startField(wanted: FieldWanted): Promise<Field> {
  const { options, data, core, flags = oneOfEach } = wanted
  const daemon = await startDaemon({ data, core, flags })
  try {
    const emptyBytes = (await processMemory(daemon.pid)) ?? Number.NaN
    const load = loadFor(daemon, options, 1, wanted.connections)
    return { options, daemon, core, load, emptyBytes, stage: await prepare(load, startProgress) }
  } catch (error) {
    await daemon.stop()
    throw error
  }
}

export async function endField({ stage, daemon }: Field): Promise<void> {
  stage[Symbol.dispose]()
  await daemon.stop()
}

/** @param run sets the places of several stages on one daemon apart */
export function loadFor(daemon: ServerProcess, options: PeerOptions, run: number, connections = 4): LoadOptions {
  const { ttlMs, cooldownMs } = churnTimes(options)
  return loadOptions({
    server: daemon.address,
    live: options.live,
    numbers: numbersOf(options),
    seconds: options.seconds,
    mode: 'stream',
    outstanding: 16,
    batch: 64,
    connections,
    'ttl-ms': ttlMs,
    'cooldown-ms': cooldownMs,
    'server-pid': daemon.pid,
    run,
  })
}
