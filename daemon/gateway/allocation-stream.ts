/** The batches of AllocateStream. */
import type { DirectoryView } from '../directory/view.js'
import {
  type AllocateStreamItem,
  AllocateStreamRequest,
  AllocateStreamResponse,
  type AllocateStreamResult,
} from '../generated/xpool/v1/allocation.js'
import { boundResponse } from './command-answers.js'
import type { BatchMethod } from './command-batch.js'
import type { Concluded, Request } from './command-desk.js'
import { Failure } from './failure.js'

const noCommand = new Failure('FIELD_REQUIRED', 'an item is one of allocate, release, update', { field: 'command' })

export function allocationBatches(
  directory: DirectoryView,
): BatchMethod<AllocateStreamRequest, AllocateStreamItem, AllocateStreamResult> {
  return {
    batch: AllocateStreamRequest,
    response: AllocateStreamResponse,
    itemsOf: ({ items }) => items,
    requestOf: ({ command }) => command ?? noCommand,
    resultOf: (request, end, nowMs) => ({ result: resultOf(request, end, directory, nowMs) }),
    errorResult: (value) => ({ result: { $case: 'error', value } }),
  }
}

function resultOf(
  request: Request,
  end: Concluded,
  directory: DirectoryView,
  nowMs: number,
): NonNullable<AllocateStreamResult['result']> {
  const value = boundResponse(end, directory, nowMs)
  switch (request.$case) {
    case 'allocate':
      return { $case: 'allocated', value }
    case 'release':
      return { $case: 'released', value }
    case 'update':
      return { $case: 'updated', value }
    case 'report':
      throw new Error('a report is no item of AllocateStream')
  }
}
