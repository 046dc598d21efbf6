/** One look at a grown folder: a daemon is started on it, loaded in every way, and stopped. */
import { connect } from '../../loadtest/connections.js'
import { firstResolve } from '../../loadtest/scripts/first-resolve.js'
import { processMemory } from '../../loadtest/server-cpu.js'
import { freePort, startDaemon } from '../../loadtest/server-process.js'
import { daemonFlags, type GrownFolder } from './folder.js'
import { allocateLoad, type Load, type LoadResult, putOn, streamLoad, unaryLoad } from './load.js'

export interface Visit {
  /** From the start of the process; undefined where nothing is live. */
  readonly firstResolveMs: number | undefined
  readonly readyMs: number
  /** Private memory when it was ready; undefined where it cannot be read. */
  readonly anonBytes: number | undefined
  readonly loads: Readonly<Partial<Record<Load['name'], LoadResult>>>
}

const connectionCount = 4

/** @param core where the daemon is pinned; undefined: anywhere */
export async function visit(folder: GrownFolder, seconds: number, core: number | undefined): Promise<Visit> {
  const port = await freePort()
  const began = performance.now()
  const starting = startDaemon({ data: folder.data, port, core, flags: daemonFlags })
  const known = folder.sample[0]
  const first = known === undefined ? undefined : firstResolve(`127.0.0.1:${port}`, known)
  const daemon = await starting
  try {
    const firstResolveMs = first === undefined ? undefined : (await first) - began
    const anonBytes = await processMemory(daemon.pid)
    const loads = await loadAll(folder, daemon, seconds)
    return { firstResolveMs, readyMs: daemon.readyMs, anonBytes, loads }
  } finally {
    await daemon.stop()
  }
}

async function loadAll(folder: GrownFolder, { address, pid }: { address: string; pid: number }, seconds: number) {
  const connections = await connect(address, connectionCount)
  const results: Partial<Record<Load['name'], LoadResult>> = {}
  try {
    const allocates = allocateLoad(connections[1]!, folder)
    const asks = () => [unaryLoad(connections, folder), streamLoad(connections[0]!, folder)]
    // Where nothing is live, what Allocate has just made is not the question of a Resolve curve.
    for (const load of folder.level.live === 0 ? [allocates] : [...asks(), allocates]) {
      results[load.name] = await putOn(load, seconds, pid)
      load.end()
    }
  } finally {
    for (const connection of connections) connection.close()
  }
  return results
}
