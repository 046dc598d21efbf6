/** The HTTP port of the daemon: answers GET and HEAD for a few fixed paths, on the main thread. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Address, formatAddress } from '../config/address.js'
import type { Log } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import { json, type Reply, type Routes } from './routes.js'

/** Scrapers, probes and a few browsers; more is a mistake. */
const connectionsMax = 64
const headersTimeoutMs = 5_000
const requestTimeoutMs = 10_000
/** An answer under way gets this long when the daemon stops. */
const closeTimeoutMs = 1_000

export interface HttpServer {
  /** With the port that was taken where 0 was asked for. */
  readonly address: Address
  close(): Promise<void>
}

/** @throws Error that names the address, if it cannot be listened on */
export async function serveHttp(listen: Address, routes: Routes, log: Log): Promise<HttpServer> {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
    (request, response) => {
      answer(request, routes, log).then((reply) => send(request, response, reply))
    },
  )
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Error(`cannot serve HTTP on ${formatAddress(listen)}: ${cause.message}`, { cause }))
    })
    server.listen(listen.port, listen.host, resolve)
  })
  server.on('error', (error) => log('HTTP_FAILED', { path: '', error: errorFact(error) }))
  const { port } = server.address() as AddressInfo
  return { address: { host: listen.host, port }, close: () => close(server) }
}

async function answer(request: IncomingMessage, routes: Routes, log: Log): Promise<Reply> {
  const path = (request.url ?? '').split('?', 1)[0]!
  const route = routes.get(path)
  if (route === undefined) return json(404, { reason: 'no such path' })
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { reason: 'GET and HEAD only' })
  try {
    return await route()
  } catch (error) {
    log('HTTP_FAILED', { path, error: errorFact(error) })
    return json(500, { reason: 'a fault of the daemon; its log tells more' })
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const body = Buffer.from(reply.body)
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': reply.policy ?? "default-src 'none'; frame-ancestors 'none'",
    ...(reply.status === 405 && { allow: 'GET, HEAD' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
  server.closeIdleConnections()
  await closed
  clearTimeout(timer)
}
