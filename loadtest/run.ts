/** One run: prepare, warm up, measure, report. */
import { closedLoop } from './closed-loop.js'
import { type Connection, connect } from './connections.js'
import { Ledger } from './ledger.js'
import { Meter } from './meter.js'
import { operationsOf } from './operations.js'
import type { LoadOptions } from './options.js'
import { fill, makePlace } from './prepare.js'
import { type Progress, silent } from './progress.js'
import { type Report, reportOf } from './report.js'
import { processCpuUs } from './server-cpu.js'
import type { Scene } from './workloads/operation.js'

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

export async function prepare(options: LoadOptions, startProgress: StartProgress = () => silent): Promise<Stage> {
  const connections = await connect(options.server, options.connections)
  const close = (): void => {
    for (const connection of connections) connection.close()
  }
  try {
    const place = await makePlace(connections[0]!, options)
    const began = performance.now()
    const lasting = await fillShown(connections[0]!, place, options, startProgress)
    const fillMs = performance.now() - began
    const scene: Scene = { options, place, lasting, passing: new Ledger(), unseen: [], nextIndex: options.live }
    return { scene, connections, fillMs, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

async function fillShown(
  connection: Connection,
  place: Scene['place'],
  options: LoadOptions,
  startProgress: StartProgress,
): Promise<Ledger> {
  const progress = startProgress('bindings', options.live)
  try {
    return await fill(connection, place, { ...options, onProgress: (made) => progress.update(made) })
  } finally {
    progress.stop()
  }
}

/** Between two looks at the clock for the progress bar. */
const progressEveryMs = 200

/** Warms up and measures one load on what is prepared. */
export async function measure(
  { scene, connections, fillMs }: Stage,
  options: LoadOptions,
  startProgress: StartProgress = () => silent,
): Promise<Report> {
  scene.options = options
  const operations = operationsOf(scene, connections)
  const progress = startProgress(options.workload, Math.ceil(options.warmup + options.seconds))
  const began = performance.now()
  const ticking = setInterval(() => progress.update(Math.floor((performance.now() - began) / 1_000)), progressEveryMs)
  try {
    await closedLoop(operations.all, { durationMs: options.warmup * 1_000, meter: new Meter() })
    const meter = new Meter()
    const client = process.cpuUsage()
    const serverBefore = options.serverPid === 0 ? undefined : await processCpuUs(options.serverPid)
    const elapsedMs = await closedLoop(operations.all, { durationMs: options.seconds * 1_000, meter })
    const serverAfter = options.serverPid === 0 ? undefined : await processCpuUs(options.serverPid)
    const { user, system } = process.cpuUsage(client)
    const serverCpuUs = serverBefore === undefined || serverAfter === undefined ? undefined : serverAfter - serverBefore
    return reportOf({ options, meter, elapsedMs, fillMs, clientCpuUs: user + system, serverCpuUs })
  } finally {
    clearInterval(ticking)
    progress.stop()
    operations.close()
  }
}

/** A workload is made so that nothing is refused; more than this share, and its figures mean something else. */
const refusedShareMax = 0.01

export function isSound(report: Report): boolean {
  const refused = Object.values(report.refused).reduce((sum, count) => sum + count, 0)
  const done = report.itemsPerSecond * report.seconds
  return done > 0 && refused <= refusedShareMax * (done + refused)
}
