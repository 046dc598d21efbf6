/**
 * One reader and what waits for it. One message at a time is with the
 * transport; the rest waits here, where it can be dropped when the reader is
 * cut off. A message of the tail is one Buffer however many it waits for.
 *
 *   send --> queue --> transport --> taken
 *              |
 *              `-- more than the bound: WATCH_TOO_SLOW, the queue is dropped
 */
import { bounds } from '../bounds.js'
import { Failure } from '../failure.js'
import type { Message } from './message-builder.js'
import type { Audience } from './watch-item.js'

/** Where messages go: a call of gRPC, or a test. */
export interface WatchSink {
  /** Calls back once the transport has taken the message. */
  write(message: Buffer, taken: () => void): void
  /** Ends the stream with an error, behind what was written. */
  fail(failure: Failure): void
}

export const tooSlow = new Failure('WATCH_TOO_SLOW', 'the reader does not keep up; resume from its last token', {
  retryAfterMs: bounds.faultRetryMs,
})

/** Counts over all watchers of a gateway. */
export interface WatcherCounts {
  /** Bytes that wait in queues; a message that waits in many is counted once. */
  queuedBytes: number
  /** Events handed to the transport. */
  delivered(events: number): void
}

/** Why a reader was cut off, for the metric. */
export type CutOff = 'queue' | 'stalled' | 'memory'

export class Watcher {
  readonly audience: Audience
  readonly kinds: number
  readonly #sink: WatchSink
  readonly #counts: WatcherCounts
  readonly #cutOff: (watcher: Watcher, why: CutOff) => void
  #queue: Message[] = []
  #queuedBytes = 0
  #withTransport = false
  #over = false
  #drained: (() => void) | undefined

  constructor(
    seen: { readonly audience: Audience; readonly kinds: number },
    sink: WatchSink,
    counts: WatcherCounts,
    cutOff: (watcher: Watcher, why: CutOff) => void,
  ) {
    this.audience = seen.audience
    this.kinds = seen.kinds
    this.#sink = sink
    this.#counts = counts
    this.#cutOff = cutOff
  }

  get isOver(): boolean {
    return this.#over
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** The transport has taken all that was sent. */
  get isIdle(): boolean {
    return !this.#withTransport
  }

  /** Calls back once, when the transport has taken all or the reader is gone. */
  whenIdle(listener: () => void): void {
    if (this.isIdle || this.#over) listener()
    else this.#drained = listener
  }

  send(message: Message): void {
    if (this.#over) return
    if (!this.#withTransport) {
      this.#handOver(message)
      return
    }
    if (this.#queuedBytes + message.bytes.length > bounds.watchQueueBytes) {
      this.#cutOff(this, 'queue')
      return
    }
    this.#queue.push(message)
    this.#queuedBytes += message.bytes.length
    if (message.queues === 0) this.#counts.queuedBytes += message.bytes.length
    message.queues += 1
  }

  /** Drops what waits; the status follows what the transport has. */
  end(failure: Failure): void {
    if (this.#over) return
    this.close()
    this.#sink.fail(failure)
  }

  /** The call is over: nothing is sent any more. */
  close(): void {
    if (this.#over) return
    this.#over = true
    for (const message of this.#queue) this.#unqueued(message)
    this.#queue = []
    this.#tellDrained()
  }

  #handOver({ bytes, events }: Message): void {
    this.#withTransport = true
    this.#counts.delivered(events)
    this.#sink.write(bytes, () => this.#taken())
  }

  #taken(): void {
    this.#withTransport = false
    if (this.#over) return
    const next = this.#queue.shift()
    if (next === undefined) {
      this.#tellDrained()
      return
    }
    this.#unqueued(next)
    this.#handOver(next)
  }

  #tellDrained(): void {
    const listener = this.#drained
    this.#drained = undefined
    listener?.()
  }

  #unqueued(message: Message): void {
    this.#queuedBytes -= message.bytes.length
    message.queues -= 1
    if (message.queues === 0) this.#counts.queuedBytes -= message.bytes.length
  }
}
