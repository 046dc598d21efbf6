/**
 * One gateway: a gRPC server with its services, over the seams of directory and
 * shards. It knows no threads; whoever starts it gives it what it stands on.
 */
import { Server } from '@grpc/grpc-js'
import type { Registry } from 'prom-client'
import type { NumberRule } from '../core/canonical-number.js'
import type { DirectoryClient, DirectoryView } from '../directory/view.js'
import type { Log } from '../log/log.js'
import type { ShardClient } from '../shard/shard-client.js'
import type { ShardReader } from '../store/shard-reader.js'
import { administrationMethods, administrationService } from './administration-service.js'
import { allocationMethods, allocationService } from './allocation-service.js'
import { type AnswerBatch, type BatchCall, type BatchStream, serveBatches, shuttingDown } from './batch-stream.js'
import { bounds } from './bounds.js'
import { CommandDesk } from './command-desk.js'
import { ConnectionBudgets } from './connection-budget.js'
import { type GatewayConnections, type OpenStreams, watchConnections } from './connection-watch.js'
import type { Explainers } from './explain/explain-methods.js'
import { faultReporter } from './faulted.js'
import { type GatewayMetrics, gatewayMetrics } from './gateway-metrics.js'
import { addHealth } from './health.js'
import type { ListenAt } from './listener.js'
import { addReflection } from './reflection.js'
import { resolutionMethods, resolutionService } from './resolution-service.js'
import { Resolver } from './resolver.js'
import type { Frame } from './unary.js'
import { WatchHub } from './watch/watch-hub.js'
import { watchMetrics } from './watch/watch-metrics.js'
import { type WatchSources, watchJournals } from './watch/watch-sources.js'

export interface GatewayParts {
  /** The name of its thread, for metrics. */
  readonly name: string
  readonly directory: DirectoryView
  readonly directoryClient: DirectoryClient
  /** One for each shard, by its number. */
  readonly shards: readonly ShardReader[]
  /** What watchers are told of. */
  readonly journals: WatchSources['journals']
  readonly shardClient: ShardClient
  /** The process clock, unix ms. */
  readonly clock: { now(): number; readonly jumped: boolean }
  /** Adopts a wall clock that jumped; resolves to the time then in force, unix ms. */
  readonly confirmClock: () => Promise<number>
  readonly numberRules: readonly NumberRule[]
  /** `sealKeyBytes` at random, the same for all gateways of the process. */
  readonly pageKey: Uint8Array
  readonly log: Log
  readonly registry: Registry
  readonly listen: ListenAt
  readonly connections: GatewayConnections
}

export interface Gateway {
  /** The port taken, also where any was asked for. */
  readonly port: number
  /** Once the shards take commands: health says SERVING. Resolve is served before. */
  setReady(): void
  /**
   * Takes no more connections, ends streams after their last answer and waits for
   * calls in flight; what is left after `graceMs` is cut off.
   */
  drain(graceMs: number): Promise<void>
}

/** Rejects when the address cannot be had. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const server = new Server({
    'grpc.max_receive_message_length': bounds.messageBytes,
    'grpc.max_concurrent_streams': bounds.callsPerConnection,
    'grpc.keepalive_time_ms': parts.connections.keepaliveMs,
    'grpc.keepalive_timeout_ms': bounds.keepaliveTimeoutMs,
    'grpc.enable_channelz': 0,
  })
  const streams = new Set<BatchStream>()
  const budgets = new ConnectionBudgets()
  const hub = addServices(server, parts, { streams, budgets })
  const health = addHealth(server)
  // Before the first connection: reading the contract takes a tenth of a second, which no call should wait for.
  addReflection(server)
  const listener = await watchConnections(server, parts, { streams, budgets })
  return {
    port: listener.port,
    setReady: () => health.set('READY'),
    drain: async (graceMs) => {
      health.set('DRAINING')
      listener.stop()
      hub.end(shuttingDown)
      for (const stream of streams) stream.end(shuttingDown)
      // Not tryShutdown(): it waits for no call, since Node itself closes the sessions of a server that closes.
      await listener.close(graceMs)
      server.forceShutdown()
    },
  }
}

function addServices(server: Server, parts: GatewayParts, open: OpenStreams): WatchHub {
  const { directory, shards, clock, numberRules: rules } = parts
  const metrics = gatewayMetrics(parts.registry)
  const faulted = faultReporter(parts.log)
  const frame = frames(metrics, faulted)
  const serveStream = streamServer(open, faulted)
  const resolver = new Resolver({
    directory,
    shards,
    clock,
    rules,
    metrics,
    faulted: (error) => faulted('Resolve', error),
  })
  const desk = new CommandDesk({ directory, shards, shardClient: parts.shardClient, clock, rules })
  const hub = new WatchHub({
    journals: watchJournals(parts),
    metrics: watchMetrics(parts.registry),
    faulted: (error) => faulted('Watch', error),
  })
  const explainers: Explainers = { desk, resolver, directory, rules }
  server.addService(resolutionMethods, resolutionService({ resolver, desk, metrics, frame, serveStream }))
  server.addService(
    allocationMethods,
    allocationService({
      directory,
      shards,
      clock,
      rules,
      desk,
      directoryClient: parts.directoryClient,
      explainers,
      hub,
      frame,
      serveStream,
    }),
  )
  server.addService(administrationMethods, administrationService({ ...parts, rules }, explainers, hub, frame))
  return hub
}

type Faulted = ReturnType<typeof faultReporter>

function frames(metrics: GatewayMetrics, faulted: Faulted): (method: string) => Frame {
  return (method) => ({ metrics: metrics.method(method), faulted: (error) => faulted(method, error) })
}

function streamServer({ streams, budgets }: OpenStreams, faulted: Faulted) {
  return (call: BatchCall, method: string, answer: AnswerBatch): void => {
    const stream = serveBatches(call, { budgets, answer, faulted: (error) => faulted(method, error) })
    if (stream === undefined) return
    streams.add(stream)
    stream.onClosed(() => streams.delete(stream))
  }
}
