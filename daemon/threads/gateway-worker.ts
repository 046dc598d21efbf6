/** A gateway thread: opens its views and readers, and serves until it is told to stop. */
import { setDefaultHighWaterMark } from 'node:stream'
import { workerData } from 'node:worker_threads'
import { Registry } from 'prom-client'
import { ProcessClock } from '../clock/process-clock.js'
import { openDirectoryView } from '../directory/open-view.js'
import { bounds } from '../gateway/bounds.js'
import { type Gateway, startGateway } from '../gateway/start-gateway.js'
import { numberJournal } from '../gateway/watch/number-journal.js'
import { threadMetrics } from '../http/thread-metrics.js'
import { openLog } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import { PortShardClient } from '../shard/port-shard-client.js'
import { CommitCounts } from '../store/commit-counts.js'
import { directoryPath } from '../store/directory-environment.js'
import { openDirectoryJournalReader } from '../store/directory-journal-reader.js'
import { openJournalReader } from '../store/lmdb-journal-reader.js'
import { openShardReader } from '../store/lmdb-shard-reader.js'
import { ReleaseBoard } from '../store/release-board.js'
import { shardDirectory } from '../store/shard-environment.js'
import type { InjectedFault } from './control.js'
import type { GatewayThreadSettings } from './gateway-worker-settings.js'
import { beat } from './heartbeat.js'
import { exhaustMemory } from './injected-faults.js'
import { MainLine } from './main-line.js'
import { profileThread } from './thread-profile.js'

/** Calls in flight get this long to end when the daemon stops. */
const drainMs = 5_000
/** From the end of a faulted gateway's connections to its own, so that the runtime has let go of them. */
const lingerMs = 250

const settings = workerData as GatewayThreadSettings
const log = openLog({ thread: settings.name, level: settings.logLevel })
const registry = new Registry()
let gateway: Gateway | undefined
let shardsReady = false
let stop: () => void
const stopped = new Promise<void>((resolve) => {
  stop = resolve
})

const line = new MainLine((message) => {
  switch (message.type) {
    case 'shards-ready':
      shardsReady = true
      gateway?.setReady()
      break
    case 'stop':
      stop()
      break
    case 'metrics':
      void registry.getMetricsAsJSON().then((metrics) => line.tell({ type: 'metrics', id: message.id, metrics }))
      break
    case 'fault':
      suffer(message.fault)
      break
    case 'port':
      break
  }
})

function suffer(fault: InjectedFault): void {
  if (fault === 'exception') throw new Error('injected: nobody catches this')
  if (fault === 'out-of-memory') exhaustMemory()
}

/** The runtime aborts the whole process when a thread ends under connections that still receive: they end first. */
process.on('uncaughtException', (error) => {
  log('GATEWAY_FAILED', { error: errorFact(error) })
  const over = () => setTimeout(() => process.exit(1), lingerMs)
  if (gateway === undefined) over()
  else void gateway.drain(0).finally(over)
})

async function main(): Promise<void> {
  // grpc-js has no setting for it: by default each stream of batches reads 16 messages ahead of what its bounds count.
  setDefaultHighWaterMark(true, bounds.readAheadMessages)
  const stopBeat = beat(settings.heartbeat)
  const figures = threadMetrics(registry, settings.name)
  const directory = openDirectoryView(directoryPath(settings.dataDir), settings.directoryMemory)
  const commits = new CommitCounts(settings.commitsMemory)
  const readers = settings.threadOfShard.map((_, shard) =>
    openShardReader(shardDirectory(settings.dataDir, shard), {
      commits: () => commits.of(shard),
      board: new ReleaseBoard(settings.boardMemories[shard]!),
    }),
  )
  const journals = settings.threadOfShard.map((_, shard) => openJournalReader(shardDirectory(settings.dataDir, shard)))
  const directoryJournal = openDirectoryJournalReader(directoryPath(settings.dataDir))
  const shardClient = new PortShardClient(settings.ports, (shard) => settings.threadOfShard[shard] ?? -1)
  gateway = await startGateway({
    name: settings.name,
    directory: directory.view,
    directoryClient: {
      async submit(command) {
        const answer = await line.ask({ type: 'directory', command })
        if (answer.type !== 'directory') throw new Error(`the main thread answered ${answer.type}`)
        return answer.answer
      },
    },
    shards: readers,
    journals: { directory: numberJournal(directoryJournal), shards: journals },
    shardClient,
    clock: new ProcessClock(settings.clockMemory),
    async confirmClock() {
      const answer = await line.ask({ type: 'confirm-clock' })
      if (answer.type !== 'clock') throw new Error(`the main thread answered ${answer.type}`)
      return answer.nowMs
    },
    numberRules: settings.numberRules,
    pageKey: settings.pageKey,
    log,
    registry,
    listen: settings.listen,
    connections: settings.connections,
  })
  if (shardsReady) gateway.setReady()
  const endProfile = await profileThread(settings.name)
  line.tell({ type: 'ready', port: gateway.port })
  await stopped
  await gateway.drain(drainMs)
  await endProfile()
  shardClient.close()
  const opened = [directory, directoryJournal, ...readers, ...journals]
  await Promise.all(opened.map((one) => one.close()))
  figures[Symbol.dispose]()
  stopBeat()
  line.tell({ type: 'stopped' })
  line.close()
}

main().catch((error: unknown) => {
  line.tell({ type: 'failed', message: errorFact(error) })
  line.close()
})
