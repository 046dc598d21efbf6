/**
 * A stream of batches, as ResolveStream, AllocateStream and ReportCallStream are:
 *
 *   send(items) -> waiting -> (room in flight, transport not full) -> in flight -> results
 *                    |                                                   |
 *                    +-- more than batchesWaitingMax: refused            +-- matched by batch_id, in any order
 *
 * Writing stops while grpc-js says its buffer is full and while `inFlight`
 * batches are unanswered; without both, a slow daemon grows the client's memory.
 */
import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js'
import { decodeError, XpoolError } from './error.js'

/** Items of one batch; the contract's own limit. */
export const batchItemsMax = 1_024
/** Batches unanswered at once, unless said otherwise. */
export const batchesInFlightDefault = 16
/** Batches that wait for room before `send` refuses more (I12). */
export const batchesWaitingMax = 1_024

/** How a pair of generated messages carries a batch. */
export interface BatchShape<Request, Response, Item, Result> {
  request(batchId: number, items: Item[]): Request
  batchId(response: Response): number
  results(response: Response): Result[]
}

interface Batch<Item, Result> {
  readonly items: Item[]
  readonly resolve: (results: Result[]) => void
  readonly reject: (error: XpoolError) => void
}

export class BatchStream<Request, Response, Item, Result> {
  readonly #stream: ClientDuplexStream<Request, Response>
  readonly #shape: BatchShape<Request, Response, Item, Result>
  readonly #inFlight: number
  readonly #sent = new Map<number, Batch<Item, Result>>()
  readonly #waiting: Batch<Item, Result>[] = []
  readonly #ended: Promise<void>
  #transportFull = false
  #closing = false
  #failure: XpoolError | undefined
  #nextId = 1

  /** @param inFlight batches unanswered at once, at least 1 */
  constructor(
    stream: ClientDuplexStream<Request, Response>,
    shape: BatchShape<Request, Response, Item, Result>,
    inFlight = batchesInFlightDefault,
  ) {
    this.#stream = stream
    this.#shape = shape
    this.#inFlight = inFlight
    this.#ended = new Promise((resolve) => stream.once('status', () => resolve()))
    stream.on('data', (response: Response) => this.#answered(response))
    stream.on('drain', () => {
      this.#transportFull = false
      this.#pump()
    })
    stream.on('error', (error: ServiceError) => this.#fail(decodeError(error)))
    stream.on('end', () => this.#fail(streamError(status.UNAVAILABLE, 'the server ended the stream')))
  }

  /**
   * Results in the order of the items; a bad item fails alone, in its result.
   * @throws RangeError unless there are 1 to 1,024 items
   * @throws XpoolError when the stream broke (the items may or may not have been carried out) or too many batches wait
   */
  async send(items: Item[]): Promise<Result[]> {
    if (items.length < 1 || items.length > batchItemsMax) {
      throw new RangeError(`a batch holds 1 to ${batchItemsMax} items, not ${items.length}`)
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing) throw streamError(status.CANCELLED, 'the stream is being closed')
    if (this.#waiting.length >= batchesWaitingMax) {
      throw streamError(status.RESOURCE_EXHAUSTED, `${batchesWaitingMax} batches are waiting to be sent`)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject })
      this.#pump()
    })
  }

  /** Sends batch after batch with as many in flight as allowed, and yields the results in the order of the batches. */
  async *results(batches: AsyncIterable<Item[]> | Iterable<Item[]>): AsyncGenerator<Result[], void, void> {
    const underway: Promise<Result[]>[] = []
    for await (const items of batches) {
      const results = this.send(items)
      // It is awaited below, perhaps only after a later one has failed.
      results.catch(() => undefined)
      underway.push(results)
      if (underway.length >= this.#inFlight) yield await underway.shift()!
    }
    for (const results of underway) yield await results
  }

  /** Ends the stream once everything sent is answered. Never rejects: a fault reached whoever waited in `send`. */
  async close(): Promise<void> {
    this.#closing = true
    this.#endWhenIdle()
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #pump(): void {
    while (this.#waiting.length > 0 && !this.#transportFull && this.#sent.size < this.#inFlight) {
      const batch = this.#waiting.shift()!
      const id = this.#nextId++
      this.#sent.set(id, batch)
      this.#transportFull = !this.#stream.write(this.#shape.request(id, batch.items))
    }
  }

  #answered(response: Response): void {
    const id = this.#shape.batchId(response)
    const batch = this.#sent.get(id)
    const results = this.#shape.results(response)
    if (batch === undefined || results.length !== batch.items.length) {
      this.#stream.cancel()
      this.#fail(streamError(status.INTERNAL, `the answer to batch ${id} does not fit what was asked`))
      return
    }
    this.#sent.delete(id)
    batch.resolve(results)
    this.#pump()
    this.#endWhenIdle()
  }

  #endWhenIdle(): void {
    if (this.#closing && this.#sent.size === 0 && this.#waiting.length === 0) this.#stream.end()
  }

  #fail(error: XpoolError): void {
    this.#failure ??= error
    const lost = [...this.#sent.values(), ...this.#waiting]
    this.#sent.clear()
    this.#waiting.length = 0
    for (const batch of lost) batch.reject(this.#failure)
  }
}

function streamError(code: number, message: string): XpoolError {
  return new XpoolError({ code, message, reason: '', domain: '', metadata: {}, retryAfterMs: undefined })
}
