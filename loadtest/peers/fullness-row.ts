/** Allocate where hardly any room is left, against where half of it is: two pools of one daemon, the same bindings. */
import { startProgress } from '../progress.js'
import { prepare, type Stage } from '../run.js'
import { sampleDaemon } from './daemon-load.js'
import { type Field, loadFor } from './field.js'
import { giveToChurn } from './live-bindings.js'
import { interleaved } from './rounds.js'
import { type Found, timeRow } from './row.js'

/** Few on a number, so that one per cent of the room is on many of them: a courier has four bindings at once. */
const perNumber = 20
/** Numbers of the nearly full pool: more of them take longer to fill, and say nothing more. */
const numbersMost = 5_000
const numbersLeast = 1_000
const nearlyFull = 0.99
/** Batches in flight and their items: together well below the room that one per cent leaves. */
const outstanding = 4
const batch = 8
const cooldownMs = 100

export async function fullness({ daemon, options }: Field): Promise<Found> {
  const numbers = Math.min(numbersMost, Math.max(numbersLeast, Math.floor(options.live / perNumber)))
  const live = Math.floor(numbers * perNumber * nearlyFull)
  const load = {
    ...loadFor(daemon, options, 1),
    live,
    perNumber,
    workload: 'churn' as const,
    outstanding,
    batch,
    cooldownMs,
  }
  const stageOf = async (run: number, held: number): Promise<Stage> => {
    const stage = await prepare({ ...load, run, numbers: held }, startProgress)
    giveToChurn(stage.scene.lasting, stage.scene.passing, 1)
    return stage
  }
  using full = await stageOf(2, numbers)
  using half = await stageOf(3, Math.ceil(live / perNumber / 0.5))
  const side = (stage: Stage) => () =>
    sampleDaemon({ pid: daemon.pid, stage, options: load, warmupSeconds: 1, counted: 'allocate' })
  const pairs = await interleaved(options.rounds, side(full), side(half))
  const found = timeRow('fullness', ['99 % full', 'half full'], pairs, 'time')
  const shape = `${live.toLocaleString('en')} live bindings each, AllocateStream ${outstanding} x ${batch}, all ends by Release`
  return { ...found, evidence: [...found.evidence, shape] }
}
