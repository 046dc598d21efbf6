/** A batch of commands to a batch of results: all items submitted in one turn and in order, answered together. */
import type { ItemError } from '../generated/xpool/v1/types.js'
import type { CommandDesk, Concluded, Decided, Patience, Request } from './command-desk.js'
import { Failure } from './failure.js'
import type { MethodMetrics } from './gateway-metrics.js'
import { batchTooLarge, openBatch, type RawBatch } from './raw-batch.js'
import { itemErrorOf } from './status.js'
import { encodeMessage, type WireType } from './wire-codec.js'

/** What a method that takes commands in batches says of its own messages. */
export interface BatchMethod<Batch, Item, Result> {
  readonly batch: WireType<Batch>
  readonly response: WireType<{ batchId: number; results: Result[] }>
  readonly itemsOf: (batch: Batch) => readonly Item[]
  /** What an item asks for, or why it asks for nothing. */
  readonly requestOf: (item: Item) => Request | Failure
  readonly resultOf: (request: Request, end: Concluded, nowMs: number) => Result
  readonly errorResult: (error: ItemError) => Result
}

export interface BatchParts {
  readonly desk: CommandDesk
  readonly metrics: MethodMetrics
  readonly faulted: (error: unknown) => Failure
}

/** An item that was handed to its shard, or why it was not. */
type Submitted = { readonly request: Request; readonly decided: Promise<Decided | Failure> } | Failure

/** Answers one batch; a Failure ends its stream. */
export function answerCommands<Batch extends { readonly batchId: number }, Item, Result>(
  method: BatchMethod<Batch, Item, Result>,
  raw: RawBatch,
  patience: Patience,
  parts: BatchParts,
): Promise<Buffer | Failure> | Failure {
  const opened = openBatch(method.batch, raw, method.itemsOf)
  if (opened instanceof Failure) return opened
  if ('refused' in opened) {
    const { batchId, items } = opened.refused
    const refuseAll = async () => Array.from({ length: items }, () => batchTooLarge)
    return counted(method, batchId, items, refuseAll, parts)
  }
  const { batch } = opened
  const items = method.itemsOf(batch)
  const decideAll = () => {
    parts.desk.begin()
    const submitted = items.map((item) => submit(method.requestOf(item), patience, parts))
    return concluded(method, submitted, parts)
  }
  return counted(method, batch.batchId, items.length, decideAll, parts)
}

/** Runs `answer` in this very turn, so that the order of batches is the order of their arrival. */
async function counted<Batch, Item, Result>(
  method: BatchMethod<Batch, Item, Result>,
  batchId: number,
  items: number,
  answer: () => Promise<(Result | Failure)[]>,
  { metrics }: BatchParts,
): Promise<Buffer> {
  const startedMs = metrics.begin()
  let failed = items
  try {
    const answers = await answer()
    failed = answers.filter((one) => one instanceof Failure).length
    const results = answers.map((one) => {
      if (!(one instanceof Failure)) return one
      metrics.itemFailed(one)
      return method.errorResult(itemErrorOf(one))
    })
    return encodeMessage(method.response, { batchId, results })
  } finally {
    metrics.batchDone(startedMs, items, failed)
  }
}

function submit(request: Request | Failure, patience: Patience, { desk, faulted }: BatchParts): Submitted {
  if (request instanceof Failure) return request
  try {
    const decided = desk.submit(request, patience)
    return decided instanceof Failure ? decided : { request, decided: decided.catch(faulted) }
  } catch (error) {
    return faulted(error)
  }
}

async function concluded<Batch, Item, Result>(
  { resultOf }: BatchMethod<Batch, Item, Result>,
  submitted: readonly Submitted[],
  { desk, faulted }: BatchParts,
): Promise<(Result | Failure)[]> {
  const decided = await Promise.all(submitted.map((one) => (one instanceof Failure ? one : one.decided)))
  const nowMs = desk.renew()
  return decided.map((one, i) => {
    if (one instanceof Failure) return one
    try {
      const end = desk.conclude(one, nowMs)
      return end instanceof Failure ? end : resultOf((submitted[i] as Exclude<Submitted, Failure>).request, end, nowMs)
    } catch (error) {
      return faulted(error)
    }
  })
}
