/**
 * Batches over a stream that is opened anew as it must be, so that the batches
 * outlive connections.
 *
 *                    first batch                          legAgeMs old
 *   none ---------------------------------> leg -------------------------> next leg; the old one half-closes
 *    ^                                       |                             when it has answered all
 *    |                                       | lost (CONNECTION_AGED, SHUTTING_DOWN, connection gone)
 *    `-- back-off -- what may be sent again -'    so many losses without an answer in between: XpoolError, for ever
 *
 * Keeps to the server's limits (items of a batch, batches in flight) and to
 * the transport's flow control, so that a fast producer neither floods the
 * server nor fills its own memory.
 */
import { type ClientDuplexStream, status } from '@grpc/grpc-js'
import type { XpoolError } from './error.js'
import { type Batch, type BatchShape, StreamLeg, streamError } from './stream-leg.js'

/** Items of one batch; the contract's own limit. */
export const batchItemsMax = 1_024
/** Batches unanswered at once, unless said otherwise. */
export const batchesInFlightDefault = 16
/** Batches that wait for room before `send` refuses more (I12). */
export const batchesWaitingMax = 1_024
/** A leg this old gets a successor, ms: shorter than the shortest grace that a daemon should give. */
const legAgeDefaultMs = 60_000
/** Losses in a row, without an answer in between, unless said otherwise. */
const lossesDefault = 5
/** Wait after the first loss, doubled after each further one up to the most, ms: five losses take some 3 s. */
const backOffMs = { first: 100, most: 5_000 } as const
/** A server's own wish to be left alone is kept to this, ms. */
const serverWaitMaxMs = 30_000

export interface StreamSettings {
  /**
   * Losses in a row after which the stream fails; default 5. With 0 the first one fails what is under way: for whoever
   * must answer within a deadline, and would rather ask another connection.
   */
  readonly lossesMax?: number | undefined
  /** From time to time a new stream takes over, on a new connection if the daemon has asked the old one to go, ms; default 60,000. */
  readonly legAgeMs?: number | undefined
  /** Told of every loss after which it goes on, and how long it waits, ms. */
  readonly onLost?: ((error: XpoolError, waitMs: number) => void) | undefined
}

export class BatchStream<Request, Response, Item, Result> {
  readonly #open: () => ClientDuplexStream<Request, Response>
  readonly #shape: BatchShape<Request, Response, Item, Result>
  readonly #inFlight: number
  readonly #settings: StreamSettings
  readonly #waiting: Batch<Item, Result>[] = []
  readonly #closed = Promise.withResolvers<void>()
  readonly #legs = new Set<StreamLeg<Request, Response, Item, Result>>()
  /** The one that takes new batches. */
  #leg: StreamLeg<Request, Response, Item, Result> | undefined
  #unanswered = 0
  #losses = 0
  #backOff: NodeJS.Timeout | undefined
  #closing = false
  #failure: XpoolError | undefined
  #nextId = 1

  /**
   * @param open opens a stream of the transport
   * @param inFlight batches unanswered at once, at least 1
   */
  constructor(
    open: () => ClientDuplexStream<Request, Response>,
    shape: BatchShape<Request, Response, Item, Result>,
    inFlight = batchesInFlightDefault,
    settings: StreamSettings = {},
  ) {
    this.#open = open
    this.#shape = shape
    this.#inFlight = inFlight
    this.#settings = settings
  }

