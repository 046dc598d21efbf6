import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { otherReason, refusalReasonsMax, shardMetrics } from './shard-metrics.js'
import { threadMetrics } from './thread-metrics.js'

async function seriesOf(registry: Registry, series: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? expect.fail(`no ${series}`))
}

describe('metrics of a thread', () => {
  test('a loop that was blocked shows how late it was', async () => {
    const registry = new Registry()
    using _measured = threadMetrics(registry, 'shard-0')
    const lag = (quantile: string) =>
      seriesOf(registry, `xpool_event_loop_lag_seconds{thread="shard-0",quantile="${quantile}"}`)
    await new Promise((resolve) => setTimeout(resolve, 60))
    const until = performance.now() + 300
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await lag('1')).toBeGreaterThan(0.2)
    expect(await lag('0.5')).toBeLessThan(await lag('1'))
    expect(await seriesOf(registry, 'xpool_thread_memory_bytes{thread="shard-0",kind="heap"}')).toBeGreaterThan(1e6)
    const busy = await seriesOf(registry, 'xpool_thread_utilization{thread="shard-0"}')
    expect(busy).toBeGreaterThanOrEqual(0)
    expect(busy).toBeLessThanOrEqual(1)
  })

  test('a shard tells its commits, its queue and its refusals', async () => {
    const registry = new Registry()
    const metrics = shardMetrics(registry)('3')
    metrics.observeCommit(10, 5_000, 0.003)
    metrics.observeCommit(0, 100, 0.5)
    metrics.queueDepth(7)
    metrics.refused('POOL_EXHAUSTED')
    metrics.reloaded()
    expect(await seriesOf(registry, 'xpool_commit_commands_sum{shard="3"}')).toBe(10)
    expect(await seriesOf(registry, 'xpool_commit_commands_count{shard="3"}')).toBe(2)
    expect(await seriesOf(registry, 'xpool_commit_duration_seconds_bucket{le="0.005",shard="3"}')).toBe(1)
    expect(await seriesOf(registry, 'xpool_commit_bytes_sum{shard="3"}')).toBe(5_100)
    expect(await seriesOf(registry, 'xpool_shard_queue_commands{shard="3"}')).toBe(7)
    expect(await seriesOf(registry, 'xpool_refusals_total{shard="3",reason="POOL_EXHAUSTED"}')).toBe(1)
    expect(await seriesOf(registry, 'xpool_shard_reloads_total{shard="3"}')).toBe(1)
  })

  test('I12 reasons that were made from requests could not flood the metrics', async () => {
    const registry = new Registry()
    const metrics = shardMetrics(registry)('0')
    for (let i = 0; i < refusalReasonsMax + 10; i += 1) metrics.refused(`R${i}`)
    metrics.refused('R0')
    expect(await seriesOf(registry, `xpool_refusals_total{shard="0",reason="${otherReason}"}`)).toBe(10)
    expect(await seriesOf(registry, 'xpool_refusals_total{shard="0",reason="R0"}')).toBe(2)
  })
})
