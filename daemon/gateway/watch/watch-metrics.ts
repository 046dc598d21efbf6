/** What the gateway counts of its watchers. */
import { Gauge, type Registry } from 'prom-client'
import { cellCounter } from '../cells.js'
import type { CutOff } from './watcher.js'

export interface WatchMetrics {
  /** Gives the gauge its source. */
  watchers(count: () => number): void
  delivered(events: number): void
  cutOff(why: CutOff): void
}

const reasons: readonly CutOff[] = ['queue', 'stalled', 'memory']

/** Registers the metrics of watchers; once for each registry. */
export function watchMetrics(registry: Registry): WatchMetrics {
  let count = () => 0
  new Gauge({
    name: 'xpool_watch_watchers',
    help: 'Watchers that are being served',
    registers: [registry],
    collect() {
      this.set(count())
    },
  })
  const events = cellCounter(registry, {
    name: 'xpool_watch_events_total',
    help: 'Events handed to watchers, each counted once for each of them',
  })
  const cutOffs = cellCounter(registry, {
    name: 'xpool_watch_cut_off_total',
    help: 'Watchers cut off because they did not keep up, by what ran over',
  })
  const all = events.cell({})
  const cells = new Map(reasons.map((reason) => [reason, cutOffs.cell({ reason })]))
  return {
    watchers(source) {
      count = source
    },
    delivered: (by) => events.add(all, by),
    cutOff: (why) => cutOffs.add(cells.get(why)!),
  }
}
