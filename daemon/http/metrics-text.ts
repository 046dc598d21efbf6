/** The text of /metrics: the process, all threads as one, and the counts of pools and tenants. */
import { Counter, Registry } from 'prom-client'
import type { Log } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import { countGauges } from './count-gauges.js'
import { CounterLedger, type ThreadFigures } from './counter-ledger.js'
import { answerTimeoutMs, inTime, shared } from './in-time.js'
import type { NamedCounts } from './named-counts.js'
import { type ProcessFacts, processMetrics } from './process-metrics.js'
import { threadMetrics } from './thread-metrics.js'

interface MetricSources extends ProcessFacts {
  /** Figures of every other thread; one that is being started anew is left out. */
  readonly collect: () => Promise<readonly ThreadFigures[]>
  readonly counts: () => Promise<NamedCounts>
  readonly log: Log
  /** Default answerTimeoutMs. */
  readonly timeoutMs?: number
}

export interface Metrics extends Disposable {
  /** For what the main thread itself counts; summed with the other threads. */
  readonly mainRegistry: Registry
  /** Prometheus text format 0.0.4. Never rejects because a thread is silent. */
  text(): Promise<string>
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE

export function openMetrics(sources: MetricSources): Metrics {
  const { collect, counts, log, timeoutMs = answerTimeoutMs } = sources
  const processRegistry = new Registry()
  processMetrics(processRegistry, sources)
  const failures = new Counter({
    name: 'xpool_scrape_failures_total',
    help: 'Scrapes that had to do without the figures of the threads, or without the counts of the shards',
    labelNames: ['source'],
    registers: [processRegistry],
  })
  for (const source of ['threads', 'counts']) failures.inc({ source }, 0)
  const mainRegistry = new Registry()
  const mainThread = threadMetrics(mainRegistry, 'main')
  const ledger = new CounterLedger()

  async function attempt<T>(source: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await inTime(work(), timeoutMs, source)
    } catch (error) {
      failures.inc({ source })
      log('METRICS_INCOMPLETE', { what: source, error: errorFact(error) })
      return otherwise
    }
  }

  async function text(): Promise<string> {
    const [threads, named] = await Promise.all([attempt('threads', collect, []), attempt('counts', counts, undefined)])
    const main = { thread: 'main', incarnation: 0, metrics: await mainRegistry.getMetricsAsJSON() }
    const summed = await ledger.sum([main, ...threads])
    const registries = [processRegistry, summed, ...(named === undefined ? [] : [countGauges(named)])]
    const texts = await Promise.all(registries.map((registry) => registry.metrics()))
    return texts.filter((one) => one.trim() !== '').join('\n')
  }
  return { mainRegistry, text: shared(text), [Symbol.dispose]: () => mainThread[Symbol.dispose]() }
}
