/**
 * One stream of batches: reads while there is room, answers as answers are
 * ready, and stops reading when the other side stops.
 *
 *            room                         batch answered          written out
 *   paused <------> reading --- batch ---> in flight --- write ---> gone
 *                      |
 *        half-close, drain or a fault of the stream: no more reading, the last answer, then the status
 */
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { bounds } from './bounds.js'
import type { ConnectionBudget, ConnectionBudgets } from './connection-budget.js'
import { Failure } from './failure.js'
import { heldBytes, type RawBatch } from './raw-batch.js'
import { statusOf } from './status.js'

export type BatchCall = ServerDuplexStream<RawBatch, Buffer>

/** Answers one batch; a Failure ends the stream. Within one stream it is called in the order of arrival. */
export type AnswerBatch = (batch: RawBatch, signal: AbortSignal) => Buffer | Failure | Promise<Buffer | Failure>

export interface StreamParts {
  readonly budgets: ConnectionBudgets
  readonly faulted: (error: unknown) => Failure
  readonly answer: AnswerBatch
}

const tooManyStreams = new Failure('OVERLOADED', 'too many streams are open, or too many answers wait to be read', {
  retryAfterMs: bounds.overloadedRetryMs,
})
export const shuttingDown = new Failure('SHUTTING_DOWN', 'the daemon is shutting down', {
  retryAfterMs: bounds.faultRetryMs,
})

export const connectionAged = new Failure('CONNECTION_AGED', 'the connection is over its age; open another stream', {
  retryAfterMs: 0,
})

/** Serves the stream to its end; undefined when the connection has too many. */
export function serveBatches(call: BatchCall, parts: StreamParts): BatchStream | undefined {
  const peer = call.getPeer()
  const budget = parts.budgets.open(peer)
  if (budget === undefined) {
    call.emit('error', statusOf(tooManyStreams))
    return undefined
  }
  return new BatchStream(call, parts, budget, peer)
}

/** One open stream and what it holds. */
export class BatchStream {
  /** The connection it is on. */
  readonly peer: string
  readonly #call: BatchCall
  readonly #parts: StreamParts
  readonly #budget: ConnectionBudget
  readonly #abort = new AbortController()
  readonly #resume = () => this.#consider()
  #inFlight = 0
  #heldBytes = 0
  #over = false
  #statusGiven = false
  /** Set once no more is read: undefined for a half-close. */
  #ending: { readonly failure: Failure | undefined } | undefined

  constructor(call: BatchCall, parts: StreamParts, budget: ConnectionBudget, peer: string) {
    this.#call = call
    this.#parts = parts
    this.#budget = budget
    this.peer = peer
    call.on('data', (batch: RawBatch) => this.#take(batch))
    call.on('end', () => this.end(undefined))
    call.on('drain', this.#resume)
    call.once('cancelled', () => this.#close())
  }

  /** Calls back once when the call is over, however it ended. */
  onClosed(listener: () => void): void {
    this.#abort.signal.addEventListener('abort', listener, { once: true })
  }

  /** Reads no more; the status follows the last answer. */
  end(failure: Failure | undefined): void {
    if (this.#ending !== undefined || this.#over) return
    this.#ending = { failure }
    this.#call.pause()
    this.#finishIfIdle()
  }

  #take(batch: RawBatch): void {
    if (this.#ending !== undefined || this.#over) return
    const bytes = heldBytes(batch)
    this.#inFlight += 1
    this.#hold(bytes)
    try {
      const answer = this.#parts.answer(batch, this.#abort.signal)
      if (answer instanceof Promise) {
        answer.then(
          (ready) => this.#answered(ready, bytes),
          (error: unknown) => this.#answered(this.#parts.faulted(error), bytes),
        )
      } else {
        this.#answered(answer, bytes)
      }
    } catch (error) {
      this.#answered(this.#parts.faulted(error), bytes)
    }
    this.#consider()
  }

  #answered(answer: Buffer | Failure, requestBytes: number): void {
    if (this.#over) return
    if (answer instanceof Failure) {
      this.#release(requestBytes)
      this.end(answer)
      return
    }
    // The callback lives as long as the client takes its time: it must not keep the answer, of which there is a framed copy.
    const { length } = answer
    this.#hold(length - requestBytes)
    this.#call.write(answer, () => this.#release(length))
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes
    this.#budget.take(bytes)
  }

  /** A batch is gone: its answer was written out, or there is none. */
  #release(bytes: number): void {
    if (this.#over) return
    this.#inFlight -= 1
    this.#heldBytes -= bytes
    this.#budget.give(bytes)
    this.#consider()
    this.#finishIfIdle()
  }

  /** Reads on or stops, by the room there is. */
  #consider(): void {
    if (this.#over || this.#ending !== undefined) return
    const starved = this.#inFlight > 0 && this.#budget.full
    if (starved) this.#budget.whenRoom(this.#resume)
    const room = !starved && this.#inFlight < bounds.batchesPerStream && !this.#call.writableNeedDrain
    if (room === this.#call.isPaused()) {
      if (room) this.#call.resume()
      else this.#call.pause()
    }
  }

  #finishIfIdle(): void {
    if (this.#ending === undefined || this.#inFlight > 0 || this.#over || this.#statusGiven) return
    this.#statusGiven = true
    const { failure } = this.#ending
    if (failure === undefined) this.#call.end()
    else this.#call.emit('error', statusOf(failure))
  }

  #close(): void {
    if (this.#over) return
    this.#over = true
    this.#budget.forget(this.#resume)
    this.#budget.give(this.#heldBytes)
    this.#abort.abort()
    this.#parts.budgets.close(this.peer)
  }
}
