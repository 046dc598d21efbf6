/** The methods of AdministrationService about numbers. */
import { setImmediate } from 'node:timers/promises'
import type { NumberRecord } from '../core/directory.js'
import { limits } from '../core/limits.js'
import type {
  AddNumbersRequest,
  AddNumbersResponse,
  GetNumberRequest,
  GetNumberResponse,
  ListNumbersRequest,
  ListNumbersResponse,
  NumberBlock,
  Number as NumberMessage,
  RemoveNumbersRequest,
  RemoveNumbersResponse,
  SetNumberStateRequest,
  SetNumberStateResponse,
} from '../generated/xpool/v1/administration.js'
import { type AdministrationParts, change } from './administration-parts.js'
import { bounds } from './bounds.js'
import { Check } from './check.js'
import { numberMessage } from './directory-messages.js'
import { Failure } from './failure.js'
import { readPageSize, readPageToken, writePageToken } from './page-token.js'
import { poolNotFound } from './place-command.js'
import { numberStateWords } from './wire-words.js'

/** Digits pass as they were sent: the directory makes them canonical, once. */
export async function addNumbers(
  request: AddNumbersRequest,
  parts: AdministrationParts,
): Promise<AddNumbersResponse | Failure> {
  const check = new Check(parts.rules)
  const { blocks, numbers, last } = request
  const pool = check.name('pool', request.pool)
  const area = check.text('area', request.area, limits.areaBytes)
  const importName = check.text('import_id', request.importId)
  checkNumbers(check, request)
  if (check.fault !== undefined) return check.fault
  const answer = await change(parts, { type: 'add-numbers', pool, area, blocks, numbers, importName, last })
  return answer instanceof Failure ? answer : { added: answer.added ?? 0, live: answer.live ?? 0 }
}

/** All or none; numbers that carry a route are refused by the directory, with their count. */
export async function removeNumbers(
  request: RemoveNumbersRequest,
  parts: AdministrationParts,
): Promise<RemoveNumbersResponse | Failure> {
  const check = new Check(parts.rules)
  const pool = check.name('pool', request.pool)
  const reason = check.text('reason', request.reason)
  const { blocks, numbers } = request
  checkNumbers(check, request)
  if (numbers.length + blocks.length === 0) {
    check.refuse('FIELD_REQUIRED', 'numbers', 'blocks or numbers are required')
  }
  if (check.fault !== undefined) return check.fault
  const answer = await change(parts, { type: 'remove-numbers', pool, blocks, numbers, reason })
  return answer instanceof Failure ? answer : { removed: answer.removed ?? 0 }
}

function checkNumbers(check: Check, { blocks, numbers }: Pick<AddNumbersRequest, 'blocks' | 'numbers'>): void {
  if (numbers.length + blocks.length > limits.numbersPerRequest) {
    check.refuse('TOO_MANY', 'numbers', `a request holds at most ${limits.numbersPerRequest} numbers`)
  }
  for (const [i, block] of blocks.entries()) checkBlock(check, `blocks[${i}]`, block)
}

function checkBlock(check: Check, field: string, { first, count }: NumberBlock): void {
  check.text(`${field}.first`, first)
  check.integer(`${field}.count`, count, 1, limits.numbersPerRequest)
}

/** Sets the state of one number or of a block; digits pass as they were sent, as above. */
export async function setNumberState(
  request: SetNumberStateRequest,
  parts: AdministrationParts,
): Promise<SetNumberStateResponse | Failure> {
  const check = new Check(parts.rules)
  const reason = check.text('reason', request.reason)
  const state = check.word('state', numberStateWords, request.state)
  if (state === undefined) check.refuse('INVALID_OPTION', 'state', 'state is required')
  const target = readTarget(check, request.target)
  if (check.fault !== undefined) return check.fault
  if (state === undefined || target === undefined) throw new Error('a state or target is missing after its check')
  const answer = await change(parts, { type: 'set-number-state', target, state, reason })
  return answer instanceof Failure ? answer : { changed: answer.changed ?? 0 }
}

