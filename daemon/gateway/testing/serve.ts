/** A gateway over the seams in memory, and clients of it, for one test. */
import { type ChannelOptions, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { Registry } from 'prom-client'
import { ErrorInfo, RetryInfo } from '../../generated/google/rpc/error_details.js'
import { Status } from '../../generated/google/rpc/status.js'
import { AdministrationServiceClient } from '../../generated/xpool/v1/administration.js'
import { AllocateRequest, AllocationServiceClient } from '../../generated/xpool/v1/allocation.js'
import { ResolutionServiceClient, ResolveRequest } from '../../generated/xpool/v1/resolution.js'
import { Mode } from '../../generated/xpool/v1/types.js'
import type { Facts, MessageId } from '../../log/catalogue.js'
import type { JournalPage } from '../../store/journal-reader.js'
import type { GatewayConnections } from '../connection-watch.js'
import { sealKeyBytes } from '../sealed-text.js'
import { startGateway } from '../start-gateway.js'
import type { NumberStatesPage } from '../watch/number-items.js'
import { MemoryDirectory } from './memory-directory.js'
import { MemoryPages } from './memory-pages.js'
import { MemoryShard } from './memory-shard.js'

export const x = '700123456780000'
export const y = '700123456780001'
export const a = '13800000001'
export const b = '13900000002'
export const nowMs = 1_800_000_000_000

/** A request with all that Allocate needs, and no more. */
export function allocateRequest(change: Partial<AllocateRequest> = {}): AllocateRequest {
  return {
    ...AllocateRequest.decode(new Uint8Array(0)),
    tenant: 'demo',
    pool: 'demo',
    mode: Mode.MODE_AXB,
    a: { number: a, verificationRef: '' },
    b: { number: b, verificationRef: '' },
    expiry: { $case: 'ttlMs', value: 60_000 },
    ...change,
  }
}

export function resolveRequest(change: Partial<ResolveRequest> = {}): ResolveRequest {
  return { ...ResolveRequest.decode(new Uint8Array(0)), number: x, caller: a, ...change }
}

/** What a call came to: the response, or the error with its details unpacked. */
export type Came<T> = { readonly ok: T } | Refused

export interface Refused {
  readonly code: number
  readonly reason: string
  readonly metadata: Readonly<Record<string, string>>
  readonly retryMs: number | undefined
}

/** Makes a unary call and resolves to what came of it, also an error. */
export function unary<Request, Response>(
  call: (
    request: Request,
    metadata: Metadata,
    options: { deadline?: number },
    done: (error: ServiceError | null, response: Response) => void,
  ) => unknown,
  request: Request,
  deadlineMs?: number,
): Promise<Came<Response>> {
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  return new Promise((resolve) => {
    call(request, new Metadata(), options, (error, ok) => resolve(error === null ? { ok } : refused(error)))
  })
}

/** Unpacks an error: its code, and its details where it has any. */
export function refused(error: ServiceError): Refused {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? []
  if (!(bytes instanceof Buffer)) return { code: error.code, reason: '', metadata: {}, retryMs: undefined }
  const { details } = Status.decode(bytes)
  const info = details.find(({ typeUrl }) => typeUrl.endsWith('google.rpc.ErrorInfo'))
  const retry = details.find(({ typeUrl }) => typeUrl.endsWith('google.rpc.RetryInfo'))
  const { reason, domain, metadata } = ErrorInfo.decode(info?.value ?? new Uint8Array(0))
  const delay = retry && RetryInfo.decode(retry.value).retryDelay
  if (domain !== 'xpool') throw new Error(`the domain of an error is ${domain}`)
  return { code: error.code, reason, metadata, retryMs: delay && delay.seconds * 1_000 + delay.nanos / 1_000_000 }
}

/** Starts a gateway on a free port with two numbers in the pool `demo`; dispose of it to stop. */
export async function serve(
  options: { readonly shared?: boolean; readonly connections?: Partial<GatewayConnections> } = {},
) {
  const clock = { at: nowMs, jumped: false, now: () => clock.at }
  const directory = new MemoryDirectory([x, y])
  const shard = new MemoryShard(directory, clock.now)
  const journals = { directory: new MemoryPages<NumberStatesPage>(), shard: new MemoryPages<JournalPage>() }
  const registry = new Registry()
  const logged: { readonly id: MessageId; readonly facts: unknown }[] = []
  const gateway = await startGateway({
    name: 'gateway-0',
    directory,
    directoryClient: directory,
    shards: [shard],
    journals: { directory: journals.directory, shards: [journals.shard] },
    shardClient: shard,
    clock,
    confirmClock: async () => clock.now(),
    numberRules: [{ prefix: '0086', length: 0, drop: 4 }],
    pageKey: new Uint8Array(sealKeyBytes),
    log: <Id extends MessageId>(id: Id, facts: Facts<Id>) => void logged.push({ id, facts }),
    registry,
    listen: { host: '127.0.0.1', port: 0, shared: options.shared ?? false },
    connections: { ageMs: 0, graceMs: 0, keepaliveMs: 60_000, share: undefined, ...options.connections },
  })
  const address = `127.0.0.1:${gateway.port}`
  const open = <Client>(
    made: new (at: string, how: ReturnType<typeof credentials.createInsecure>, options: ChannelOptions) => Client,
  ) =>
    new made(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_send_message_length': -1,
    })
  const allocation = open(AllocationServiceClient)
  const resolution = open(ResolutionServiceClient)
  const administration = open(AdministrationServiceClient)
  return {
    address,
    clock,
    directory,
    shard,
    journals,
    registry,
    logged,
    gateway,
    allocation,
    resolution,
    administration,
    allocate: (change: Partial<AllocateRequest> = {}) =>
      unary(allocation.allocate.bind(allocation), allocateRequest(change)),
    resolve: (change: Partial<ResolveRequest> = {}) =>
      unary(resolution.resolve.bind(resolution), resolveRequest(change)),
    async [Symbol.asyncDispose]() {
      for (const client of [allocation, resolution, administration]) client.close()
      await gateway.drain(2_000)
    },
  }
}
