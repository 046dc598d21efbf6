/** Batches of AllocateStream: all items submitted in one turn and in order, answered together. */
import {
  AllocateStreamRequest,
  AllocateStreamResponse,
  type AllocateStreamResult,
} from '../generated/xpool/v1/allocation.js'
import type { Allocator, Concluded, Decided, Patience, Request } from './allocator.js'
import { Failure } from './failure.js'
import type { MethodMetrics } from './gateway-metrics.js'
import { batchTooLarge, openBatch, type RawBatch } from './raw-batch.js'
import { itemErrorOf } from './status.js'
import { encodeMessage } from './wire-codec.js'

export interface AllocationStreamParts {
  readonly allocator: Allocator
  readonly metrics: MethodMetrics
  readonly faulted: (error: unknown) => Failure
}

/** An item that was handed to its shard, or why it was not. */
type Submitted = { readonly request: Request; readonly decided: Promise<Decided | Failure> } | Failure

const noCommand = new Failure('FIELD_REQUIRED', 'an item is one of allocate, release, update', { field: 'command' })

/** Answers one batch; a Failure ends its stream. */
export function answerAllocations(
  raw: RawBatch,
  patience: Patience,
  parts: AllocationStreamParts,
): Promise<Buffer | Failure> | Failure {
  const opened = openBatch(AllocateStreamRequest, raw, (batch) => batch.items)
  if (opened instanceof Failure) return opened
  if ('refused' in opened) {
    const { batchId, items } = opened.refused
    const results = async () => Array.from({ length: items }, () => errorResult(batchTooLarge, parts))
    return counted(batchId, items, results, parts)
  }
  const { batchId, items } = opened.batch
  const results = () => {
    parts.allocator.begin()
    return concluded(
      items.map((item) => submit(item.command, patience, parts)),
      parts,
    )
  }
  return counted(batchId, items.length, results, parts)
}

/** Runs `answer` in this very turn, so that the order of batches is the order of their arrival. */
async function counted(
  batchId: number,
  items: number,
  answer: () => Promise<AllocateStreamResult[]>,
  { metrics }: AllocationStreamParts,
): Promise<Buffer> {
  const startedMs = metrics.begin()
  let failed = items
  try {
    const results = await answer()
    failed = results.filter(({ result }) => result?.$case === 'error').length
    return encodeMessage(AllocateStreamResponse, { batchId, results })
  } finally {
    metrics.batchDone(startedMs, items, failed)
  }
}

function submit(request: Request | undefined, patience: Patience, parts: AllocationStreamParts): Submitted {
  if (request === undefined) return noCommand
  try {
    const decided = parts.allocator.submit(request, patience)
    return decided instanceof Failure ? decided : { request, decided: decided.catch(parts.faulted) }
  } catch (error) {
    return parts.faulted(error)
  }
}

async function concluded(
  submitted: readonly Submitted[],
  parts: AllocationStreamParts,
): Promise<AllocateStreamResult[]> {
  const decided = await Promise.all(submitted.map((one) => (one instanceof Failure ? one : one.decided)))
  const nowMs = parts.allocator.renew()
  return decided.map((one, i) => {
    if (one instanceof Failure) return errorResult(one, parts)
    try {
      const end = parts.allocator.conclude(one, nowMs)
      if (end instanceof Failure) return errorResult(end, parts)
      return { result: resultOf((submitted[i] as Exclude<Submitted, Failure>).request, end) }
    } catch (error) {
      return errorResult(parts.faulted(error), parts)
    }
  })
}

function resultOf(request: Request, end: Concluded): NonNullable<AllocateStreamResult['result']> {
  const { binding, replayed, position } = end
  switch (request.$case) {
    case 'allocate':
      return { $case: 'allocated', value: { binding, replayed, position } }
    case 'release':
      return { $case: 'released', value: { binding, position } }
    case 'update':
      return { $case: 'updated', value: { binding, position } }
  }
}

function errorResult(failure: Failure, parts: AllocationStreamParts): AllocateStreamResult {
  parts.metrics.itemFailed(failure)
  return { result: { $case: 'error', value: itemErrorOf(failure) } }
}