function readTarget(check: Check, target: SetNumberStateRequest['target']) {
  switch (target?.$case) {
    case 'number':
      return { number: check.text('number', target.value) }
    case 'block':
      checkBlock(check, 'block', target.value)
      return { block: target.value }
    case undefined:
      check.refuse('FIELD_REQUIRED', 'number', 'number or block is required')
      return undefined
  }
}

/** One number and how it is occupied now. */
export function getNumber(request: GetNumberRequest, parts: AdministrationParts): GetNumberResponse | Failure {
  const check = new Check(parts.rules)
  const digits = check.number('number', request.number)
  if (check.fault !== undefined) return check.fault
  parts.directory.refresh()
  const record = parts.directory.number(digits)
  if (record === undefined) return new Failure('NUMBER_NOT_FOUND', 'no such number', { field: 'number' })
  parts.shards[record.shard]!.refresh()
  return { number: occupied(record, parts) }
}

function occupied(record: NumberRecord, { directory, shards, clock }: AdministrationParts): NumberMessage {
  const occupancy = shards[record.shard]!.occupancy(record.ordinal, clock.now())
  return numberMessage(record, directory.pool(record.pool)?.name ?? '', occupancy)
}

const digitsPattern = /^[0-9]{3,20}$/

/** A page of numbers; it may be shorter than asked for and yet have a successor. */
export async function listNumbers(
  request: ListNumbersRequest,
  parts: AdministrationParts,
  signal: AbortSignal,
): Promise<ListNumbersResponse | Failure> {
  const check = new Check(parts.rules)
  check.text('pool', request.pool, limits.nameChars)
  const state = check.word('state', numberStateWords, request.state)
  const size = readPageSize(check, request.pageSize)
  const token = readPageToken(check, 'numbers', request.pageToken, digitsPattern)
  if (check.fault !== undefined) return check.fault
  parts.directory.refresh()
  const pool = request.pool === '' ? undefined : parts.directory.poolByName(request.pool)
  if (pool === undefined && request.pool !== '') return poolNotFound
  const wanted = (record: NumberRecord) =>
    (pool === undefined || record.pool === pool.id) && (state === undefined || record.state === state)
  const found = await collect(wanted, size, token?.[0], parts, signal)
  const numbers = await occupiedAll(found.records, parts, signal)
  return { numbers, nextPageToken: found.after === undefined ? '' : writePageToken('numbers', [found.after]) }
}

/** Numbers that pass, until the page is full, the end, or as many rows as one call examines. */
async function collect(
  wanted: (record: NumberRecord) => boolean,
  size: number,
  start: string | undefined,
  { directory }: AdministrationParts,
  signal: AbortSignal,
): Promise<{ readonly records: NumberRecord[]; readonly after: string | undefined }> {
  const records: NumberRecord[] = []
  let after = start
  for (let examined = 0; examined < bounds.scanRowsPerCall; examined += bounds.scanRowsPerChunk) {
    directory.refresh()
    const { numbers, next } = directory.numbers(after, bounds.scanRowsPerChunk)
    for (const record of numbers) {
      if (!wanted(record)) continue
      records.push(record)
      if (records.length === size) return { records, after: record.digits }
    }
    after = next
    if (next === undefined || signal.aborted) break
    await setImmediate()
  }
  return { records, after }
}

/** How each number is occupied. Crowded numbers take long to count, so calls come in between. */
async function occupiedAll(
  records: readonly NumberRecord[],
  parts: AdministrationParts,
  signal: AbortSignal,
): Promise<NumberMessage[]> {
  const numbers: NumberMessage[] = []
  let sliceEndMs = 0
  for (const record of records) {
    if (signal.aborted) break
    if (performance.now() >= sliceEndMs) {
      if (sliceEndMs > 0) await setImmediate()
      sliceEndMs = performance.now() + bounds.scanSliceMs
      for (const shard of parts.shards) shard.refresh()
    }
    numbers.push(occupied(record, parts))
  }
  return numbers
}
