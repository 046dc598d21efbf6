/**
 * Resolve from the bytes of a question to the bytes of its answer, on rows in
 * LMDB: all that a gateway does for it but gRPC itself. Beside it the long way
 * over messages and text, and its parts one by one.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reservationsOf } from '../../daemon/core/reservation.js'
import { BanFilter, banFilterCells } from '../../daemon/directory/ban-filter.js'
import { NumberCache } from '../../daemon/directory/number-cache.js'
import { Failure } from '../../daemon/gateway/failure.js'
import type { GatewayMetrics } from '../../daemon/gateway/gateway-metrics.js'
import { Questions } from '../../daemon/gateway/question-bytes.js'
import { Resolver } from '../../daemon/gateway/resolver.js'
import { MemoryDirectory } from '../../daemon/gateway/testing/memory-directory.js'
import {
  ResolveRequest,
  type ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { LmdbShardReader } from '../../daemon/store/lmdb-shard-reader.js'
import { shardTables } from '../../daemon/store/lmdb-table.js'
import { checkShortRecord, openRecord, sealRecord } from '../../daemon/store/record.js'
import { ReleaseBoard, releaseBoardMemory } from '../../daemon/store/release-board.js'
import { encodeRoute } from '../../daemon/store/route-codec.js'
import { routeKey } from '../../daemon/store/route-key.js'
import { openShardEnvironment } from '../../daemon/store/shard-environment.js'
import { RowStanding } from '../../daemon/store/standing-reader.js'
import { draws, partyNumber, proxyNumber, sampleBinding, sampleNowMs } from '../sample.js'
import type { Suite, Task } from '../suite.js'

const liveBindings = 1_000_000
const bindingsPerNumber = 100
const rowsPerTransaction = 5_000
const mapSizeBytes = 4 * 2 ** 30
const batchItems = 64
/** Batches, or questions, that are asked in turn. */
const different = 1_024

export const resolvePathSuite: Suite = {
  name: 'resolve-path',
  async prepare(scale) {
    const folder = await mkdtemp(join(tmpdir(), 'xpool-bench-resolve-'))
    const environment = openShardEnvironment(folder, { mapSizeBytes })
    const bindings = Math.ceil(liveBindings / scale.shrink)
    fill(environment, bindings)
    const numbers = Math.ceil(bindings / bindingsPerNumber)
    // Commits nothing any more, as a daemon that is only asked: its snapshot lasts until lmdb-js drops it.
    const reader = new LmdbShardReader(environment, { commits: () => 1, board: new ReleaseBoard(releaseBoardMemory()) })
    const resolver = new Resolver({
      directory: new BenchDirectory(numbers),
      shards: [reader],
      clock: { now: () => sampleNowMs },
      rules: [],
      metrics: countsAlone(),
      faulted: (error) => new Failure('INTERNAL', String(error)),
    })
    return {
      tasks: [...paths(resolver, bindings), ...parts()],
      close: async () => {
        await environment.close()
        await rm(folder, { recursive: true })
      },
    }
  },
}

/** Outcomes are counted as ever, under no name. */
function countsAlone(): GatewayMetrics {
  const counts = new Float64Array(64)
  let cells = 0
  return {
    method: () => {
      throw new Error('no method is served here')
    },
    outcomeCell: () => cells++,
    outcome: (cell) => {
      counts[cell]! += 1
    },
    callReported: () => undefined,
  }
}

/** Numbers and callers as the daemon's view remembers them. */
class BenchDirectory extends MemoryDirectory {
  readonly #cache: NumberCache
  readonly #bans = new BanFilter(new Uint8Array(banFilterCells))

  constructor(numbers: number) {
    const digits = Array.from({ length: numbers }, (_, ordinal) => proxyNumber(ordinal))
    super(digits)
    this.#cache = new NumberCache(4 * numbers)
    for (const one of digits) this.#cache.set(one, super.number(one)!)
  }

