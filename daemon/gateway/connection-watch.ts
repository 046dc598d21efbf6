/** The connections of a gateway from the first one on: accepted, counted, moved, let go at their age, cut off when they hold what others need. */
import type { Server } from '@grpc/grpc-js'
import type { Registry } from 'prom-client'
import { type BatchStream, connectionAged } from './batch-stream.js'
import { bounds } from './bounds.js'
import type { ConnectionBudgets } from './connection-budget.js'
import { connectionCounts, connectionGauges } from './connection-metrics.js'
import { type ConnectionRules, ConnectionTable } from './connection-table.js'
import { FairShare, type SharePlace } from './fair-share.js'
import { type Accepted, type ListenAt, type Listener, listen } from './listener.js'

/** What a gateway does with connections that live long. */
export interface GatewayConnections extends ConnectionRules {
  /** A silent peer is pinged so often, ms. */
  readonly keepaliveMs: number
  /** Its place among the gateways on one port; undefined: connections stay where the kernel put them. */
  readonly share: SharePlace | undefined
}

/** The streams of batches that are open, and what they hold. */
export interface OpenStreams {
  readonly streams: Set<BatchStream>
  readonly budgets: ConnectionBudgets
}

interface WatchParts {
  readonly name: string
  readonly registry: Registry
  readonly listen: ListenAt
  readonly connections: GatewayConnections
}

/** Rejects when the address cannot be had. */
export async function watchConnections(
  server: Server,
  parts: WatchParts,
  { streams, budgets }: OpenStreams,
): Promise<Listener> {
  const { share, ...rules } = parts.connections
  const counts = connectionCounts(parts.registry)
  const table = new ConnectionTable(rules, share && new FairShare(share), counts)
  connectionGauges(parts.registry, parts.name, table, budgets)
  const byPeer = new Map<string, Accepted>()
  const listener = await listen(server, parts.listen, (connection) => {
    const { peer, retire } = connection
    const endStreams = () => {
      for (const stream of streams) if (stream.peer === peer) stream.end(connectionAged)
    }
    byPeer.set(peer, connection)
    const forget = table.add({ retire, endStreams, streams: () => budgets.streamsOf(peer) }, steadyMs(), Math.random())
    return () => {
      forget()
      if (byPeer.get(peer) === connection) byPeer.delete(peer)
    }
  })
  const tick = () => {
    const nowMs = steadyMs()
    table.tick(nowMs)
    const hoarder = budgets.hoarder(nowMs)
    if (hoarder === undefined) return
    counts.retired('stalled')
    byPeer.get(hoarder)?.retire(0)
  }
  const timer = setInterval(tick, bounds.connectionTickMs).unref()
  const stop = () => {
    clearInterval(timer)
    table.close()
    listener.stop()
  }
  return { ...listener, stop }
}

/** Time that no clock setting moves, the same for all threads. */
function steadyMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}
