/** docs/operations/metrics.md against what the daemon serves and what its sources name, both ways. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { ConnectionBudgets } from '../gateway/connection-budget.js'
import { connectionCounts, connectionGauges } from '../gateway/connection-metrics.js'
import { gatewayMetrics } from '../gateway/gateway-metrics.js'
import { watchMetrics } from '../gateway/watch/watch-metrics.js'
import { openMetrics } from './metrics-text.js'
import { releasesWaiting, shardMetrics } from './shard-metrics.js'
import { threadMetrics } from './thread-metrics.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}/docs/operations/metrics.md`, 'utf8')

interface Documented {
  readonly type: string
  readonly labels: readonly string[]
}

function documented(): Map<string, Documented> {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \| .+ \|$/gm)]
  const entries = rows.map(([, name, type, labels]): [string, Documented] => [
    name!,
    { type: type!, labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!).sort() },
  ])
  expect(new Set(entries.map(([name]) => name)).size, 'a metric stands twice').toBe(entries.length)
  return new Map(entries)
}

/** All that a daemon of one shard and one gateway serves, each metric with a series where one needs no traffic. */
async function served(): Promise<string> {
  const [shard, gateway] = [new Registry(), new Registry()]
  using _thread = threadMetrics(shard, 'shard-0')
  const metrics = shardMetrics(shard)('0')
  releasesWaiting(shard, new Map([['0', () => 0]]))
  metrics.observeCommit(3, 1_000, 0.001)
  metrics.refused('POOL_EXHAUSTED')
  gatewayMetrics(gateway).method('Resolve')
  watchMetrics(gateway)
  connectionCounts(gateway).opened()
  connectionGauges(gateway, 'gateway-0', { staying: 1, leaving: 0 }, new ConnectionBudgets())
  const counts = {
    numbers: 1,
    freeNumbers: 1,
    inUseNumbers: 0,
    coolingNumbers: 0,
    outOfServiceNumbers: 0,
    liveBindings: 0,
    coolingBindings: 0,
    capacity: 1,
  }
  const quotas = {
    liveBindings: 1,
    liveBindingsPerParty: 1,
    numbersHeld: 1,
    allocationsPerSecond: 1,
    allocationsBurst: 1,
    allocationsPerPartyPerDay: 1,
  }
  using opened = openMetrics({
    version: '0',
    clock: { now: () => Date.now(), jumped: false },
    log: () => undefined,
    collect: async () => [
      { thread: 'shard-0', incarnation: 0, metrics: await shard.getMetricsAsJSON() },
      { thread: 'gateway-0', incarnation: 0, metrics: await gateway.getMetricsAsJSON() },
    ],
    counts: async () => ({
      pools: [{ pool: 'p', ...counts }],
      tenants: [{ tenant: 't', liveBindings: 0, numbersHeld: 0, quotas }],
    }),
  })
  return await opened.text()
}

describe('docs/operations/metrics.md', () => {
  test('holds every metric that is served with its type, and no other', async () => {
    const types = [...(await served()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type])
    const told = [...documented()].map(([name, { type }]) => [name, type])
    // The figures of the process are those of Linux; elsewhere prom-client has fewer.
    const comparable = ([name]: (string | undefined)[]) => process.platform === 'linux' || !name!.startsWith('process_')
    expect(types.filter(comparable).sort()).toEqual(told.filter(comparable).sort())
  })

  test('holds the labels of every series that is served', async () => {
    const pageOf = documented()
    const lines = (await served()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines.length).toBeGreaterThan(50)
    for (const line of lines) {
      const name = line.match(/^\w+/)![0]
      const known = pageOf.get(name) ?? pageOf.get(name.replace(/_(bucket|sum|count)$/, ''))
      const labels = [...line.matchAll(/(\w+)="/g)].map(([, label]) => label!).filter((label) => label !== 'le')
      expect(labels.sort(), line).toEqual(known?.labels)
    }
  })

  test('holds every metric that a source of the daemon names', () => {
    const sources = globSync('daemon/**/*.ts', { cwd: root }).filter((path) => !/\.test\.ts$|generated/.test(path))
    const names = sources.flatMap((path) =>
      [...readFileSync(`${root}/${path}`, 'utf8').matchAll(/'(xpool_[a-z_]+)'/g)].map(([, name]) => name!),
    )
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !documented().has(name))).toEqual([])
  })

  test('every metric in an alarm exists', () => {
    const alarms = page.slice(page.indexOf('## What to watch'))
    const names = [...alarms.matchAll(/xpool_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''))
    expect(names.filter((name) => !documented().has(name))).toEqual([])
  })
})
