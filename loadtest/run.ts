/** A run within one process: prepare, warm up, measure, report. */
import { type Connection, connect } from './connections.js'
import { Ledger } from './ledger.js'
import { load } from './load.js'
import type { Place } from './messages.js'
import { Meter } from './meter.js'
import { operationsOf } from './operations.js'
import type { LoadOptions } from './options.js'
import { fill, makePlace } from './prepare.js'
import { type Progress, silent } from './progress.js'
import { type Report, reportOf } from './report.js'
import { processCpuUs } from './server-cpu.js'
import type { Tally } from './tally.js'
import type { Scene, Share } from './workloads/operation.js'
import { expectsRefusal, partiesFor } from './workloads/traits.js'

export type StartProgress = (label: string, total: number) => Progress

/** @throws WrongAnswer when the server said something that cannot be true, and what broke the run otherwise */
export async function run(options: LoadOptions, startProgress: StartProgress = () => silent): Promise<Report> {
  using stage = await prepare(options, startProgress)
  return await measure(stage, options, startProgress)
}

/** A tenant, a pool and live bindings, ready for one load after the other. */
export interface Stage extends Disposable {
  readonly scene: Scene
  readonly connections: readonly Connection[]
  /** How long the bindings took to make. */
  readonly fillMs: number
}

const alone: Share = { index: 0, count: 1 }

export async function prepare(options: LoadOptions, startProgress: StartProgress = () => silent): Promise<Stage> {
  const progress = startProgress('bindings', options.live)
  try {
    return await prepareShare(options, alone, undefined, (made) => progress.update(made))
  } finally {
    progress.stop()
  }
}

/**
 * The part of one process.
 * @param found the place that another process made; undefined: it is made here
 */
export async function prepareShare(
  options: LoadOptions,
  share: Share,
  found: Place | undefined,
  onProgress: (made: number) => void,
): Promise<Stage> {
  const connections = await connect(options.server, options.connections, options.connectTimeoutMs)
  const close = (): void => {
    for (const connection of connections) connection.close()
  }
  try {
    const place = found ?? (await makePlace(connections[0]!, options))
    const partiesOf = partiesFor(options.workload, options.seed)
    const [from, to] = [share.index, share.index + 1].map((part) => Math.floor((options.live * part) / share.count))
    const began = performance.now()
    const wanted = { from: from!, live: to!, seed: options.seed, partiesOf, onProgress }
    const lasting = await fill(connections[0]!, place, wanted)
    const fillMs = performance.now() - began
    const nextIndex = options.live + share.index
    const scene: Scene = { options, place, lasting, passing: new Ledger(), unseen: [], nextIndex, partiesOf, share }
    return { scene, connections, fillMs, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

/** Between two looks at the clock for the progress bar. */
const progressEveryMs = 200

/** Warms up and measures one load on what is prepared. */
export async function measure(
  stage: Stage,
  options: LoadOptions,
  startProgress: StartProgress = () => silent,
): Promise<Report> {
  stage.scene.options = options
  const progress = startProgress(options.workload, Math.ceil(options.warmup + options.seconds))
  const began = performance.now()
  const ticking = setInterval(() => progress.update(Math.floor((performance.now() - began) / 1_000)), progressEveryMs)
  try {
    const serverCpu = new ServerCpu(options.serverPid)
    const tally = await measureShare(stage, () => serverCpu.begin())
    const serverCpuUs = await serverCpu.end()
    return reportOf({ options, tallies: [tally], fillMs: stage.fillMs, serverCpuUs })
  } finally {
    clearInterval(ticking)
    progress.stop()
  }
}

/** CPU time of the server over the measured part, where its process is known. */
export class ServerCpu {
  readonly #pid: number
  #before: number | undefined

  /** @param pid 0: it is not known */
  constructor(pid: number) {
    this.#pid = pid
  }

  async begin(): Promise<void> {
    this.#before = this.#pid === 0 ? undefined : await processCpuUs(this.#pid)
  }

  async end(): Promise<number | undefined> {
    const after = this.#before === undefined ? undefined : await processCpuUs(this.#pid)
    return after === undefined || this.#before === undefined ? undefined : after - this.#before
  }
}

/**
 * Warms up, waits for the word that all are warm, and measures.
 * @param onMeter told at once, so that progress can be read from it
 */
export async function measureShare(
  { scene, connections }: Stage,
  warm: () => Promise<void>,
  onMeter: (meter: Meter) => void = () => undefined,
): Promise<Tally> {
  const { options } = scene
  const operations = operationsOf(scene, connections)
  try {
    if (options.warmup > 0) await load(scene, operations, options.warmup * 1_000, new Meter(options.warmup * 1_000))
    await warm()
    const meter = new Meter(options.seconds * 1_000)
    onMeter(meter)
    const client = process.cpuUsage()
    const elapsedMs = await load(scene, operations, options.seconds * 1_000, meter)
    const { user, system } = process.cpuUsage(client)
    return meter.tally(elapsedMs, user + system)
  } finally {
    operations.close()
  }
}

/** A workload is made so that nothing else is refused; more than this share, and its figures mean something else. */
const refusedShareMax = 0.01
/** So much of an open loop may be left unsent before its rate was not held. */
const overrunShareMax = 0.001

export function isSound(report: Report): boolean {
  const { refused, options, overrun } = report
  const unexpected = Object.entries(refused).filter(([reason]) => !expectsRefusal(options.workload, reason))
  const count = unexpected.reduce((sum, [, each]) => sum + each, 0)
  const done = report.itemsPerSecond * report.seconds
  return done > 0 && count <= refusedShareMax * (done + count) && overrun <= overrunShareMax * (done + overrun)
}
