/**
 * A watch that goes on when the connection does not:
 *
 *   open -- responses --> token kept, handed out
 *    ^                      |
 *    |                 lost (UNAVAILABLE, connection gone, stream ended)
 *    `-- back-off, from the last token; so many losses in a row: XpoolError
 *
 * Without a token there is nothing to go on from: a watch that is lost before
 * its first response fails at once, rather than to leave a gap unnoticed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, type ClientReadableStream, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { decodeError, XpoolError } from './error.js'
import { filled, type Sparse } from './unary.js'

/** Losses in a row, without a response in between, unless said otherwise. */
const lossesDefault = 10
/** Wait after the first loss, doubled after each further one up to the most, ms: ten losses take half a minute. */
const backOffMs = { first: 100, most: 5_000 }
/** A server's own wish to be left alone is kept to this, ms. */
const serverWaitMaxMs = 30_000

export interface WatchSettings {
  /** Ends the watch, as if the server had nothing more to tell. */
  readonly signal?: AbortSignal | undefined
  /** Losses in a row after which it fails, 0 for the first one; default 10. */
  readonly lossesMax?: number | undefined
  /** Told of every loss after which it goes on, and how long it waits, ms. */
  readonly onLost?: ((error: XpoolError, waitMs: number) => void) | undefined
}

interface Resumable {
  readonly resumeToken: string
}

export interface WatchDefinition<Request, Response> {
  readonly path: string
  requestSerialize(request: Request): Buffer
  requestDeserialize(bytes: Buffer): Request
  responseDeserialize(bytes: Buffer): Response
}

/**
 * Responses as they come; each holds events and the token to go on from once they are dealt with. A consumer
 * that takes its time slows the server's sending, and is cut off with WATCH_TOO_SLOW if it takes too much.
 * @throws XpoolError with RESUME_TOKEN_EXPIRED, WATCH_TOO_SLOW and other refusals, or after too many losses in a row
 */
export async function* watch<Request extends Resumable, Response extends Resumable>(
  client: Client,
  definition: WatchDefinition<Request, Response>,
  request: Sparse<Request>,
  settings: WatchSettings = {},
): AsyncGenerator<Response, void, void> {
  const { signal, lossesMax = lossesDefault, onLost } = settings
  let wanted = filled(definition.requestDeserialize(Buffer.alloc(0)), request)
  const stopped = () => signal?.aborted === true
  let losses = 0
  while (!stopped()) {
    const call = opened(client, definition, wanted)
    const stop = () => call.cancel()
    signal?.addEventListener('abort', stop, { once: true })
    let error = streamEnded()
    try {
      for await (const response of call as AsyncIterable<Response>) {
        losses = 0
        wanted = { ...wanted, resumeToken: response.resumeToken }
        yield response
      }
    } catch (thrown) {
      if (!isServiceError(thrown)) throw thrown
      error = decodeError(thrown)
    } finally {
      signal?.removeEventListener('abort', stop)
      call.cancel()
    }
    if (stopped()) return
    losses += 1
    if (!isLoss(error) || wanted.resumeToken === '' || losses > lossesMax) throw error
    const waitMs = waitOf(error, losses)
    onLost?.(error, waitMs)
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

function opened<Request, Response>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: WatchDefinition<Request, Response>,
  request: Request,
): ClientReadableStream<Response> {
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), {})
  // The reader below learns of faults by itself; one that comes after it has gone is nobody's.
  call.on('error', () => undefined)
  return call
}

/** The daemon may say it in words (SHUTTING_DOWN), or the transport in one of its ways when a connection breaks. */
function isLoss({ code, domain }: XpoolError): boolean {
  const broken = code === status.INTERNAL || code === status.CANCELLED
  return code === status.UNAVAILABLE || (domain === '' && broken)
}

function waitOf({ retryAfterMs }: XpoolError, losses: number): number {
  const most = Math.min(backOffMs.most, backOffMs.first * 2 ** (losses - 1))
  // Between half and all of it: a thousand watchers of one daemon do not come back in one instant.
  const own = Math.ceil(most * (1 - Math.random() / 2))
  return Math.max(own, Math.min(serverWaitMaxMs, retryAfterMs ?? 0))
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown
}

function streamEnded(): XpoolError {
  const message = 'the server ended the stream'
  return new XpoolError({
    code: status.UNAVAILABLE,
    message,
    reason: '',
    domain: '',
    metadata: {},
    retryAfterMs: undefined,
  })
}
