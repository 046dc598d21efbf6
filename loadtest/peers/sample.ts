/** One round of one side, and what several of them say about what held it back. */
import { median } from '../scripts/script-options.js'
import type { Usage } from './usage.js'

export interface Sample {
  readonly perSecond: number
  /** CPU time of the server for one item, microseconds. */
  readonly cpuUs: number
  /** The same by thread. */
  readonly threadUs: Readonly<Record<string, number>>
  /** Bytes that the server wrote for one item. */
  readonly writtenBytes: number
  /** Shares of one core. */
  readonly serverShare: number
  readonly clientShare: number
  /** What the rest of the machine did meanwhile, in cores: noise. */
  readonly othersShare: number
  /** Latency, where it was measured. */
  readonly p50Us?: number
  readonly p99Us?: number
}

/**
 * @param items answered in all
 * @param counted of them, those whose rate is told (allocations, of a churn)
 */
export function sampleOf(usage: Usage, items: number, counted = items): Sample {
  if (items === 0) throw new Error('nothing was answered')
  const elapsedUs = usage.elapsedMs * 1_000
  return {
    perSecond: counted / (usage.elapsedMs / 1_000),
    cpuUs: usage.serverCpuUs / items,
    threadUs: Object.fromEntries(Object.entries(usage.threadCpuUs).map(([name, us]) => [name, us / items])),
    writtenBytes: usage.writtenBytes / items,
    serverShare: usage.serverCpuUs / elapsedUs,
    clientShare: usage.clientCpuUs / elapsedUs,
    othersShare: Math.max(0, usage.machineCpuUs - usage.serverCpuUs - usage.clientCpuUs) / elapsedUs,
  }
}

/** From here on a client is as likely to be what the rate measures as the server is. */
export const tiredShare = 0.9

export function isTired(samples: readonly Sample[]): boolean {
  return median(samples.map((one) => one.clientShare)) >= tiredShare
}

/** From here on other work is told, cores. */
const noisyShare = 0.15
/** Less than this share of a thread's side is left out. */
const toldShare = 0.03

/** What this side did with its core: where it was held back, in figures. */
export function loadOf(samples: readonly Sample[]): string {
  const of = (pick: (one: Sample) => number): number => median(samples.map(pick))
  const names = [...new Set(samples.flatMap((one) => Object.keys(one.threadUs)))]
  const cpu = of((one) => one.cpuUs)
  const threads = names
    .map((name) => ({ name, us: of((one) => one.threadUs[name] ?? 0) }))
    .filter(({ us }) => us > cpu * toldShare)
    .sort((one, other) => other.us - one.us)
    .map(({ name, us }) => `${name} ${microseconds(us)}`)
  const others = of((one) => one.othersShare)
  const written = of((one) => one.writtenBytes)
  return [
    `${microseconds(cpu)} us of CPU an item (${threads.join(', ')})`,
    `server ${percent(of((one) => one.serverShare))} and client ${percent(of((one) => one.clientShare))} of a core`,
    boundBy(
      of((one) => one.serverShare),
      of((one) => one.clientShare),
    ),
    ...(others >= noisyShare ? [`other work took ${others.toFixed(2)} cores meanwhile`] : []),
    ...(written >= 1 ? [`${Math.round(written)} B written an item`] : []),
  ].join('; ')
}

/** A side that fills its core is what holds the rate; where none does, the rate waits for the disk or for round trips. */
function boundBy(server: number, client: number): string {
  if (server >= tiredShare) return "the server's CPU bounds it"
  return client >= tiredShare
    ? "the client's CPU bounds it"
    : 'no core was full: it waits for the disk or for the other side'
}

function microseconds(us: number): string {
  return us < 10 ? us.toFixed(2) : us.toFixed(1)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
