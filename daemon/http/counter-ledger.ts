/**
 * The figures of all threads as one, whose counters never fall. A thread that
 * is started anew counts from 0; a sum over threads would then drop, and
 * Prometheus would take a drop for a restart of the daemon and rate() would
 * count everything before it twice. So the ledger keeps what each thread last
 * told. When a thread tells of a new incarnation, the counters and histograms
 * of the former one are added to those of its predecessors for good. While a
 * thread is silent, its last figures stand. What a thread counted after its
 * last report and before it died is lost: never counted, never taken back.
 * Gauges tell of now, so those of a silent thread are left out.
 */
import { AggregatorRegistry, type Registry } from 'prom-client'

type MetricFigures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]

/** What one thread tells: `getMetricsAsJSON()` of its registry. */
export interface ThreadFigures {
  /** A fixed, small set: `main`, `shard-0`, `gateway-1`. */
  readonly thread: string
  /** Differs for each start of the thread. */
  readonly incarnation: number
  readonly metrics: readonly object[]
}

/** Names of threads come from settings, never from outside; more than this is a fault of ours. */
export const ledgerThreadsMax = 256

interface Account {
  incarnation: number
  last: readonly MetricFigures[]
  /** Counters and histograms of former incarnations, summed. */
  former: readonly MetricFigures[]
  reported: boolean
}

export class CounterLedger {
  readonly #accounts = new Map<string, Account>()

  /** Takes the figures of one collection and returns the sum over all threads, past and present. */
  async sum(reports: readonly ThreadFigures[]): Promise<Registry> {
    for (const account of this.#accounts.values()) account.reported = false
    for (const report of reports) await this.#take(report)
    const all = [...this.#accounts.values()].flatMap(({ former, last, reported }) => [
      former,
      reported ? last : last.filter(accumulates),
    ])
    return AggregatorRegistry.aggregate(all as object[])
  }

  async #take({ thread, incarnation, metrics }: ThreadFigures): Promise<void> {
    let account = this.#accounts.get(thread)
    if (account === undefined) {
      if (this.#accounts.size >= ledgerThreadsMax) throw new Error(`more than ${ledgerThreadsMax} threads tell figures`)
      account = { incarnation, last: [], former: [], reported: false }
      this.#accounts.set(thread, account)
    }
    if (account.incarnation !== incarnation) {
      const past = [account.former, account.last.filter(accumulates)]
      account.former = await AggregatorRegistry.aggregate(past as object[]).getMetricsAsJSON()
      account.incarnation = incarnation
    }
    account.last = metrics as readonly MetricFigures[]
    account.reported = true
  }
}

/** prom-client tells the type by its name, whatever its own types say. */
function accumulates({ type }: MetricFigures): boolean {
  return ['counter', 'histogram'].includes(String(type))
}
