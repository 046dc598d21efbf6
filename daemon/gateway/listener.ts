/**
 * How connections reach a gateway. On Linux each gateway thread listens on the
 * same port and the kernel spreads connections over them; elsewhere one gateway
 * has the port to itself. Each connection gets an injector of its own, which is
 * grpc-js's handle to let one of them go and leave the others alone.
 */
import { createServer, type Server as NetServer } from 'node:net'
import { type ConnectionInjector, type Server, ServerCredentials } from '@grpc/grpc-js'

export interface ListenAt {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Several threads listen on this port, each with its own socket (SO_REUSEPORT). Throws where the platform cannot. */
  readonly shared: boolean
}

/** One connection as it is accepted. */
export interface Accepted {
  /** As calls name it by getPeer(). */
  readonly peer: string
  /** Sends GOAWAY; it is closed with its last call, or after `closeMs` at the latest. */
  retire(closeMs: number): void
}

export interface Listener {
  readonly port: number
  /** Takes no more connections; open ones stay. */
  stop(): void
  /** Asks all connections to go, and resolves when they have; after `graceMs` they are closed whatever they carry. */
  close(graceMs: number): Promise<void>
}

/** Connections that wait to be accepted; the kernel caps it at net.core.somaxconn. */
const backlog = 1_024

/** What a connection that is cut off needs to be gone, at most. */
const closeMs = 1_000

/** @param accepted told of each connection; what it returns is called when that is closed */
export async function listen(
  server: Server,
  { host, port, shared }: ListenAt,
  accepted: (connection: Accepted) => () => void,
): Promise<Listener> {
  const open = new Set<ConnectionInjector>()
  const allClosed = Promise.withResolvers<void>()
  let closing = false
  const sockets = createServer({ noDelay: true }, (socket) => {
    const { remoteAddress, remotePort } = socket
    // Gone before it was taken.
    if (remoteAddress === undefined) return void socket.destroy()
    const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
    const peer = `${remoteAddress}:${remotePort}`
    const closed = accepted({ peer, retire: (closeMs) => injector.drain(closeMs) })
    open.add(injector)
    socket.once('close', () => {
      open.delete(injector)
      injector.destroy()
      closed()
      if (closing && open.size === 0) allClosed.resolve()
    })
    injector.injectConnection(socket)
  })
  await new Promise<void>((resolve, reject) => {
    sockets.once('error', reject)
    sockets.listen({ host, port, reusePort: shared, backlog }, () => {
      sockets.off('error', reject)
      resolve()
    })
  })
  return {
    port: portOf(sockets),
    // close() calls back only when the last connection is gone, which is not ours to wait for here.
    stop: () => void sockets.close(),
    async close(graceMs) {
      closing = true
      for (const injector of open) injector.drain(graceMs)
      if (open.size > 0) await within(allClosed.promise, graceMs + closeMs)
    },
  }
}

/** Waits no longer than so many ms. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([promise, late.promise])
  clearTimeout(timer)
}

function portOf(sockets: NetServer): number {
  const address = sockets.address()
  if (address === null || typeof address === 'string') throw new Error('a listening socket without a port')
  return address.port
}
