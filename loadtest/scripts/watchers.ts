/**
 * What a thousand Watch readers cost those who resolve, while bindings are
 * made and released: the server's CPU time for each Resolve without and with
 * them, and its memory. One of the readers stops reading. The daemon has core
 * 0, the load and the readers core 1.
 *
 *   node dist/loadtest/scripts/watchers.js [--readers 1000] [--events 200] [--resolves 5000] [--seconds 10] [--rounds 3]
 */
import { canPin, pinSelf, scratch, startDaemon } from '../server-process.js'
import { median, numbersFrom, say, spread } from './script-options.js'
import { type WatchCost, WatchScene } from './watch-load.js'

/** The server's CPU time for each Resolve may grow by so much. */
const ratioMax = 1.25
const MiB = 1_048_576

const wanted = numbersFrom({ readers: 1_000, events: 200, resolves: 5_000, live: 10_000, seconds: 10, rounds: 3 })
const { readers, events, resolves, live, seconds, rounds } = wanted

await using folder = await scratch('watchers')
const pinned = pinSelf(1)
const server = await startDaemon({ data: folder.path, core: pinned ? 0 : undefined })
try {
  const scene = await WatchScene.make(server, { readers, events, resolves, live, durationMs: seconds * 1_000 })
  try {
    say(canPin() ? 'daemon on core 0, load and readers on core 1' : 'not pinned: no taskset, or one core')
    say(`${resolves} Resolves a second, ${events} events a second, ${live} live bindings`)
    await measure(scene)
  } finally {
    scene.close()
  }
} finally {
  await server.stop()
}

async function measure(scene: WatchScene): Promise<void> {
  const without: WatchCost[] = []
  const within: WatchCost[] = []
  for (let round = 0; round < rounds; round += 1) {
    without.push(await scene.without())
    const seen = await scene.with()
    within.push(seen)
    say(`round ${round + 1}: each reader saw all ${seen.made} events; ended by the server: ${told(seen.ended)}`)
  }
  tell('without readers', without)
  tell(`with ${readers} readers`, within)
  const ratio = median(within.map(({ cpuUs }) => cpuUs)) / median(without.map(({ cpuUs }) => cpuUs))
  say(`CPU for each Resolve, with readers / without: ${ratio.toFixed(2)} (at most ${ratioMax})`)
  if (ratio > ratioMax) process.exitCode = 1
}

function told(ended: readonly string[]): string {
  return ended.length === 0 ? 'none' : ended.join(', ')
}

function tell(name: string, costs: readonly WatchCost[]): void {
  const cpu = costs.map(({ cpuUs }) => cpuUs)
  const memory = Math.max(...costs.map((cost) => cost.memory)) / MiB
  say(
    `${name}: ${Math.round(median(costs.map((cost) => cost.resolves)))} Resolves/s, ${median(cpu).toFixed(1)} us of CPU for each Resolve (spread ${Math.round(spread(cpu) * 100)} %), ` +
      `private memory at most ${memory.toFixed(0)} MiB`,
  )
}
