/** A thread that carries shards: opens their stores, runs their loops, answers the ports it is given. */
import { randomFillSync } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { Registry } from 'prom-client'
import { ProcessClock } from '../clock/process-clock.js'
import { openDirectoryView } from '../directory/open-view.js'
import { releasesWaiting, shardMetrics } from '../http/shard-metrics.js'
import { threadMetrics } from '../http/thread-metrics.js'
import { openLog } from '../log/log.js'
import { PortShardServer } from '../shard/port-shard-server.js'
import { ShardLoop } from '../shard/shard-loop.js'
import { CommitCounts } from '../store/commit-counts.js'
import { directoryPath } from '../store/directory-environment.js'
import { shardDirectory } from '../store/shard-environment.js'
import { openShardStore } from '../store/shard-store.js'
import type { InjectedFault } from './control.js'
import { beat } from './heartbeat.js'
import { exhaustMemory } from './injected-faults.js'
import { MainLine } from './main-line.js'
import { shardObserver } from './shard-observer.js'
import type { ShardThreadSettings } from './shard-worker-settings.js'
import { profileThread } from './thread-profile.js'

const settings = workerData as ShardThreadSettings
const log = openLog({ thread: settings.name, level: settings.logLevel })
const registry = new Registry()
const loops = new Map<number, ShardLoop>()
const servers: PortShardServer[] = []
let failAfterCommit = false

const line = new MainLine((message) => {
  switch (message.type) {
    case 'port':
      servers.push(new PortShardServer(message.port, loops))
      break
    case 'stop':
      for (const loop of loops.values()) loop.stop()
      break
    case 'metrics':
      void registry.getMetricsAsJSON().then((metrics) => line.tell({ type: 'metrics', id: message.id, metrics }))
      break
    case 'fault':
      suffer(message.fault)
      break
    case 'shards-ready':
      break
  }
})

function suffer(fault: InjectedFault): void {
  if (fault === 'assertion-after-commit') failAfterCommit = true
  if (fault === 'out-of-memory') exhaustMemory()
}

async function main(): Promise<void> {
  const stopBeat = beat(settings.heartbeat)
  const figures = threadMetrics(registry, settings.name)
  const clock = new ProcessClock(settings.clockMemory)
  const commits = new CommitCounts(settings.commitsMemory)
  const stores = settings.carries.map((shard) =>
    openShardStore(shardDirectory(settings.dataDir, shard), {
      committed: () => commits.count(shard),
      boardMemory: settings.boardMemories[shard]!,
    }),
  )
  const directory = openDirectoryView(directoryPath(settings.dataDir), settings.directoryMemory)
  line.tell({ type: 'opened' })
  const metricsOf = shardMetrics(registry)
  releasesWaiting(
    registry,
    new Map(settings.carries.map((shard, i) => [String(shard), () => stores[i]!.releasesWaiting])),
  )
  let loading = settings.carries.length
  settings.carries.forEach((shard, i) => {
    const store = stores[i]!
    const loop = new ShardLoop({
      owner: settings.name,
      log: store.log,
      store,
      directory: directory.feed(shard),
      clock,
      entropy: (count) => randomFillSync(new Uint8Array(count)),
      observer: shardObserver(shard, log, metricsOf(String(shard)), () => {
        loading -= 1
        if (loading === 0) line.tell({ type: 'ready', port: 0 })
      }),
      nextTurn,
      sleep: (ms) => sleep(ms),
      afterCommit: () => {
        if (!failAfterCommit) return
        failAfterCommit = false
        throw new Error('injected: an assertion failed right after a commit')
      },
    })
    loops.set(shard, loop)
  })
  const endProfile = await profileThread(settings.name)
  await Promise.all([...loops.values()].map((loop) => loop.run()))
  await endProfile()
  for (const server of servers) server.close()
  await Promise.all(stores.map((store) => store.close()))
  await directory.close()
  figures[Symbol.dispose]()
  stopBeat()
  line.tell({ type: 'stopped' })
  line.close()
}

await main()
