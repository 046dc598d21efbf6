/**
 * How connections reach a gateway. On Linux each gateway thread listens on the
 * same port and the kernel spreads connections over them; elsewhere one gateway
 * has the port to itself.
 */
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { type ConnectionInjector, type Server, ServerCredentials } from '@grpc/grpc-js'

export interface ListenAt {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Several threads listen on this port, each with its own socket (SO_REUSEPORT). Throws where the platform cannot. */
  readonly shared: boolean
}

export interface Listener {
  readonly port: number
  /** Takes no more connections; open ones stay. */
  stop(): Promise<void>
}

/** Connections that wait to be accepted; the kernel caps it at net.core.somaxconn. */
const backlog = 1_024

export async function listen(server: Server, at: ListenAt): Promise<Listener> {
  return at.shared ? listenShared(server, at) : listenAlone(server, at)
}

async function listenShared(server: Server, { host, port }: ListenAt): Promise<Listener> {
  const injector: ConnectionInjector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = createServer({ noDelay: true }, (socket: Socket) => injector.injectConnection(socket))
  await new Promise<void>((resolve, reject) => {
    sockets.once('error', reject)
    sockets.listen({ host, port, reusePort: true, backlog }, () => {
      sockets.off('error', reject)
      resolve()
    })
  })
  return { port: portOf(sockets), stop: async () => void sockets.close() }
}

/** close() calls back only when the last connection is gone, which is not ours to wait for here. */
function portOf(sockets: NetServer): number {
  const address = sockets.address()
  if (address === null || typeof address === 'string') throw new Error('a listening socket without a port')
  return address.port
}

async function listenAlone(server: Server, { host, port }: ListenAt): Promise<Listener> {
  const address = host.includes(':') ? `[${host}]` : host
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address}:${port}`, ServerCredentials.createInsecure(), (error, taken) => {
      if (error === null) resolve(taken)
      else reject(error)
    })
  })
  return { port: bound, stop: async () => server.unbind(`${address}:${bound}`) }
}
