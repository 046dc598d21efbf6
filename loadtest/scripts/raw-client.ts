/** A gRPC client that encodes nothing and decodes nothing, so that two servers can be compared and not two codecs. */
import { Client, credentials } from '@grpc/grpc-js'
import { build } from 'hdr-histogram-js'

const same = (bytes: Buffer): Buffer => bytes

export interface RawLoad {
  readonly server: string
  readonly path: string
  /** Sent in turn. */
  readonly requests: readonly Buffer[]
  readonly connections: number
  readonly outstanding: number
  readonly durationMs: number
  /** Whether an answer is what it should be. */
  readonly isRight: (answer: Buffer) => boolean
}

export interface RawResult {
  readonly count: number
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

/** @throws at the first error or wrong answer */
export async function rawLoad(load: RawLoad): Promise<RawResult> {
  const clients = Array.from(
    { length: load.connections },
    () => new Client(load.server, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
  )
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
  const began = performance.now()
  const until = began + load.durationMs
  let next = 0
  const worker = async (index: number): Promise<void> => {
    const client = clients[index % clients.length]!
    for (let before = performance.now(); before < until; before = performance.now()) {
      const answer = await unary(client, load.path, load.requests[next++ % load.requests.length]!)
      if (!load.isRight(answer)) throw new Error(`${load.path}: a wrong answer`)
      histogram.recordValue(Math.max(1, Math.round((performance.now() - before) * 1_000)))
    }
  }
  try {
    await Promise.all(Array.from({ length: load.outstanding }, (_, index) => worker(index)))
  } finally {
    for (const client of clients) client.close()
  }
  const count = histogram.totalCount
  return {
    count,
    perSecond: (count / (performance.now() - began)) * 1_000,
    p50Us: histogram.getValueAtPercentile(50),
    p99Us: histogram.getValueAtPercentile(99),
  }
}

function unary(client: Client, path: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, request, (error, answer) => {
      if (error !== null) reject(error)
      else if (answer === undefined) reject(new Error('no answer'))
      else resolve(answer)
    })
  })
}
