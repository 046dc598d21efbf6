/**
 * How a thread does: the lag of its event loop, how busy it is, its memory.
 * Each thread calls it once on its own registry.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Gauge, type Registry } from 'prom-client'

/** The lag is that of the last whole window, so that two scrapers see the same. */
const lagWindowMs = 10_000
const lagResolutionMs = 50
const nsPerSecond = 1e9

const quantiles = [0.5, 0.99, 1] as const

/** Dispose of it to stop measuring; it does not keep the thread alive. */
export function threadMetrics(registry: Registry, thread: string): Disposable {
  const lag = lagWindows()
  new Gauge({
    name: 'xpool_event_loop_lag_seconds',
    help: 'How late the event loop of a thread was, in its last 10 seconds',
    labelNames: ['thread', 'quantile'],
    registers: [registry],
    collect() {
      for (const [quantile, seconds] of lag.last()) this.set({ thread, quantile }, seconds)
    },
  })
  let before = performance.eventLoopUtilization()
  new Gauge({
    name: 'xpool_thread_utilization',
    help: 'Share of the time since the last scrape that a thread was busy, 0 to 1',
    labelNames: ['thread'],
    registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization()
      this.set({ thread }, performance.eventLoopUtilization(now, before).utilization)
      before = now
    },
  })
  new Gauge({
    name: 'xpool_thread_memory_bytes',
    help: 'Memory of a thread: its heap in use, and what typed arrays and buffers hold outside of it',
    labelNames: ['thread', 'kind'],
    registers: [registry],
    collect() {
      const heap = getHeapStatistics()
      this.set({ thread, kind: 'heap' }, heap.used_heap_size)
      this.set({ thread, kind: 'external' }, heap.external_memory)
    },
  })
  return lag
}

/** monitorEventLoopDelay tells the time between two ticks of a timer: what is beyond its period is lag. */
function lagWindows(): Disposable & { last(): [number, number][] } {
  const histogram = monitorEventLoopDelay({ resolution: lagResolutionMs })
  histogram.enable()
  let window: [number, number][] | undefined
  const read = () => quantiles.map((quantile): [number, number] => [quantile, seconds(quantile)])
  const seconds = (quantile: number) => {
    if (histogram.count === 0) return 0
    const betweenTicks = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100)
    return Math.max(0, betweenTicks / nsPerSecond - lagResolutionMs / 1_000)
  }
  const timer = setInterval(() => {
    window = read()
    histogram.reset()
  }, lagWindowMs).unref()
  return {
    last: () => window ?? read(),
    [Symbol.dispose]() {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
