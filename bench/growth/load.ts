/** The loads that are put on a grown daemon: each so many steps in flight for so long. */
import { BatchStream } from '../../loadtest/batch-stream.js'
import type { Connection } from '../../loadtest/connections.js'
import type { LiveBinding } from '../../loadtest/ledger.js'
import {
  allocateItem,
  allocateRequest,
  checkAllocated,
  checkReleased,
  checkResolved,
  releaseItem,
  releaseRequest,
  resolveRequest,
} from '../../loadtest/messages.js'
import { partiesOf } from '../../loadtest/population.js'
import { Random } from '../../loadtest/random.js'
import { resolveOne } from '../../loadtest/scripts/first-resolve.js'
import { processCpuUs } from '../../loadtest/server-cpu.js'
import type { GrownFolder } from './folder.js'
import { growthSeed } from './growth-plan.js'

/** Calls in flight, unary. */
const unaryOutstanding = 64
/** Batches in flight, and items of a batch. */
const resolveBatches = 4
const resolveBatchItems = 64
const allocateBatches = 16
/** Half of them allocate, half release. */
const allocateBatchItems = 16
/** Bindings of the load outlive it. */
const ttlMs = 7 * 24 * 3_600_000

/** Does one step and checks its answers. @returns items that count */
type Step = () => Promise<number>

export interface Load {
  readonly name: 'resolve unary' | 'resolve stream' | 'allocate'
  readonly steps: readonly Step[]
  end(): void
}

/** Resolve one by one. */
export function unaryLoad(connections: readonly Connection[], { sample }: GrownFolder): Load {
  const random = new Random(growthSeed)
  const step = (connection: Connection) => async () => {
    const binding = sample[random.below(sample.length)]!
    checkResolved(await resolveOne(connection, binding), binding, true)
    return 1
  }
  const steps = Array.from({ length: unaryOutstanding }, (_, i) => step(connections[i % connections.length]!))
  return { name: 'resolve unary', steps, end: () => undefined }
}

/** Resolve in batches of 64. */
export function streamLoad({ resolution }: Connection, { sample }: GrownFolder): Load {
  const random = new Random(growthSeed + 1)
  const stream = new BatchStream(resolution.resolveStream())
  const step = async () => {
    const asked = Array.from({ length: resolveBatchItems }, () => sample[random.below(sample.length)]!)
    const requests = asked.map((binding) => resolveRequest(binding, true, ''))
    const { responses } = await stream.send((batchId) => ({ batchId, requests }))
    asked.forEach((binding, i) => {
      checkResolved(responses[i], binding, true)
    })
    return resolveBatchItems
  }
  return { name: 'resolve stream', steps: Array(resolveBatches).fill(step) as Step[], end: () => stream.end() }
}

/** For each that is allocated another one, any of the live, is released; an item is such a pair. */
export function allocateLoad({ allocation }: Connection, folder: GrownFolder): Load {
  const random = new Random(growthSeed + 2)
  const stream = new BatchStream(allocation.allocateStream())
  const pairs = allocateBatchItems / 2
  const step = async () => {
    const wanted = Array.from({ length: pairs }, () => newParties(folder))
    const ending = Array.from({ length: Math.min(pairs, folder.sample.length) }, () => takeAny(folder.sample, random))
    const items = [
      ...ending.map((one) => releaseItem(releaseRequest(folder.place, one.id))),
      ...wanted.map(({ index, parties }) =>
        allocateItem(allocateRequest(folder.place, parties, `load-${index}`, ttlMs)),
      ),
    ]
    const { results } = await stream.send((batchId) => ({ batchId, items }))
    ending.forEach((one, i) => {
      const result = results[i]?.result
      checkReleased(result?.$case === 'released' ? result.value.binding : refusedBy(result), one.id)
    })
    wanted.forEach(({ parties }, i) => {
      const result = results[ending.length + i]?.result
      folder.sample.push(
        checkAllocated(result?.$case === 'allocated' ? result.value.binding : refusedBy(result), parties),
      )
    })
    return pairs
  }
  return { name: 'allocate', steps: Array(allocateBatches).fill(step) as Step[], end: () => stream.end() }
}

function newParties(folder: GrownFolder) {
  const index = folder.nextIndex
  folder.nextIndex += 1
  return { index, parties: partiesOf(index, growthSeed) }
}

function takeAny(sample: LiveBinding[], random: Random): LiveBinding {
  const at = random.below(sample.length)
  const taken = sample[at]!
  const last = sample.pop()!
  if (at < sample.length) sample[at] = last
  return taken
}

/** A run of this kind is made so that nothing is refused. */
function refusedBy(result: { readonly $case: string; readonly value: unknown } | undefined): undefined {
  if (result?.$case === 'error') throw new Error(`refused: ${(result.value as { reason: string }).reason}`)
  return undefined
}

export interface LoadResult {
  /** CPU time of the server per item, microseconds; undefined where it cannot be read. */
  readonly cpuUs: number | undefined
  readonly perSecond: number
}

/** Warms up a quarter of the time, then measures. @throws at the first answer that is wrong */
export async function putOn({ steps }: Load, seconds: number, pid: number): Promise<LoadResult> {
  await repeat(steps, seconds / 4)
  const before = await processCpuUs(pid)
  const began = performance.now()
  const items = await repeat(steps, seconds)
  const elapsedMs = performance.now() - began
  const after = await processCpuUs(pid)
  return {
    cpuUs: before === undefined || after === undefined ? undefined : (after - before) / items,
    perSecond: (items / elapsedMs) * 1_000,
  }
}

async function repeat(steps: readonly Step[], seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1_000
  let items = 0
  const worker = async (step: Step): Promise<void> => {
    while (performance.now() < until) {
      // Not `items += await`: that adds to what the sum was before the others finished.
      const done = await step()
      items += done
    }
  }
  await Promise.all(steps.map(worker))
  return items
}
