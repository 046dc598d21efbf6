/**
 * The composition root: every part of the daemon is made and tied here, in the
 * order in which it is needed, and ended in the reverse.
 *
 *   lock -> pre-flight -> clock -> directory -> shards open -> gateways listen
 *        -> (Resolve is served) -> shards loaded -> ready
 */
import { availableParallelism } from 'node:os'
import { ClockKeeper } from './clock/clock-keeper.js'
import { formatAddress } from './config/address.js'
import type { Settings } from './config/settings.js'
import { prepareDataFolder } from './data-folder.js'
import { bootstrapDemo, demo } from './directory/bootstrap-demo.js'
import { openDirectoryView } from './directory/open-view.js'
import { openDirectoryWriter } from './directory/open-writer.js'
import { SharedVersion } from './directory/shared-version.js'
import { serveHttp } from './http/http-server.js'
import { openMetrics } from './http/metrics-text.js'
import { namedCounts } from './http/named-counts.js'
import { type Readiness, routesOf } from './http/routes.js'
import { openJobPool } from './jobs/job-pool.js'
import { numberPreparer } from './jobs/prepare-numbers.js'
import { holdFolder } from './lock/folder-lock.js'
import { type Log, openLog } from './log/log.js'
import { errorFact } from './log/log-line.js'
import { PortShardClient } from './shard/port-shard-client.js'
import { untilStopped } from './stop-signals.js'
import { directoryPath } from './store/directory-environment.js'
import { storedClock } from './store/stored-clock.js'
import type { MainAnswer, MainQuestion } from './threads/control.js'
import { serveFaultPoints } from './threads/fault-points.js'
import { GatewayThreads } from './threads/gateway-threads.js'
import { endProcess, ShardThreads } from './threads/shard-threads.js'
import { version } from './version.js'
import { printWelcome } from './welcome.js'

/** Serves until a signal ends it; sets the exit code. */
export async function runDaemon(settings: Settings, unknownVariables: readonly string[]): Promise<void> {
  const log = openLog({ thread: 'main', level: settings.logLevel })
  for (const variable of unknownVariables) log('VARIABLE_UNKNOWN', { variable })
  try {
    await serve(settings, log)
  } catch (error) {
    log('DAEMON_FAILED', { error: errorFact(error) })
    // Threads may hold writers open: an orderly exit could wait for them for ever.
    process.exitCode = 1
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500)
  }
}

async function serve(settings: Settings, log: Log): Promise<void> {
  const beganAt = performance.now()
  const { dataDir, dev, numberRules, logLevel } = settings
  const cores = availableParallelism()
  log('DAEMON_STARTING', { version, pid: process.pid, dataDir, cores })
  const lock = await holdFolder(dataDir, 'xpoold')
  if (lock.tookOverFrom !== undefined) {
    log('LOCK_TAKEN_OVER', { formerPid: lock.tookOverFrom.pid, since: lock.tookOverFrom.since })
  }
  if (dev) log('DEV_MODE', {})
  const { shards } = await prepareDataFolder(dataDir, settings.shards, cores, log)
  using keeper = new ClockKeeper(await storedClock(dataDir, shards), {
    jumped: (aheadMs) => log('CLOCK_JUMPED', { aheadMs }),
    behind: (behindMs) => log('CLOCK_BEHIND', { behindMs }),
  })
  keeper.start()

  const jobs = openJobPool()
  const shared = new SharedVersion()
  const line: { client?: PortShardClient } = {}
  const writer = await openDirectoryWriter(directoryPath(dataDir), {
    shared,
    shards,
    rules: numberRules,
    clock: () => keeper.clock.now(),
    prepare: numberPreparer(jobs, numberRules),
    occupied: (shard, ordinals) => line.client!.occupied(shard, ordinals),
    onFault: (error) => log('DAEMON_FAILED', { error: errorFact(error) }),
  })
  if (dev && (await bootstrapDemo(writer))) {
    log('DEMO_CREATED', { tenant: demo.tenant, pool: demo.pool, numbers: demo.block.count })
  }

  const faultPoints = process.env['XPOOL_FAULT_POINTS'] === 'on'
  const common = { dataDir, shards, logLevel, faultPoints }
  const memories = { clockMemory: keeper.memory, directoryMemory: shared.buffer }
  const threads = Math.min(shards, Math.max(1, cores - 1))
  const shardThreads = new ShardThreads({ ...common, ...memories, threads }, endProcess(log))
  await shardThreads.opened()
  const client = new PortShardClient(shardThreads.connect(), (shard) => shardThreads.threadOfShard[shard] ?? -1)
  line.client = client

  const ask = async (question: MainQuestion): Promise<MainAnswer> => {
    if (question.type === 'directory') return { type: 'directory', answer: await writer.submit(question.command) }
    const nowMs = keeper.confirm()
    log('CLOCK_CONFIRMED', { nowMs })
    return { type: 'clock', nowMs }
  }
  const { gateways: wanted, listen } = settings
  const gateways = await GatewayThreads.start({
    ...{ ...common, ...memories, numberRules, listen, log, shardThreads, ask },
    gateways: wanted,
  })

  let readiness: Readiness = { ready: false, reason: 'the shards are loading' }
  const directory = openDirectoryView(directoryPath(dataDir), shared.buffer)
  const counts = async () => {
    const all = await Promise.all(shardThreads.threadOfShard.map((_, shard) => client.counts(shard)))
    directory.view.refresh()
    return namedCounts(all, directory.view)
  }
  using metrics = openMetrics({
    ...{ version, clock: keeper.clock, log, counts },
    collect: async () => (await Promise.all([shardThreads.metrics(), gateways.metrics()])).flat(),
  })
  const sources = { version, clock: keeper.clock, metrics: metrics.text, counts, ready: () => readiness }
  const routes = faultPoints ? serveFaultPoints(routesOf(sources), shardThreads, gateways) : routesOf(sources)
  const http = await serveHttp(settings.http, routes, log)

  await shardThreads.ready()
  gateways.setReady()
  readiness = { ready: true }
  const addresses = { grpc: formatAddress({ host: listen.host, port: gateways.port }), http: formatAddress(http.address) }
  const tookMs = Math.round(performance.now() - beganAt)
  log('DAEMON_READY', { ...addresses, shards, gateways: gateways.count, tookMs })
  process.stdout.write(`xpoold ready grpc=${addresses.grpc} http=${addresses.http}\n`)
  if (dev) printWelcome(addresses)

  await untilStopped(log)
  readiness = { ready: false, reason: 'the daemon is stopping' }
  await gateways.stop()
  client.close()
  await shardThreads.stop()
  await directory.close()
  await writer.close()
  await jobs.destroy()
  await http.close()
  await lock.release()
}
