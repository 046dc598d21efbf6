/** A connection to a daemon: every method of the contract, typed, with deadlines and decoded errors. */
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import {
  AdministrationServiceService,
  type WatchSystemRequest,
  type WatchSystemResponse,
} from '../generated/xpool/v1/administration.js'
import {
  type AllocateStreamItem,
  type AllocateStreamRequest,
  type AllocateStreamResponse,
  type AllocateStreamResult,
  AllocationServiceService,
  type WatchRequest,
  type WatchResponse,
} from '../generated/xpool/v1/allocation.js'
import {
  type ReportCallRequest,
  type ReportCallResult,
  type ReportCallStreamRequest,
  type ReportCallStreamResponse,
  ResolutionServiceService,
  type ResolveRequest,
  type ResolveResponse,
  type ResolveStreamRequest,
  type ResolveStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import { BatchStream, type StreamSettings } from './batch-stream.js'
import type { BatchShape } from './stream-leg.js'
import { type Sparse, type UnaryMethods, unaryMethods } from './unary.js'
import { type WatchSettings, watch } from './watch.js'

/** Deadline of a call that gives none, ms. */
const timeoutDefaultMs = 10_000
/** A page of 1,000 bindings with full groups and user data; grpc-js stops at 4 MiB by default. */
const answerBytesMax = 64 * 1024 * 1024
/** A connection that died in silence is found out after so long, ms, and as long again at most for the ping. */
const keepaliveMs = 30_000
/** How long the transport waits before it tries a server again, ms: a daemon is back within seconds. */
const reconnectMs = { first: 100, most: 5_000 }

export interface ConnectSettings {
  /** Deadline of a call that gives none, ms; default 10,000. */
  readonly timeoutMs?: number | undefined
}

export type ResolveStream = BatchStream<ResolveStreamRequest, ResolveStreamResponse, ResolveRequest, ResolveResponse>
export type AllocateStream = BatchStream<
  AllocateStreamRequest,
  AllocateStreamResponse,
  AllocateStreamItem,
  AllocateStreamResult
>
export type ReportCallStream = BatchStream<
  ReportCallStreamRequest,
  ReportCallStreamResponse,
  ReportCallRequest,
  ReportCallResult
>

export interface Streams {
  /** @param inFlight batches unanswered at once; default 16. It outlives connections: see batch-stream.ts. */
  resolveStream(inFlight?: number, settings?: StreamSettings): ResolveStream
  /** @param inFlight batches unanswered at once; default 16. It outlives connections: see batch-stream.ts. */
  allocateStream(inFlight?: number, settings?: StreamSettings): AllocateStream
  /** @param inFlight batches unanswered at once; default 16. It outlives connections: see batch-stream.ts. */
  reportCallStream(inFlight?: number, settings?: StreamSettings): ReportCallStream
  /** What happens to one tenant's bindings; `tenant` is required where no token names it. See watch.ts. */
  watch(request: Sparse<WatchRequest>, settings?: WatchSettings): AsyncGenerator<WatchResponse, void, void>
  /** What happens in all tenants, without parties. See watch.ts. */
  watchSystem(
    request: Sparse<WatchSystemRequest>,
    settings?: WatchSettings,
  ): AsyncGenerator<WatchSystemResponse, void, void>
  /** Fails calls under way; needs no waiting. */
  close(): void
  [Symbol.dispose](): void
}

export type XpoolClient = UnaryMethods<typeof ResolutionServiceService> &
  UnaryMethods<typeof AllocationServiceService> &
  UnaryMethods<typeof AdministrationServiceService> &
  Streams

const resolveShape: BatchShape<ResolveStreamRequest, ResolveStreamResponse, ResolveRequest, ResolveResponse> = {
  request: (batchId, requests) => ({ batchId, requests }),
  batchId: (response) => response.batchId,
  results: (response) => response.responses,
  repeatable: () => true,
}

const allocateShape: BatchShape<
  AllocateStreamRequest,
  AllocateStreamResponse,
  AllocateStreamItem,
  AllocateStreamResult
> = {
  request: (batchId, items) => ({ batchId, items }),
  batchId: (response) => response.batchId,
  results: (response) => response.results,
  repeatable: ({ command }) => command?.$case === 'release' || (command?.value.requestId ?? '') !== '',
}

const reportShape: BatchShape<ReportCallStreamRequest, ReportCallStreamResponse, ReportCallRequest, ReportCallResult> =
  {
    request: (batchId, reports) => ({ batchId, reports }),
    batchId: (response) => response.batchId,
    results: (response) => response.results,
    repeatable: () => true,
  }

/**
 * Connects on the first call; each client has a connection of its own, so
 * several of them spread over the daemon's gateway threads.
 * @param server HOST:PORT
 */
export function connect(server: string, settings: ConnectSettings = {}): XpoolClient {
  const client = new Client(server, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': answerBytesMax,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveMs,
    'grpc.initial_reconnect_backoff_ms': reconnectMs.first,
    'grpc.max_reconnect_backoff_ms': reconnectMs.most,
  })
  const timeoutMs = settings.timeoutMs ?? timeoutDefaultMs
  return {
    ...unaryMethods(client, ResolutionServiceService, timeoutMs),
    ...unaryMethods(client, AllocationServiceService, timeoutMs),
    ...unaryMethods(client, AdministrationServiceService, timeoutMs),
    ...streams(client),
  }
}

function streams(client: Client): Streams {
  const close = () => client.close()
  return {
    resolveStream: (inFlight, settings) =>
      new BatchStream(() => opened(client, ResolutionServiceService.resolveStream), resolveShape, inFlight, settings),
    allocateStream: (inFlight, settings) =>
      new BatchStream(() => opened(client, AllocationServiceService.allocateStream), allocateShape, inFlight, settings),
    reportCallStream: (inFlight, settings) =>
      new BatchStream(() => opened(client, ResolutionServiceService.reportCallStream), reportShape, inFlight, settings),
    watch: (request, settings) => watch(client, AllocationServiceService.watch, request, settings),
    watchSystem: (request, settings) => watch(client, AdministrationServiceService.watchSystem, request, settings),
    close,
    [Symbol.dispose]: close,
  }
}

interface BidiDefinition<Request, Response> {
  readonly path: string
  requestSerialize(request: Request): Buffer
  responseDeserialize(bytes: Buffer): Response
}

function opened<Request, Response>(client: Client, definition: BidiDefinition<Request, Response>) {
  const { path, requestSerialize, responseDeserialize } = definition
  return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), {})
}
