/** Connections of a run: each with a TCP connection of its own, so that gateway threads share the load. */
import { type ClientOptions, credentials } from '@grpc/grpc-js'
import { AdministrationServiceClient } from '../daemon/generated/xpool/v1/administration.js'
import { AllocationServiceClient } from '../daemon/generated/xpool/v1/allocation.js'
import { ResolutionServiceClient } from '../daemon/generated/xpool/v1/resolution.js'

/** A server that is not there is told within so long. */
const connectTimeoutMs = 10_000

export interface Connection {
  readonly administration: AdministrationServiceClient
  readonly allocation: AllocationServiceClient
  readonly resolution: ResolutionServiceClient
  close(): void
}

/** Nothing listens there, or it does not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** @throws Unreachable when the server cannot be reached within the time */
export async function connect(server: string, count: number, timeoutMs = connectTimeoutMs): Promise<Connection[]> {
  const connections = Array.from({ length: count }, () => open(server))
  try {
    await Promise.all(connections.map((connection) => ready(connection.resolution, server, timeoutMs)))
  } catch (error) {
    for (const connection of connections) connection.close()
    throw error
  }
  return connections
}

function open(server: string): Connection {
  const administration = new AdministrationServiceClient(server, credentials.createInsecure(), ownSocket)
  // The services of one connection share its channel, hence its socket.
  const shared: Partial<ClientOptions> = { channelOverride: administration.getChannel() }
  const allocation = new AllocationServiceClient(server, credentials.createInsecure(), shared)
  const resolution = new ResolutionServiceClient(server, credentials.createInsecure(), shared)
  return { administration, allocation, resolution, close: () => administration.close() }
}

const ownSocket: Partial<ClientOptions> = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_receive_message_length': 4 * 1_024 * 1_024,
}

function ready(client: ResolutionServiceClient, server: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + timeoutMs, (error) => {
      if (error === undefined || error === null) resolve()
      else reject(new Unreachable(`no server at ${server} within ${timeoutMs} ms`, { cause: error }))
    })
  })
}
