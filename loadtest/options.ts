/** The settings of a run, checked as a whole: all faults in one message. */
import { parseArgs } from 'node:util'
import { type ArrivalKind, arrivalKinds } from './arrivals.js'
import { flags, type Mode, modes, type Workload, workloads } from './flags.js'
import { numbersPerRun } from './population.js'

export type { Mode, Workload } from './flags.js'

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
  /** Items a second at the peak of the load, over all processes; 0: closed loop. */
  readonly rate: number
  readonly arrivals: ArrivalKind
  /** Client processes, which share connections, requests in flight, rate and live bindings. */
  readonly processes: number
  /** Requests (unary) or batches (stream) in flight, over all connections; of an open loop the most. */
  readonly outstanding: number
  /** Items of a batch. */
  readonly batch: number
  readonly seed: number
  /** Bindings made before the load begins, which live as long as it runs. */
  readonly live: number
  /** Proxy numbers of the run's pool. */
  readonly numbers: number
  /** Bindings that one number may carry. */
  readonly perNumber: number
  /** Cooldown of the run's pool: at steady state rate x cooldown keys are cooling. */
  readonly cooldownMs: number
  /** Share of the allocations that end by time, after ttlMs, rather than by Release. */
  readonly expiring: number
  readonly ttlMs: number
  /** Workload call-setup: share of the callers who have no binding. */
  readonly strangers: number
  /** Workload call-setup: share of the calls whose start and end are reported. */
  readonly reports: number
  /** Sets the run's tenant, pool and numbers apart from those of other runs on one daemon. */
  readonly run: number
  /** Where the report goes as JSON; empty: nowhere. */
  readonly json: string
  /** Where it goes as a page; empty: nowhere. */
  readonly html: string
  readonly connectTimeoutMs: number
  /** Process whose CPU time is read; 0: none. */
  readonly serverPid: number
}

/** Relations of what may be asked for; a client is a process of a known size too. */
const bounds = {
  seconds: [0.1, 86_400],
  warmup: [0, 3_600],
  rate: [0, 10_000_000],
  processes: [1, 64],
  connections: [1, 256],
  outstanding: [1, 65_536],
  batch: [1, 1_024],
  seed: [0, 0x7fff_ffff],
  live: [1, 20_000_000],
  numbers: [1, numbersPerRun],
  cooldownMs: [0, 604_800_000],
  expiring: [0, 1],
  ttlMs: [1, 86_400_000],
  strangers: [0, 1],
  reports: [0, 1],
  connectTimeoutMs: [1, 600_000],
  run: [0, 9_999_999],
  serverPid: [0, 0x7fff_ffff],
} as const satisfies Record<string, readonly [number, number]>

/** A number carries a thousand bindings; three times that room, and what cools beside, fits in these. */
export function numbersFor(live: number): number {
  return Math.min(numbersPerRun, Math.max(1_000, Math.ceil(live / 300)))
}

/** Of the pool that is nearly full. */
const fullShare = 0.99
const bindingsPerNumber = 1_000
/** Defaults of what is in flight. */
const outstandingClosed = 64
const outstandingOpen = 4_096

/** How many bindings, on how many numbers: a nearly full pool is filled to 99 % of what it can hold, the rest have room. */
function roomFor(workload: Workload, live: number, numbers: string | undefined) {
  if (workload !== 'pool-nearly-full') {
    return { live, numbers: Number(numbers ?? numbersFor(live)), perNumber: bindingsPerNumber }
  }
  const perNumber = Math.min(bindingsPerNumber, Math.max(10, Math.floor(live / 100)))
  const held = Number(numbers ?? Math.ceil(live / fullShare / perNumber))
  return { live: Math.floor(held * perNumber * fullShare), numbers: held, perNumber }
}

/** @returns the options, or what is wrong with each */
export function readOptions(args: readonly string[], nowMs: number): LoadOptions | { readonly faults: string[] } {
  let values: Record<string, string | undefined>
  try {
    values = parseArgs({ args: [...args], options: flags, strict: true }).values
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] }
  }
  const workload = values['workload'] as Workload
  const room = roomFor(workload, Number(values['live']), values['numbers'])
  const rate = Number(values['rate'])
  return checked({
    server: values['server'] ?? '',
    workload,
    mode: values['mode'] as Mode,
    seconds: Number(values['seconds']),
    warmup: Number(values['warmup']),
    connections: Number(values['connections']),
    rate,
    arrivals: values['arrivals'] as ArrivalKind,
    processes: Number(values['processes']),
    outstanding: Number(values['outstanding'] ?? (rate > 0 ? outstandingOpen : outstandingClosed)),
    batch: Number(values['batch']),
    seed: Number(values['seed']),
    ...room,
    strangers: Number(values['strangers']),
    reports: Number(values['reports']),
    html: values['html'] ?? '',
    connectTimeoutMs: Number(values['connect-timeout-ms']),
    cooldownMs: Number(values['cooldown-ms']),
    expiring: Number(values['expiring']),
    ttlMs: Number(values['ttl-ms']),
    run: Number(values['run'] ?? Math.floor(nowMs / 1_000) % 10_000_000),
    json: values['json'] ?? '',
    serverPid: Number(values['server-pid']),
  })
}

const fractions: ReadonlySet<string> = new Set(['seconds', 'warmup', 'expiring', 'rate', 'strangers', 'reports'])

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
  if (!arrivalKinds.includes(options.arrivals)) faults.push(`arrivals: one of ${arrivalKinds.join(', ')} is wanted`)
  if (options.processes > options.connections) faults.push('processes: no more than connections, or some would idle')
  if (options.connections > options.outstanding)
    faults.push('connections: no more than outstanding, or some would idle')
  return faults.length === 0 ? options : { faults }
}
