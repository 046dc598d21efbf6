/**
 * What a run stands on: a tenant and a pool of its own, numbers, and so many
 * live bindings, made through AllocateStream.
 */
import type { AllocateStreamRequest, AllocateStreamResponse } from '../daemon/generated/xpool/v1/allocation.js'
import { Qualification } from '../daemon/generated/xpool/v1/types.js'
import { BatchStream } from './batch-stream.js'
import type { Connection } from './connections.js'
import { Ledger, type LiveBinding } from './ledger.js'
import { allocateItem, allocateRequest, checkAllocated, type Place } from './messages.js'
import { partiesOf as fewEach, firstNumber, type PartiesOf } from './population.js'
import { call } from './unary.js'

/** Numbers of one AddNumbers request. */
const numbersPerRequest = 50_000
/** Batches in flight while filling, and their items: deep enough to keep a group commit busy. */
const fillBatches = 8
const fillBatchItems = 512
/** Bindings of the fill outlive any run. */
const fillTtlMs = 20 * 3_600_000

export interface PlaceWanted {
  readonly run: number
  readonly numbers: number
  readonly cooldownMs: number
  /** Bindings that one number may carry; absent: as the daemon has it. */
  readonly perNumber?: number
}

/** Tenant, pool and numbers. @throws when one of them exists already: another run has this number */
export async function makePlace(connection: Connection, wanted: PlaceWanted): Promise<Place> {
  const { administration } = connection
  const place = { tenant: `load-${wanted.run}`, pool: `load-${wanted.run}` }
  await call(administration.createTenant.bind(administration), {
    tenant: {
      name: place.tenant,
      qualification: Qualification.QUALIFICATION_APPROVED,
      quotas: undefined,
      policies: undefined,
    },
  })
  await call(administration.createPool.bind(administration), {
    pool: {
      name: place.pool,
      tenants: [place.tenant],
      cooldownMs: wanted.cooldownMs,
      maxBindingsPerNumber: wanted.perNumber ?? undefined,
    },
  })
  await addNumbers(connection, place, wanted)
  return place
}

async function addNumbers({ administration }: Connection, place: Place, wanted: PlaceWanted): Promise<void> {
  for (let offset = 0; offset < wanted.numbers; offset += numbersPerRequest) {
    const count = Math.min(numbersPerRequest, wanted.numbers - offset)
    await call(administration.addNumbers.bind(administration), {
      pool: place.pool,
      area: '',
      blocks: [{ first: firstNumber(wanted.run, offset), count }],
      numbers: [],
      importId: place.pool,
      last: offset + count === wanted.numbers,
    })
  }
}

export interface Fill {
  /** Indexes of the bindings: from the first (0), below `live`. */
  readonly from?: number
  readonly live: number
  readonly partiesOf?: PartiesOf
  readonly seed: number
  readonly onProgress: (made: number) => void
}

/** Makes the bindings of a range of indexes. @throws at the first refusal */
export async function fill(connection: Connection, place: Place, wanted: Fill): Promise<Ledger> {
  const stream = new BatchStream(connection.allocation.allocateStream())
  const ledger = new Ledger()
  let next = wanted.from ?? 0
  const worker = async (): Promise<void> => {
    while (next < wanted.live) {
      const from = next
      next = Math.min(wanted.live, from + fillBatchItems)
      for (const binding of await fillBatch(stream, place, wanted, { from, to: next })) ledger.add(binding)
      wanted.onProgress(ledger.size)
    }
  }
  try {
    await Promise.all(Array.from({ length: fillBatches }, worker))
  } finally {
    stream.end()
  }
  return ledger
}

async function fillBatch(
  stream: BatchStream<AllocateStreamRequest, AllocateStreamResponse>,
  place: Place,
  { seed, partiesOf = fewEach }: Fill,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<LiveBinding[]> {
  const parties = Array.from({ length: to - from }, (_, i) => partiesOf(from + i, seed))
  const response = await stream.send((batchId) => ({
    batchId,
    items: parties.map((pair, i) => allocateItem(allocateRequest(place, pair, `fill-${seed}-${from + i}`, fillTtlMs))),
  }))
  return parties.map((pair, i) => {
    const result = response.results[i]?.result
    if (result?.$case === 'error') throw new Error(`while filling: ${result.value.reason}: ${result.value.message}`)
    return checkAllocated(result?.$case === 'allocated' ? result.value.binding : undefined, pair)
  })
}