  /**
   * Results in the order of the items; a bad item fails alone, in its result. After a loss a batch is sent again if the
   * server has not read it, or if each of its items may be repeated: questions, reports, releases, and what has a `requestId`.
   * @throws RangeError unless there are 1 to 1,024 items
   * @throws XpoolError when the stream broke (the items may or may not have been carried out) or too many batches wait
   */
  async send(items: Item[]): Promise<Result[]> {
    if (items.length < 1 || items.length > batchItemsMax) {
      throw new RangeError(`a batch holds 1 to ${batchItemsMax} items, not ${items.length}`)
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing) throw streamError(status.CANCELLED, 'the stream is being closed', '')
    if (this.#waiting.length >= batchesWaitingMax) {
      throw streamError(status.RESOURCE_EXHAUSTED, `${batchesWaitingMax} batches are waiting to be sent`, '')
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, items, resolve, reject })
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
    this.#closeWhenIdle()
    await this.#closed.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#unanswered < this.#inFlight && this.#backOff === undefined) {
      const leg = this.#current()
      if (leg.full) return
      this.#unanswered += 1
      leg.send(this.#waiting.shift()!)
    }
  }

  /** The leg for the next batch, a new one where there is none or it has grown old. */
  #current(): StreamLeg<Request, Response, Item, Result> {
    const { legAgeMs = legAgeDefaultMs } = this.#settings
    if (this.#leg !== undefined && performance.now() - this.#leg.openedMs < legAgeMs) return this.#leg
    this.#leg?.finish()
    const leg: StreamLeg<Request, Response, Item, Result> = new StreamLeg(this.#open(), this.#shape, {
      answered: (batch, results) => this.#answered(batch, results),
      drained: () => this.#pump(),
      over: (error, unanswered) => this.#over(leg, error, unanswered),
    })
    this.#leg = leg
    this.#legs.add(leg)
    return leg
  }

  #answered(batch: Batch<Item, Result>, results: Result[]): void {
    this.#losses = 0
    this.#unanswered -= 1
    batch.resolve(results)
    this.#pump()
    this.#closeWhenIdle()
  }

  #over(
    leg: StreamLeg<Request, Response, Item, Result>,
    error: XpoolError | undefined,
    unanswered: Batch<Item, Result>[],
  ): void {
    this.#legs.delete(leg)
    if (this.#leg === leg) this.#leg = undefined
    this.#unanswered -= unanswered.length
    if (error !== undefined) this.#lost(error, unanswered)
    this.#pump()
    this.#closeWhenIdle()
  }

  #lost(error: XpoolError, unanswered: Batch<Item, Result>[]): void {
    if (isLoss(error) && this.#failure === undefined) {
      const again = unanswered.filter(({ items }) => isUnread(error) || items.every(this.#shape.repeatable))
      // An idle stream that the server ended is no misfortune: the next batch opens another.
      if (unanswered.length === 0 && this.#waiting.length === 0) return
      const { lossesMax = lossesDefault, onLost } = this.#settings
      this.#losses += 1
      if (this.#losses <= lossesMax) {
        for (const batch of unanswered) if (!again.includes(batch)) batch.reject(error)
        this.#waiting.unshift(...again)
        const waitMs = waitOf(error, this.#losses)
        onLost?.(error, waitMs)
        this.#wait(waitMs)
        return
      }
    }
    this.#failure ??= error
    for (const batch of [...unanswered, ...this.#waiting.splice(0)]) batch.reject(this.#failure)
  }

  #wait(waitMs: number): void {
    clearTimeout(this.#backOff)
    this.#backOff = setTimeout(() => {
      this.#backOff = undefined
      this.#pump()
    }, waitMs)
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#unanswered > 0 || this.#waiting.length > 0) return
    if (this.#legs.size === 0) this.#closed.resolve()
    for (const leg of this.#legs) leg.finish()
  }
}

/** The daemon says that it has answered whatever it has read. */
function isUnread({ reason }: XpoolError): boolean {
  return reason === 'CONNECTION_AGED' || reason === 'SHUTTING_DOWN' || reason === 'OVERLOADED'
}

/** The daemon may say it in words, or the transport in one of its ways when a connection breaks. */
function isLoss(error: XpoolError): boolean {
  const broken = error.code === status.INTERNAL || error.code === status.CANCELLED
  return error.code === status.UNAVAILABLE || isUnread(error) || (error.domain === '' && broken)
}

function waitOf({ reason, retryAfterMs = 0 }: XpoolError, losses: number): number {
  // The connection was too old, and that is all: another is there at once.
  if (reason === 'CONNECTION_AGED' && losses === 1) return 0
  const most = Math.min(backOffMs.most, backOffMs.first * 2 ** (losses - 1))
  // Between half and all of it: a thousand streams of one daemon do not come back in one instant.
  const own = Math.ceil(most * (1 - Math.random() / 2))
  return Math.max(own, Math.min(serverWaitMaxMs, retryAfterMs))
}
