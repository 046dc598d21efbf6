/**
 * Where a gateway thread's time goes under load: unary calls and batches of 64,
 * each on a daemon of its own that profiles its gateways, over the same data.
 *
 *   node dist/loadtest/scripts/profile.js [--live 100000] [--seconds 5] [--top 25]
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Outcome, ResolutionServiceService, ResolveRequest } from '../../daemon/generated/xpool/v1/resolution.js'
import { resolveRequest } from '../messages.js'
import { type LoadOptions, readOptions } from '../options.js'
import { startProgress } from '../progress.js'
import { Random } from '../random.js'
import { measure, prepare, type Stage } from '../run.js'
import { freePort, pinSelf, type ServerProcess, scratch, startDaemon } from '../server-process.js'
import { type CpuProfile, layers, type Summary, summaryOf } from './cpu-profile.js'
import { rawLoad } from './raw-client.js'
import { numbersFrom, say } from './script-options.js'

const { live, seconds, top } = numbersFrom({ live: 100_000, seconds: 5, top: 25 })
/** Different questions that are asked in turn. */
const questions = 8_192
const outstanding = 64

await using data = await scratch('profile')
const core = pinSelf(1) ? 0 : undefined
const port = await freePort()
const filling = await startDaemon({ data: data.path, port, core })
let filled = false
try {
  using stage = await prepare(optionsFor(filling), startProgress)
  await filling.stop()
  filled = true
  show('unary, 64 outstanding', await profiled((daemon) => unaryLoad(daemon, stage)))
  show('ResolveStream, batches of 64', await profiled((daemon) => streamLoad(daemon, stage)))
} finally {
  if (!filled) await filling.stop()
}

/** Runs a load on a daemon that profiles its gateways; what all of them did. */
async function profiled(load: (daemon: ServerProcess) => Promise<void>): Promise<Summary> {
  await using folder = await scratch('profiles')
  const daemon = await startDaemon({ data: data.path, port, core, env: { XPOOL_PROFILE_DIR: folder.path } })
  try {
    await load(daemon)
  } finally {
    await daemon.stop()
  }
  const files = (await readdir(folder.path)).filter((name) => name.startsWith('gateway-'))
  const profiles = await Promise.all(files.map((name) => readFile(join(folder.path, name), 'utf8')))
  return summaryOf(profiles.map((text) => JSON.parse(text) as CpuProfile))
}

async function unaryLoad(daemon: ServerProcess, { scene }: Stage): Promise<void> {
  const random = new Random(1)
  const requests = Array.from({ length: questions }, () => {
    const one = resolveRequest(scene.lasting.pick(random)!, random.below(2) === 0, '')
    return Buffer.from(ResolveRequest.encode(one).finish())
  })
  await rawLoad({
    ...{ server: daemon.address, path: ResolutionServiceService.resolve.path, requests },
    ...{ connections: 4, outstanding, durationMs: seconds * 1_000 },
    isRight: (answer) => answer[0] === 0x08 && answer[1] === Outcome.OUTCOME_CONNECT,
  })
}

async function streamLoad(daemon: ServerProcess, stage: Stage): Promise<void> {
  await measure(stage, optionsFor(daemon))
}

function optionsFor(server: ServerProcess): LoadOptions {
  const options = readOptions(
    [
      ...['--server', server.address, '--live', String(live), '--seconds', String(seconds), '--mode', 'stream'],
      ...['--run', '1', '--outstanding', '16', '--batch', '64', '--server-pid', String(server.pid)],
    ],
    0,
  )
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

function show(load: string, { busyMs, byLayer, functions }: Summary): void {
  const share = (ms: number): string => `${((100 * ms) / busyMs).toFixed(1).padStart(5)} %`
  say(`\n${load}: ${Math.round(busyMs)} ms busy`)
  for (const layer of layers) say(`  ${share(byLayer[layer])}  ${layer}`)
  for (const { name, layer, selfMs } of functions.slice(0, top)) say(`    ${share(selfMs)}  ${layer.padEnd(7)} ${name}`)
}
