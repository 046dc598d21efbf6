/** A data folder grown to a level, and what the client knows of it. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connect } from '../../loadtest/connections.js'
import type { LiveBinding } from '../../loadtest/ledger.js'
import type { Place } from '../../loadtest/messages.js'
import { makePlace } from '../../loadtest/prepare.js'
import { processMemory } from '../../loadtest/server-cpu.js'
import { output, startDaemon } from '../../loadtest/server-process.js'
import { call } from '../../loadtest/unary.js'
import type { BytesInUse } from './disk.js'
import type { Level } from './growth-plan.js'

const run = promisify(execFile)

export interface GrownFolder {
  readonly level: Level
  readonly data: string
  readonly place: Place
  /** A sample of what is live. */
  readonly sample: LiveBinding[]
  readonly fillMs: number
  readonly bytes: BytesInUse
  /** Private memory of a daemon on the folder while it was empty of bindings; undefined where it cannot be read. */
  readonly emptyAnonBytes: number | undefined
  /** Index of the next new pair of parties. */
  nextIndex: number
}

/** One shard and one gateway, so that a curve bends for one reason at a time. */
export const daemonFlags = ['--shards', '1', '--gateways', '1'] as const

/** @param data a new folder */
export async function grow(level: Level, data: string): Promise<GrownFolder> {
  const { place, emptyAnonBytes } = await makeEmpty(level, data)
  const sampleFile = join(data, 'sample.json')
  const child = output('bench/growth/fill-child.js')
  const args = [child, data, place.tenant, place.pool, String(level.live), sampleFile]
  const { stdout } = await run(process.execPath, args)
  const { fillMs, bytes } = JSON.parse(stdout) as { fillMs: number; bytes: BytesInUse }
  const sample = JSON.parse(await readFile(sampleFile, 'utf8')) as LiveBinding[]
  return { level, data, place, sample, fillMs, bytes, emptyAnonBytes, nextIndex: level.live }
}

/** Tenant, pool and numbers through the daemon itself; without a cooldown, so that what ends makes room at once. */
async function makeEmpty({ numbers, bindingsPerNumber }: Level, data: string) {
  const daemon = await startDaemon({ data, flags: daemonFlags })
  try {
    const [connection] = await connect(daemon.address, 1)
    const place = await makePlace(connection!, { run: 1, numbers, cooldownMs: 0 })
    const { administration } = connection!
    await call(administration.updatePool.bind(administration), {
      pool: { name: place.pool, tenants: [], maxBindingsPerNumber: bindingsPerNumber },
      updateMask: undefined,
    })
    connection!.close()
    return { place, emptyAnonBytes: await processMemory(daemon.pid) }
  } finally {
    await daemon.stop()
  }
}
