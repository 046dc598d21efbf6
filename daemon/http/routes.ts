/** What is served under which path. */
import type { Clock } from '../clock/process-clock.js'
import { answerTimeoutMs, inTime, shared } from './in-time.js'
import { metricsContentType } from './metrics-text.js'
import type { NamedCounts } from './named-counts.js'
import { operatorPage, pagePolicy } from './page.js'

/** Rows of a table of the page; the metrics tell of more. */
export const tableRowsMax = 500

export type Readiness =
  | { readonly ready: true }
  /** A sentence for the operator: what it waits for, or why it stopped. */
  | { readonly ready: false; readonly reason: string }

export interface RouteSources {
  readonly version: string
  readonly clock: Clock
  readonly metrics: () => Promise<string>
  readonly counts: () => Promise<NamedCounts>
  readonly ready: () => Readiness
}

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly policy?: string
}

export type Routes = ReadonlyMap<string, () => Promise<Reply>>

export function routesOf(sources: RouteSources): Routes {
  const page = {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: operatorPage(sources.version),
    policy: pagePolicy,
  }
  const stats = shared(() => statsReply(sources))
  return new Map<string, () => Promise<Reply>>([
    ['/', async () => page],
    ['/metrics', async () => ({ status: 200, type: metricsContentType, body: await sources.metrics() })],
    // That it answers is the answer: the process runs, and its main thread turns.
    ['/healthz', async () => json(200, { alive: true })],
    ['/readyz', async () => readyReply(sources.ready())],
    ['/stats.json', stats],
  ])
}

function readyReply(readiness: Readiness): Reply {
  return json(readiness.ready ? 200 : 503, readiness)
}

async function statsReply({ counts, ready, clock }: RouteSources): Promise<Reply> {
  let named: NamedCounts
  try {
    named = await inTime(counts(), answerTimeoutMs, 'counts')
  } catch (error) {
    const readiness = ready()
    const reason = readiness.ready ? String(error instanceof Error ? error.message : error) : readiness.reason
    return json(503, { ready: false, reason })
  }
  const pools = named.pools.slice(0, tableRowsMax)
  const tenants = named.tenants.slice(0, tableRowsMax)
  const leftOut = named.pools.length + named.tenants.length - pools.length - tenants.length
  return json(200, { nowMs: clock.now(), ...ready(), pools, tenants, leftOut })
}

export function json(status: number, body: object): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(body)}\n` }
}
