/** A connection to a daemon: every method of the contract, typed, with deadlines and decoded errors. */
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { AdministrationServiceService } from '../generated/xpool/v1/administration.js'
import {
  type AllocateStreamItem,
  type AllocateStreamRequest,
  type AllocateStreamResponse,
  type AllocateStreamResult,
  AllocationServiceService,
} from '../generated/xpool/v1/allocation.js'
import {
  ResolutionServiceService,
  type ResolveRequest,
  type ResolveResponse,
  type ResolveStreamRequest,
  type ResolveStreamResponse,
} from '../generated/xpool/v1/resolution.js'
import { type BatchShape, BatchStream } from './batch-stream.js'
import { type UnaryMethods, unaryMethods } from './unary.js'

/** Deadline of a call that gives none, ms. */
const timeoutDefaultMs = 10_000
/** A page of 1,000 bindings with full groups and user data; grpc-js stops at 4 MiB by default. */
const answerBytesMax = 64 * 1024 * 1024

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

export interface Streams {
  /** @param inFlight batches unanswered at once; default 16 */
  resolveStream(inFlight?: number): ResolveStream
  /** @param inFlight batches unanswered at once; default 16 */
  allocateStream(inFlight?: number): AllocateStream
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
    resolveStream(inFlight) {
      const { path, requestSerialize, responseDeserialize } = ResolutionServiceService.resolveStream
      const duplex = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), {})
      return new BatchStream(duplex, resolveShape, inFlight)
    },
    allocateStream(inFlight) {
      const { path, requestSerialize, responseDeserialize } = AllocationServiceService.allocateStream
      const duplex = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), {})
      return new BatchStream(duplex, allocateShape, inFlight)
    },
    close,
    [Symbol.dispose]: close,
  }
}