  override numberAt(text: Uint8Array, from: number, to: number) {
    return this.#cache.getAt(text, from, to)
  }

  override mayBeBanned(text?: Uint8Array, from = 0, to = 0): boolean {
    return text !== undefined && this.#bans.mayHoldAt(text, from, to)
  }
}

function fill(environment: ReturnType<typeof openShardEnvironment>, bindings: number): void {
  const { route } = shardTables(environment)
  for (let from = 0; from < bindings; from += rowsPerTransaction) {
    environment.transaction(() => {
      for (let seq = from; seq < Math.min(from + rowsPerTransaction, bindings); seq += 1) {
        const ordinal = Math.floor(seq / bindingsPerNumber)
        for (const placed of reservationsOf(sampleBinding(seq, ordinal))) {
          route.put(routeKey(ordinal, placed.route.key), encodeRoute([placed.reservation]))
        }
      }
    })
  }
}

function questionOf(seq: number, draw: number): ResolveRequest {
  return {
    ...ResolveRequest.decode(new Uint8Array()),
    number: proxyNumber(Math.floor(seq / bindingsPerNumber)),
    caller: partyNumber(2 * seq + (draw < 0.5 ? 0 : 1)),
  }
}

function paths(resolver: Resolver, bindings: number): Task[] {
  const draw = draws(1)
  const one = () => questionOf(Math.floor(draw() * bindings), draw())
  const asked = Array.from({ length: different }, () => Buffer.from(ResolveRequest.encode(one()).finish()))
  const batches = Array.from({ length: different }, () => {
    const requests = Array.from({ length: batchItems }, one)
    return Buffer.from(ResolveStreamRequest.encode({ batchId: 1, requests }).finish())
  })
  let next = 0
  return [
    {
      name: 'resolve path, one question',
      items: different,
      run: () => {
        for (const question of asked) if (!Buffer.isBuffer(resolver.bytes.one(question))) throw new Error('no answer')
      },
    },
    {
      name: `resolve path, batch of ${batchItems}`,
      items: batchItems,
      run: () => {
        const batch = batches[next++ % different]!
        if (resolver.bytes.read(batch) !== batchItems) throw new Error('a batch was declined')
        resolver.bytes.batch(batch, () => {
          throw new Error('a question failed')
        })
      },
    },
    {
      name: `resolve path, batch of ${batchItems}, the long way`,
      items: batchItems,
      run: () => {
        const { requests } = ResolveStreamRequest.decode(batches[next++ % different]!)
        const nowMs = resolver.beginBatch()
        const responses = requests.map((request) => resolver.item(request, nowMs))
        if (responses.some((response) => response instanceof Failure)) throw new Error('a question failed')
        ResolveStreamResponse.encode({ batchId: 1, responses: responses as ResolveResponse[] }).finish()
      },
    },
  ]
}

function parts(): Task[] {
  const questions = new Questions([], 1)
  const requests = Array.from({ length: batchItems }, (_, i) => questionOf(i, 0))
  const batch = Buffer.from(ResolveStreamRequest.encode({ batchId: 1, requests }).finish())
  const [placed] = reservationsOf(sampleBinding(1, 1))
  const key = routeKey(1, placed!.route.key)
  const row = encodeRoute([placed!.reservation]).slice()
  const record = sealRecord(key, row)
  const standing = new RowStanding()
  const times = (run: () => void) => () => {
    for (let i = 0; i < different; i += 1) run()
  }
  return [
    {
      name: `questions, read ${batchItems}`,
      items: batchItems,
      run: () => {
        if (!questions.readBatch(batch)) throw new Error('a batch was declined')
      },
    },
    { name: 'route row, in place', items: different, run: times(() => standing.read(row, row.length, sampleNowMs)) },
    {
      name: 'record, check in place',
      items: different,
      run: times(() => checkShortRecord('route', key, record, record.length)),
    },
    { name: 'record, check through zlib', items: different, run: times(() => openRecord('route', key, record)) },
  ]
}
