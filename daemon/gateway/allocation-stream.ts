/** The batches of AllocateStream. */
import type { DirectoryView } from '../directory/view.js'
import { type AllocateStreamItem, AllocateStreamRequest } from '../generated/xpool/v1/allocation.js'
import { writeBound } from './command-answers.js'
import type { BatchMethod } from './command-batch.js'
import { Failure } from './failure.js'

const noCommand = new Failure('FIELD_REQUIRED', 'an item is one of allocate, release, update', { field: 'command' })

/** Fields of AllocateStreamResult. */
const resultFields = { allocate: 1, release: 2, update: 3 } as const
const errorField = 4

export function allocationBatches(directory: DirectoryView): BatchMethod<AllocateStreamRequest, AllocateStreamItem> {
  return {
    batch: AllocateStreamRequest,
    itemsOf: ({ items }) => items,
    requestOf: ({ command }) => command ?? noCommand,
    writeResult: (out, { $case }, end, nowMs) => {
      if ($case === 'report') throw new Error('a report is no item of AllocateStream')
      const mark = out.openWide(resultFields[$case])
      writeBound(out, $case, end, directory, nowMs)
      out.closeWide(mark)
    },
    errorField,
  }
}
