/** A client that waits for a daemon which is just starting. */
import { createConnection } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { ResolveRequest, ResolveResponse } from '../../daemon/generated/xpool/v1/resolution.js'
import { type Connection, connect } from '../connections.js'
import type { LiveBinding } from '../ledger.js'
import { checkResolved, resolveRequest } from '../messages.js'
import { call } from '../unary.js'

/** Between two attempts. */
const retryMs = 10
const connectTimeoutMs = 2_000

/**
 * Asks until it is answered. Waits for the port by itself: a gRPC channel that was refused waits a second before it
 * tries again.
 * @returns when the answer came, by performance.now()
 * @throws WrongAnswer when it is not the binding's
 */
export async function firstResolve(server: string, binding: LiveBinding): Promise<number> {
  for (;;) {
    await listening(server)
    try {
      const [connection] = await connect(server, 1, connectTimeoutMs)
      try {
        checkResolved(await resolveOne(connection!, binding), binding, true)
        return performance.now()
      } finally {
        connection!.close()
      }
    } catch (error) {
      if (error instanceof Error && error.name === 'WrongAnswer') throw error
      await wait(retryMs)
    }
  }
}

/** A asks who B is. */
export function resolveOne({ resolution }: Connection, binding: LiveBinding): Promise<ResolveResponse> {
  const request = resolveRequest(binding, true, '')
  return call<ResolveRequest, ResolveResponse>((asked, done) => resolution.resolve(asked, done), request)
}

async function listening(server: string): Promise<void> {
  const port = Number(server.split(':')[1])
  while (!(await accepts(port))) await wait(retryMs)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    const end = (accepted: boolean): void => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
