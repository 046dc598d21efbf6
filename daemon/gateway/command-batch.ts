/** A batch of commands to a batch of results: all items submitted in one turn and in order, answered together. */
import { ProtoWriter } from '../bytes/proto-writer.js'
import { ItemError } from '../generated/xpool/v1/types.js'
import type { CommandDesk, Concluded, Decided, Patience, Request } from './command-desk.js'
import { Failure } from './failure.js'
import type { MethodMetrics } from './gateway-metrics.js'
import { batchTooLarge, openBatch, type RawBatch } from './raw-batch.js'
import { itemErrorOf } from './status.js'
import { encodeMessage, type WireType } from './wire-codec.js'

/** What a method that takes commands in batches says of its own messages. */
export interface BatchMethod<Batch, Item> {
  readonly batch: WireType<Batch>
  readonly itemsOf: (batch: Batch) => readonly Item[]
  /** What an item asks for, or why it asks for nothing. */
  readonly requestOf: (item: Item) => Request | Failure
  /** Writes the body of one result: what came of a command that was acknowledged. */
  readonly writeResult: (out: ProtoWriter, request: Request, end: Concluded, nowMs: number) => void
  /** The field of a result that holds an ItemError. */
  readonly errorField: number
}

export interface BatchParts {
  readonly desk: CommandDesk
  readonly metrics: MethodMetrics
  readonly faulted: (error: unknown) => Failure
}

/** Fields of every response of such a method. */
const batchIdField = 1
const resultField = 2

/** One message is written at a time, and copied out before the next begins. */
const firstBytes = 65_536
/** Memory that had to grow beyond this is not kept. */
const keptBytes = 1_048_576
let out = new ProtoWriter(firstBytes)

/** Refusals of a whole batch say nothing of time. */
const refusedAtMs = 0

/** What an item came to: not handed over at all, or decided. */
type End = Decided | Failure

/** Answers one batch; a Failure ends its stream. */
export function answerCommands<Batch extends { readonly batchId: number }, Item>(
  method: BatchMethod<Batch, Item>,
  raw: RawBatch,
  patience: Patience,
  parts: BatchParts,
): Promise<Buffer | Failure> | Failure {
  const opened = openBatch(method.batch, raw, method.itemsOf)
  if (opened instanceof Failure) return opened
  const startedMs = parts.metrics.begin()
  if ('refused' in opened) {
    const { batchId, items } = opened.refused
    const ends: Failure[] = Array.from({ length: items }, () => batchTooLarge)
    return Promise.resolve(new BatchAnswer(method, batchId, [], startedMs, parts).of(ends, refusedAtMs))
  }
  const { batch } = opened
  const requests = method.itemsOf(batch).map(method.requestOf)
  const answer = new BatchAnswer(method, batch.batchId, requests, startedMs, parts)
  return decideAll(requests, patience, parts).then(
    (ends) => answer.of(ends, undefined),
    (error: unknown) => answer.fault(requests.length, error),
  )
}

/** Hands all over in this very turn, so that the order of batches is the order of their arrival. */
function decideAll(
  requests: readonly (Request | Failure)[],
  patience: Patience,
  { desk, faulted }: BatchParts,
): Promise<End[]> {
  const ends: End[] = []
  return new Promise((resolve) => {
    desk.begin()
    // One more than there are items: the batch is not over before all of them were handed over.
    let open = requests.length + 1
    const settle = (i: number, end: End) => {
      ends[i] = end
      open -= 1
      if (open === 0) resolve(ends)
    }
    requests.forEach((request, i) => {
      const failure = submit(request, patience, desk, faulted, (decided) => settle(i, decided))
      if (failure !== undefined) settle(i, failure)
    })
    open -= 1
    if (open === 0) resolve(ends)
  })
}

function submit(
  request: Request | Failure,
  patience: Patience,
  desk: CommandDesk,
  faulted: BatchParts['faulted'],
  decided: (one: Decided) => void,
): Failure | undefined {
  if (request instanceof Failure) return request
  try {
    return desk.submit(request, patience, decided)
  } catch (error) {
    return faulted(error)
  }
}

/** The answer to one batch in the making. */
class BatchAnswer<Batch, Item> {
  readonly #method: BatchMethod<Batch, Item>
  readonly #batchId: number
  readonly #requests: readonly (Request | Failure)[]
  readonly #startedMs: number
  readonly #parts: BatchParts
  #failed = 0

  constructor(
    method: BatchMethod<Batch, Item>,
    batchId: number,
    requests: readonly (Request | Failure)[],
    startedMs: number,
    parts: BatchParts,
  ) {
    this.#method = method
    this.#batchId = batchId
    this.#requests = requests
    this.#startedMs = startedMs
    this.#parts = parts
  }

  /** @param atMs process clock; undefined: with a renewed view of the shards, as outcomes need it */
  of(ends: readonly End[], atMs: number | undefined): Buffer {
    const { desk, metrics } = this.#parts
    let answered = false
    try {
      const nowMs = atMs ?? desk.renew()
      out.clear()
      out.integer(batchIdField, this.#batchId)
      ends.forEach((end, i) => {
        this.#writeItem(end, i, nowMs)
      })
      const bytes = out.copied()
      if (bytes.length > keptBytes) out = new ProtoWriter(firstBytes)
      answered = true
      return bytes
    } finally {
      metrics.batchDone(this.#startedMs, ends.length, answered ? this.#failed : ends.length)
    }
  }

  /** Nothing can be said of any item. */
  fault(items: number, error: unknown): never {
    this.#parts.metrics.batchDone(this.#startedMs, items, items)
    throw error
  }

  #writeItem(end: End, i: number, nowMs: number): void {
    const mark = out.openWide(resultField)
    const from = out.length
    const failure = end instanceof Failure ? end : this.#writeResult(end, i, nowMs)
    if (failure !== undefined) {
      // What was written of a result before its fault is no part of the answer.
      out.length = from
      this.#failed += 1
      this.#parts.metrics.itemFailed(failure)
      out.presentBlob(this.#method.errorField, encodeMessage(ItemError, itemErrorOf(failure)))
    }
    out.closeWide(mark)
  }

  #writeResult(decided: Decided, i: number, nowMs: number): Failure | undefined {
    const { desk, faulted } = this.#parts
    try {
      const end = desk.conclude(decided, nowMs)
      if (end instanceof Failure) return end
      this.#method.writeResult(out, this.#requests[i] as Request, end, nowMs)
      return undefined
    } catch (error) {
      return faulted(error)
    }
  }
}
