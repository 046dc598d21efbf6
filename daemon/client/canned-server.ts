/** For tests only: a gRPC server with canned answers, the stranger's side of the contract. */
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { ErrorInfo, RetryInfo } from '../generated/google/rpc/error_details.js'
import { Status } from '../generated/google/rpc/status.js'
import { type AdministrationServiceServer, AdministrationServiceService } from '../generated/xpool/v1/administration.js'
import { type AllocationServiceServer, AllocationServiceService } from '../generated/xpool/v1/allocation.js'
import { type ResolutionServiceServer, ResolutionServiceService } from '../generated/xpool/v1/resolution.js'

/** The methods that a test needs; any other answers UNIMPLEMENTED. */
export type CannedMethods = Partial<Known<ResolutionServiceServer>> &
  Partial<Known<AllocationServiceServer>> &
  Partial<Known<AdministrationServiceServer>>

/** Without the index signature of UntypedServiceImplementation, which would let any misspelling through. */
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

export interface CannedServer {
  /** HOST:PORT. */
  readonly address: string
  stop(): void
}

/** @param port 0 takes a free one */
export async function serveCanned(methods: CannedMethods, port = 0): Promise<CannedServer> {
  const server = new Server()
  for (const service of [ResolutionServiceService, AllocationServiceService, AdministrationServiceService]) {
    server.addService(service, methodsOf(service, methods))
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) =>
      error === null ? resolve(taken) : reject(error),
    )
  })
  return { address: `127.0.0.1:${bound}`, stop: () => server.forceShutdown() }
}

function methodsOf(service: ServiceDefinition, methods: CannedMethods): UntypedServiceImplementation {
  const own = Object.entries(methods).filter(([name]) => name in service)
  return Object.fromEntries(own) as UntypedServiceImplementation
}

export interface Refused {
  readonly code: status
  readonly reason: string
  readonly message: string
  readonly metadata?: Record<string, string>
  readonly retryAfterMs?: number
}

/** An error as the daemon sends it: google.rpc.Status with ErrorInfo and, with `retryAfterMs`, RetryInfo. */
export function refused({ code, reason, message, metadata = {}, retryAfterMs }: Refused) {
  const details = [packed('ErrorInfo', ErrorInfo.encode({ reason, domain: 'xpool', metadata }).finish())]
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: Math.floor(retryAfterMs / 1_000), nanos: (retryAfterMs % 1_000) * 1_000_000 }
    details.push(packed('RetryInfo', RetryInfo.encode({ retryDelay }).finish()))
  }
  const trailer = new Metadata()
  trailer.set('grpc-status-details-bin', Buffer.from(Status.encode({ code, message, details }).finish()))
  return { code, details: message, metadata: trailer }
}

function packed(type: string, value: Uint8Array) {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value: Buffer.from(value) }
}
