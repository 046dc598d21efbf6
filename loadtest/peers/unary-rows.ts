/** Resolve unary beside its floor: a bare grpc-js echo with messages of the same size, on the same core. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  Outcome,
  ResolutionServiceService,
  ResolveRequest,
  ResolveResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { resolveRequest } from '../messages.js'
import { Random } from '../random.js'
import { h2load } from '../scripts/h2load.js'
import { rawLoad } from '../scripts/raw-client.js'
import { isInstalled, output, type ServerProcess, startServer } from '../server-process.js'
import { call } from '../unary.js'
import type { Field } from './field.js'
import { interleaved, type Pairs } from './rounds.js'
import { type Found, rateRow, timeRow } from './row.js'
import { type Sample, sampleOf } from './sample.js'
import { usageOf } from './usage.js'

/** Different questions that are asked in turn. */
const questions = 8_192
const warmupMs = 1_000
/** Calls of one run of h2load for each second that was asked for: about what a core answers. */
const h2loadRequestsPerSecond = 20_000
/** Where h2load is not installed: unary calls in flight from the Node client. */
const outstandingCalls = 64

interface Side {
  readonly server: ServerProcess
  readonly isRight: (answer: Buffer) => boolean
}

/** The two sides, and what they are asked. */
export interface Unary {
  readonly ours: Side
  readonly echo: Side
  readonly requests: readonly Buffer[]
  readonly answerBytes: number
}

const names = ['Resolve', 'bare grpc-js echo'] as const
const path = ResolutionServiceService.resolve.path

/** Starts the echo; whoever calls this stops it. */
export async function startUnary({ stage, daemon, core }: Field): Promise<Unary> {
  const { scene, connections } = stage
  const random = new Random(1)
  const asked = Array.from({ length: questions }, () => {
    return resolveRequest(scene.lasting.pick(random)!, random.below(2) === 0, '')
  })
  const { resolution } = connections[0]!
  const answer = await call<ResolveRequest, ResolveResponse>((one, done) => resolution.resolve(one, done), asked[0]!)
  const answerBytes = ResolveResponse.encode(answer).finish().length
  const echo = await startServer([output('loadtest/scripts/echo-server.js'), '--bytes', String(answerBytes)], core)
  return {
    ours: { server: daemon, isRight: (bytes) => bytes[0] === 0x08 && bytes[1] === Outcome.OUTCOME_CONNECT },
    echo: { server: echo, isRight: (bytes) => bytes.length === answerBytes },
    requests: asked.map((one) => Buffer.from(ResolveRequest.encode(one).finish())),
    answerBytes,
  }
}

/** By h2load where it is installed; else the Node client, which tires first, and then CPU decides. */
export async function resolveSaturated(field: Field, unary: Unary, folder: string): Promise<Found> {
  if (!isInstalled('h2load')) {
    const found = rateRow('resolve-saturated', names, await byNode(field, unary, outstandingCalls))
    return { ...found, evidence: [...found.evidence, 'h2load is not installed (Debian: nghttp2-client)'] }
  }
  const body = join(folder, 'request.bin')
  const header = Buffer.alloc(5)
  header.writeUInt32BE(unary.requests[0]!.length, 1)
  await writeFile(body, Buffer.concat([header, unary.requests[0]!]))
  const requests = h2loadRequestsPerSecond * field.options.seconds
  const core = field.core === undefined ? undefined : 1
  const sample = async ({ server }: Side): Promise<Sample> => {
    const work = () => h2load({ url: `http://${server.address}${path}`, body, core, requests })
    const { result, usage } = await usageOf(server.pid, work)
    return { ...sampleOf(usage, requests), perSecond: result }
  }
  return rateRow('resolve-saturated', names, await warmPairs(field, unary, sample))
}

export async function resolveOne(field: Field, unary: Unary): Promise<Found> {
  return timeRow('resolve-one', names, await byNode(field, unary, 1), 'p50')
}

function byNode(field: Field, unary: Unary, outstanding: number): Promise<Pairs<Sample>> {
  const run = (side: Side, durationMs: number) => {
    const { requests } = unary
    const connections = Math.min(4, outstanding)
    const { server, isRight } = side
    return rawLoad({ server: server.address, path, requests, connections, outstanding, durationMs, isRight })
  }
  return warmPairs(field, unary, async (side) => {
    await run(side, warmupMs / 2)
    const { result, usage } = await usageOf(side.server.pid, () => run(side, field.options.seconds * 1_000))
    return { ...sampleOf(usage, result.count), p50Us: result.p50Us, p99Us: result.p99Us }
  })
}

async function warmPairs(
  { options }: Field,
  { ours, echo, requests }: Unary,
  sample: (side: Side) => Promise<Sample>,
): Promise<Pairs<Sample>> {
  for (const { server, isRight } of [ours, echo]) {
    const load = { server: server.address, path, requests, connections: 4, outstanding: outstandingCalls, isRight }
    await rawLoad({ ...load, durationMs: warmupMs })
  }
  return await interleaved(
    options.rounds,
    () => sample(ours),
    () => sample(echo),
  )
}
