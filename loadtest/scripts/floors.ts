/**
 * Resolve beside its floor: a bare grpc-js unary echo with messages of the same
 * size, each server alone on core 0 in its turn, the client on core 1, rounds
 * interleaved. What a request costs the server in CPU time does not depend on
 * the client; the rates do, and are given for what they are.
 *
 *   node dist/loadtest/scripts/floors.js [--live 1000000] [--seconds 5] [--rounds 5]
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  Outcome,
  ResolutionServiceService,
  ResolveRequest,
  ResolveResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { resolveRequest } from '../messages.js'
import { type LoadOptions, readOptions } from '../options.js'
import { startProgress } from '../progress.js'
import { Random } from '../random.js'
import { measure, prepare, type Stage } from '../run.js'
import { processCpuUs } from '../server-cpu.js'
import {
  isInstalled,
  output,
  pinSelf,
  type ServerProcess,
  scratch,
  startDaemon,
  startServer,
} from '../server-process.js'
import { call } from '../unary.js'
import { h2load } from './h2load.js'
import { type RawResult, rawLoad } from './raw-client.js'
import { median, numbersFrom, say, spread } from './script-options.js'

const { live, seconds, rounds } = numbersFrom({ live: 1_000_000, seconds: 5, rounds: 5 })
/** Different questions that are asked in turn. */
const questions = 8_192
const warmupMs = 1_000

interface Side {
  readonly name: string
  readonly server: ServerProcess
  readonly isRight: (answer: Buffer) => boolean
}

interface Round extends RawResult {
  readonly cpuUs: number
}

await using folder = await scratch('floors')
const pinned = pinSelf(1)
say(pinned ? 'servers on core 0, client on core 1' : 'not pinned: taskset is not installed, or there is one core')
const core = pinned ? 0 : undefined
const daemon = await startDaemon({ data: folder.path, core })
try {
  using stage = await prepare(optionsFor(daemon.address), startProgress)
  const { requests, answerBytes } = await sampleOf(stage)
  say(`request ${requests[0]!.length} B, answer ${answerBytes} B, ${live} live bindings`)
  const echo = await startServer([output('loadtest/scripts/echo-server.js'), '--bytes', String(answerBytes)], core)
  try {
    const sides: [Side, Side] = [
      {
        name: 'Resolve',
        server: daemon,
        isRight: (answer) => answer[0] === 0x08 && answer[1] === Outcome.OUTCOME_CONNECT,
      },
      { name: 'bare echo', server: echo, isRight: (answer) => answer.length === answerBytes },
    ]
    await compare(sides, requests, 64)
    await compare(sides, requests, 1)
    await compareByH2load(sides, requests[0]!)
  } finally {
    await echo.stop()
  }
  await streams(stage)
} finally {
  await daemon.stop()
}

function optionsFor(server: string): LoadOptions {
  const options = readOptions(
    [
      ...['--server', server, '--live', String(live), '--seconds', String(seconds), '--mode', 'stream', '--run', '1'],
      ...['--outstanding', '16', '--batch', '64', '--server-pid', String(daemon.pid)],
    ],
    0,
  )
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

async function sampleOf({ scene, connections }: Stage): Promise<{ requests: Buffer[]; answerBytes: number }> {
  const random = new Random(1)
  const asked = Array.from({ length: questions }, () => {
    return resolveRequest(scene.lasting.pick(random)!, random.below(2) === 0, '')
  })
  const { resolution } = connections[0]!
  const response = await call<ResolveRequest, ResolveResponse>((one, done) => resolution.resolve(one, done), asked[0]!)
  return {
    requests: asked.map((one) => Buffer.from(ResolveRequest.encode(one).finish())),
    answerBytes: ResolveResponse.encode(response).finish().length,
  }
}

async function compare([ours, floor]: [Side, Side], requests: readonly Buffer[], outstanding: number): Promise<void> {
  const results = new Map<Side, Round[]>([ours, floor].map((side) => [side, []]))
  for (const side of [ours, floor]) await roundOf(side, requests, outstanding, warmupMs)
  for (let round = 0; round < rounds; round += 1) {
    for (const side of [ours, floor])
      results.get(side)!.push(await roundOf(side, requests, outstanding, seconds * 1_000))
  }
  say(`unary, ${outstanding} outstanding, median of ${rounds}:`)
  for (const side of [ours, floor]) {
    const of = (pick: (round: Round) => number): number[] => results.get(side)!.map(pick)
    const cpu = of((one) => one.cpuUs)
    say(
      `  ${side.name}: server CPU ${median(cpu).toFixed(1)} us a call (spread ${Math.round(spread(cpu) * 100)} %), ` +
        `${Math.round(median(of((one) => one.perSecond)))}/s, p50 ${Math.round(median(of((one) => one.p50Us)))} us, ` +
        `p99 ${Math.round(median(of((one) => one.p99Us)))} us`,
    )
  }
  const ratio = (pick: (round: Round) => number): number => {
    return median(results.get(ours)!.map((one, i) => pick(one) / pick(results.get(floor)![i]!)))
  }
  say(
    `  throughput by server CPU ${(1 / ratio((one) => one.cpuUs)).toFixed(2)} x the echo's, p50 ${ratio((one) => one.p50Us).toFixed(2)} x`,
  )
}

async function roundOf(
  side: Side,
  requests: readonly Buffer[],
  outstanding: number,
  durationMs: number,
): Promise<Round> {
  const before = await processCpuUs(side.server.pid)
  const result = await rawLoad({
    server: side.server.address,
    path: ResolutionServiceService.resolve.path,
    requests,
    connections: Math.min(4, outstanding),
    outstanding,
    durationMs,
    isRight: side.isRight,
  })
  const after = await processCpuUs(side.server.pid)
  if (before === undefined || after === undefined) throw new Error(`${side.name}: no CPU time in /proc`)
  return { ...result, cpuUs: (after - before) / result.count }
}

/** h2load saturates a server where a Node client saturates itself. */
async function compareByH2load([ours, floor]: [Side, Side], request: Buffer): Promise<void> {
  if (!isInstalled('h2load')) {
    say('h2load is not installed (Debian: nghttp2-client): no saturated rates')
    return
  }
  const body = join(folder.path, 'request.bin')
  const header = Buffer.alloc(5)
  header.writeUInt32BE(request.length, 1)
  await writeFile(body, Buffer.concat([header, request]))
  const rates = new Map<Side, number[]>([ours, floor].map((side) => [side, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const side of [ours, floor]) {
      const url = `http://${side.server.address}${ResolutionServiceService.resolve.path}`
      rates.get(side)!.push(await h2load({ url, body, core: pinned ? 1 : undefined }))
    }
  }
  const ratio = median(rates.get(ours)!.map((rate, i) => rate / rates.get(floor)![i]!))
  say(
    `saturated by h2load, median of ${rounds}: Resolve ${Math.round(median(rates.get(ours)!))}/s, bare echo ${Math.round(median(rates.get(floor)!))}/s, ratio ${ratio.toFixed(2)}`,
  )
}

/** ResolveStream in batches of 64, by the load test's own client, which checks every answer. */
async function streams(stage: Stage): Promise<void> {
  const rates: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const report = await measure(stage, stage.scene.options)
    rates.push(report.perSecond.resolve)
    cpu.push(report.serverCpuUsPerItem ?? Number.NaN)
  }
  say(
    `ResolveStream, batches of 64, 16 in flight: ${Math.round(median(rates))}/s as the client allows ` +
      `(spread ${Math.round(spread(rates) * 100)} %), server CPU ${median(cpu).toFixed(2)} us an item`,
  )
}
