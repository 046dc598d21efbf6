/** What operators and probes see on the HTTP port. */
import type { Settings } from './config/settings.js'
import { version } from './config/version.js'
import { openDirectoryView } from './directory/open-view.js'
import type { Foundation } from './foundation.js'
import { type HttpServer, serveHttp } from './http/http-server.js'
import { openMetrics } from './http/metrics-text.js'
import { namedCounts } from './http/named-counts.js'
import { type Readiness, routesOf } from './http/routes.js'
import type { Log } from './log/log.js'
import { watchPools } from './pool-watch.js'
import { directoryPath } from './store/directory-environment.js'
import { serveFaultPoints } from './threads/fault-points.js'
import type { GatewayThreads } from './threads/gateway-threads.js'
import type { Writers } from './writers.js'

/** The HTTP port with what it reads from. */
export interface Operations {
  readonly http: HttpServer
  close(): Promise<void>
}

/** @param ready asked at each probe */
export async function serveOperations(
  settings: Settings,
  parts: { base: Foundation; writers: Writers; gateways: GatewayThreads },
  ready: () => Readiness,
  log: Log,
): Promise<Operations> {
  const { writers, gateways } = parts
  const { clock } = parts.base.keeper
  const directory = openDirectoryView(directoryPath(settings.dataDir), writers.directoryMemory)
  const counts = async () => {
    const shards = writers.shardThreads.threadOfShard.map((_, shard) => writers.client.counts(shard))
    const all = await Promise.all(shards)
    directory.view.refresh()
    return namedCounts(all, directory.view)
  }
  const collect = async () => (await Promise.all([writers.shardThreads.metrics(), gateways.metrics()])).flat()
  const metrics = openMetrics({ version, clock, log, counts, collect })
  const routes = routesOf({ version, clock, metrics: metrics.text, counts, ready })
  const served = writers.common.faultPoints ? serveFaultPoints(routes, writers.shardThreads, gateways) : routes
  const http = await serveHttp(settings.http, served, log)
  const stopWatching = watchPools(counts, directory.view, log)
  return {
    http,
    async close() {
      stopWatching()
      await http.close()
      metrics[Symbol.dispose]()
      await directory.close()
    },
  }
}
