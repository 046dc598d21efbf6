/** One stream of the transport and the batches that it has not answered yet. */
import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js'
import { decodeError, XpoolError } from './error.js'

/** How a pair of generated messages carries a batch. */
export interface BatchShape<Request, Response, Item, Result> {
  request(batchId: number, items: Item[]): Request
  batchId(response: Response): number
  results(response: Response): Result[]
  /** Whether sending the item a second time, after a loss, comes to the same as sending it once. */
  repeatable(item: Item): boolean
}

export interface Batch<Item, Result> {
  readonly id: number
  readonly items: Item[]
  readonly resolve: (results: Result[]) => void
  readonly reject: (error: XpoolError) => void
}

/** What a leg tells whoever opened it. */
export interface LegEvents<Item, Result> {
  answered(batch: Batch<Item, Result>, results: Result[]): void
  /** The transport takes more. */
  drained(): void
  /** It is over, and these were not answered; undefined: as it was meant to be. */
  over(error: XpoolError | undefined, unanswered: Batch<Item, Result>[]): void
}

export class StreamLeg<Request, Response, Item, Result> {
  readonly openedMs = performance.now()
  readonly #stream: ClientDuplexStream<Request, Response>
  readonly #shape: BatchShape<Request, Response, Item, Result>
  readonly #events: LegEvents<Item, Result>
  readonly #unanswered = new Map<number, Batch<Item, Result>>()
  #full = false
  #finishing = false
  #ended = false
  #failure: XpoolError | undefined

  constructor(
    stream: ClientDuplexStream<Request, Response>,
    shape: BatchShape<Request, Response, Item, Result>,
    events: LegEvents<Item, Result>,
  ) {
    this.#stream = stream
    this.#shape = shape
    this.#events = events
    stream.on('data', (response: Response) => this.#answered(response))
    stream.on('drain', () => {
      this.#full = false
      events.drained()
    })
    stream.on('error', (error: ServiceError) => {
      this.#failure ??= decodeError(error)
    })
    // Answers that came before the status may still be on their way through the stream.
    stream.once('status', () => setImmediate(() => this.#over()))
  }

  /** The transport takes no more for now, or never again. */
  get full(): boolean {
    return this.#full || this.#finishing || this.#failure !== undefined
  }

  send(batch: Batch<Item, Result>): void {
    this.#unanswered.set(batch.id, batch)
    this.#full = !this.#stream.write(this.#shape.request(batch.id, batch.items))
  }

  /** Sends no more; the server ends the stream when all is answered. */
  finish(): void {
    this.#finishing = true
    this.#endWhenIdle()
  }

  #answered(response: Response): void {
    const id = this.#shape.batchId(response)
    const batch = this.#unanswered.get(id)
    const results = this.#shape.results(response)
    if (batch === undefined || results.length !== batch.items.length) {
      this.#failure = streamError(status.INTERNAL, `the answer to batch ${id} does not fit what was asked`, 'xpool')
      this.#stream.cancel()
      return
    }
    this.#unanswered.delete(id)
    this.#events.answered(batch, results)
    this.#endWhenIdle()
  }

  /** Not before: a proxy on the way may take a half-close for the end. */
  #endWhenIdle(): void {
    if (!this.#finishing || this.#unanswered.size > 0 || this.#ended) return
    this.#ended = true
    this.#stream.end()
  }

  #over(): void {
    const unanswered = [...this.#unanswered.values()]
    this.#unanswered.clear()
    const cut = streamError(status.UNAVAILABLE, 'the server ended the stream', '')
    this.#events.over(this.#failure ?? (this.#ended ? undefined : cut), unanswered)
  }
}

/** @param domain "xpool" where sending again cannot help, as for the daemon's own errors; empty: of the transport */
export function streamError(code: status, message: string, domain: '' | 'xpool'): XpoolError {
  return new XpoolError({ code, message, reason: '', domain, metadata: {}, retryAfterMs: undefined })
}
