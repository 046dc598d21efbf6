/**
 * How soon a daemon with a million numbers and a million live bindings is back:
 * from the start of the process to the first Resolve answered, and to `ready`.
 *
 *   node dist/loadtest/scripts/start-time.js [--numbers 1000000] [--live 1000000] [--rounds 3]
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Connection, connect } from '../connections.js'
import type { LiveBinding } from '../ledger.js'
import { allocateRequest, checkAllocated, checkResolved, type Place } from '../messages.js'
import { type LoadOptions, readOptions } from '../options.js'
import { partiesOf } from '../population.js'
import { startProgress } from '../progress.js'
import { Random } from '../random.js'
import { prepare } from '../run.js'
import { processMemory } from '../server-cpu.js'
import { freePort, scratch, startDaemon } from '../server-process.js'
import { call } from '../unary.js'
import { firstResolve, resolveOne } from './first-resolve.js'
import { median, numbersFrom, say } from './script-options.js'

const { numbers, live, rounds } = numbersFrom({ numbers: 1_000_000, live: 1_000_000, rounds: 3 })
/** Live bindings that are resolved again after each start. */
const witnesses = 500

await using folder = await scratch('start-time')
const { place, known } = await make(folder.path)
say(
  `disk: ${((await folderBytes(folder.path)) / live).toFixed(0)} B a live binding (whole data folder: journal and request ids too)`,
)
const resolves: number[] = []
const readies: number[] = []
for (let round = 0; round < rounds; round += 1) {
  const { resolveMs, readyMs, anonBytes } = await restart(folder.path, place, known, round)
  resolves.push(resolveMs)
  readies.push(readyMs)
  const memory = anonBytes === undefined ? 'unknown' : `${Math.round(anonBytes / 2 ** 20)} MiB`
  say(
    `start ${round + 1}: first Resolve ${Math.round(resolveMs)} ms, ready ${Math.round(readyMs)} ms, RssAnon ${memory}`,
  )
}
say(`${numbers} numbers, ${live} live bindings, page cache warm, median of ${rounds}:`)
say(`first Resolve ${Math.round(median(resolves))} ms, ready for Allocate ${Math.round(median(readies))} ms`)

/** Numbers and bindings, through the daemon itself. */
async function make(data: string): Promise<{ place: Place; known: LiveBinding[] }> {
  const daemon = await startDaemon({ data })
  try {
    const empty = await processMemory(daemon.pid)
    using stage = await prepare(optionsFor(daemon.address), startProgress)
    say(`made ${live} bindings at ${Math.round((live / stage.fillMs) * 1_000)}/s`)
    const filled = await processMemory(daemon.pid)
    if (empty !== undefined && filled !== undefined) {
      say(`resident beside the map, just after filling: ${((filled - empty) / live).toFixed(0)} B a live binding`)
    }
    const random = new Random(1)
    const known = Array.from({ length: witnesses }, () => stage.scene.lasting.pick(random)!)
    return { place: stage.scene.place, known }
  } finally {
    await daemon.stop()
  }
}

function optionsFor(server: string): LoadOptions {
  const args = ['--server', server, '--live', String(live), '--numbers', String(numbers), '--run', '1']
  const options = readOptions([...args, '--connections', '1'], 0)
  if ('faults' in options) throw new Error(options.faults.join('; '))
  return options
}

async function restart(data: string, place: Place, known: readonly LiveBinding[], round: number) {
  const port = await freePort()
  const began = performance.now()
  const starting = startDaemon({ data, port })
  const resolved = firstResolve(`127.0.0.1:${port}`, known[0]!).then((at) => at - began)
  const daemon = await starting
  try {
    const resolveMs = await resolved
    const connections = await connect(daemon.address, 1)
    try {
      await checkAll(connections[0]!, known)
      await allocateOne(connections[0]!, place, round)
    } finally {
      for (const connection of connections) connection.close()
    }
    return { resolveMs, readyMs: daemon.readyMs, anonBytes: await processMemory(daemon.pid) }
  } finally {
    await daemon.stop()
  }
}

async function checkAll(connection: Connection, known: readonly LiveBinding[]): Promise<void> {
  for (const binding of known) checkResolved(await resolveOne(connection, binding), binding, true)
}

/** Ready means that Allocate is served. */
async function allocateOne({ allocation }: Connection, place: Place, round: number): Promise<void> {
  const parties = partiesOf(live + round, 1)
  const request = allocateRequest(place, parties, `start-${round}`, 60_000)
  const response = await call<typeof request, { binding: Parameters<typeof checkAllocated>[0] }>(
    (asked, done) => allocation.allocate(asked, done),
    request,
  )
  checkAllocated(response.binding, parties)
}

async function folderBytes(folder: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // Blocks, not length: LMDB's file may have holes.
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).blocks * 512
  }
  return sum
}
