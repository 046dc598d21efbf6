/** The settings of a run, checked as a whole: all faults in one message. */
import { parseArgs } from 'node:util'
import { numbersPerRun } from './population.js'

export const workloads = ['call-setup', 'churn', 'mixed'] as const
export type Workload = (typeof workloads)[number]
export const modes = ['unary', 'stream'] as const
export type Mode = (typeof modes)[number]

export interface LoadOptions {
  /** HOST:PORT of the daemon. */
  readonly server: string
  readonly workload: Workload
  readonly mode: Mode
  /** Length of the measured part, seconds. */
  readonly seconds: number
  /** Load before it that is not measured, seconds. */
  readonly warmup: number
  readonly connections: number
  /** Requests (unary) or batches (stream) in flight, over all connections. */
  readonly outstanding: number
  /** Items of a batch. */
  readonly batch: number
  readonly seed: number
  /** Bindings made before the load begins, which live as long as it runs. */
  readonly live: number
  /** Proxy numbers of the run's pool. */
  readonly numbers: number
  /** Cooldown of the run's pool: at steady state rate x cooldown keys are cooling. */
  readonly cooldownMs: number
  /** Share of the allocations that end by time, after ttlMs, rather than by Release. */
  readonly expiring: number
  readonly ttlMs: number
  /** Sets the run's tenant, pool and numbers apart from those of other runs on one daemon. */
  readonly run: number
  /** Where the report goes as JSON; empty: nowhere. */
  readonly json: string
  /** Process whose CPU time is read; 0: none. */
  readonly serverPid: number
}

/** Relations of what may be asked for; a client is a process of a known size too. */
const bounds = {
  seconds: [0.1, 86_400],
  warmup: [0, 3_600],
  connections: [1, 256],
  outstanding: [1, 8_192],
  batch: [1, 1_024],
  seed: [0, 0x7fff_ffff],
  live: [1, 20_000_000],
  numbers: [1, numbersPerRun],
  cooldownMs: [0, 604_800_000],
  expiring: [0, 1],
  ttlMs: [1, 86_400_000],
  run: [0, 9_999_999],
  serverPid: [0, 0x7fff_ffff],
} as const satisfies Record<string, readonly [number, number]>

const flags = {
  server: { type: 'string', default: '127.0.0.1:7700' },
  workload: { type: 'string', default: 'call-setup' },
  mode: { type: 'string', default: 'unary' },
  seconds: { type: 'string', default: '10' },
  warmup: { type: 'string', default: '1' },
  connections: { type: 'string', default: '4' },
  outstanding: { type: 'string', default: '64' },
  batch: { type: 'string', default: '64' },
  seed: { type: 'string', default: '1' },
  live: { type: 'string', default: '10000' },
  numbers: { type: 'string' },
  'cooldown-ms': { type: 'string', default: '1000' },
  expiring: { type: 'string', default: '0' },
  'ttl-ms': { type: 'string', default: '5000' },
  run: { type: 'string' },
  json: { type: 'string', default: '' },
  'server-pid': { type: 'string', default: '0' },
} as const

/** A number carries a thousand bindings; three times that room, and what cools beside, fits in these. */
export function numbersFor(live: number): number {
  return Math.min(numbersPerRun, Math.max(1_000, Math.ceil(live / 300)))
}

/** @returns the options, or what is wrong with each */
export function readOptions(args: readonly string[], nowMs: number): LoadOptions | { readonly faults: string[] } {
  let values: Record<string, string | undefined>
  try {
    values = parseArgs({ args: [...args], options: flags, strict: true }).values
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] }
  }
  const live = Number(values['live'])
  return checked({
    server: values['server'] ?? '',
    workload: values['workload'] as Workload,
    mode: values['mode'] as Mode,
    seconds: Number(values['seconds']),
    warmup: Number(values['warmup']),
    connections: Number(values['connections']),
    outstanding: Number(values['outstanding']),
    batch: Number(values['batch']),
    seed: Number(values['seed']),
    live,
    numbers: Number(values['numbers'] ?? numbersFor(live)),
    cooldownMs: Number(values['cooldown-ms']),
    expiring: Number(values['expiring']),
    ttlMs: Number(values['ttl-ms']),
    run: Number(values['run'] ?? Math.floor(nowMs / 1_000) % 10_000_000),
    json: values['json'] ?? '',
    serverPid: Number(values['server-pid']),
  })
}

const fractions: ReadonlySet<string> = new Set(['seconds', 'warmup', 'expiring'])

function checked(options: LoadOptions): LoadOptions | { readonly faults: string[] } {
  const faults: string[] = []
  if (!/^.+:\d{1,5}$/.test(options.server)) faults.push('server: HOST:PORT is wanted')
  if (!workloads.includes(options.workload)) faults.push(`workload: one of ${workloads.join(', ')} is wanted`)
  if (!modes.includes(options.mode)) faults.push(`mode: one of ${modes.join(', ')} is wanted`)
  for (const [name, [least, greatest]] of Object.entries(bounds)) {
    const value = options[name as keyof typeof bounds]
    const whole = fractions.has(name) || Number.isInteger(value)
    if (!whole || !(value >= least && value <= greatest)) {
      faults.push(`${name}: ${least} to ${greatest} is wanted${whole ? '' : ', a whole number'}`)
    }
  }
  if (options.connections > options.outstanding)
    faults.push('connections: no more than outstanding, or some would idle')
  return faults.length === 0 ? options : { faults }
}
