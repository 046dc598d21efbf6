/** What the process as a whole tells: its CPU, memory and files, its version, its clock. Main thread only. */
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../clock/process-clock.js'

export interface ProcessFacts {
  readonly version: string
  readonly clock: Clock
}

export function processMetrics(registry: Registry, { version, clock }: ProcessFacts): void {
  collectDefaultMetrics({ register: registry })
  // prom-client's nodejs_ figures are those of the thread that asks; ours tell of every thread (thread-metrics.ts).
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_')) registry.removeSingleMetric(name)
  }
  const info = new Gauge({
    name: 'xpool_build_info',
    help: 'Always 1; the labels tell the versions',
    labelNames: ['version', 'node'],
    registers: [registry],
  })
  info.set({ version, node: process.version }, 1)
  new Gauge({
    name: 'xpool_clock_jumped',
    help: '1 while the wall clock has jumped ahead and waits for an operator; nothing is allocated',
    registers: [registry],
    collect() {
      this.set(clock.jumped ? 1 : 0)
    },
  })
  new Gauge({
    name: 'xpool_clock_ahead_seconds',
    help: 'How far the time of the daemon is ahead of the wall clock',
    registers: [registry],
    collect() {
      this.set((clock.now() - Date.now()) / 1_000)
    },
  })
}
