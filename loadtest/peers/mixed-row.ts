/**
 * Resolve beside writes, in an open loop: calls begin at their intended times
 * whatever became of those before, and latency counts from there, so that a
 * stall is not hidden. The same rate of Resolve is measured with and without.
 */

import { build, type Histogram } from 'hdr-histogram-js'
import type { ResolveRequest, ResolveResponse } from '../../daemon/generated/xpool/v1/resolution.js'
import type { Connection } from '../connections.js'
import { checkResolved, resolveRequest } from '../messages.js'
import { Random } from '../random.js'
import { measure, type Stage } from '../run.js'
import { call } from '../unary.js'
import { allocateOne, nextWanted, releaseOne } from '../workloads/churn.js'
import type { Field } from './field.js'
import { interleaved } from './rounds.js'
import { type Found, timeRow } from './row.js'
import { type Sample, sampleOf } from './sample.js'
import { usageOf } from './usage.js'

/** Of twenty calls one allocates and one releases. */
const cycleCalls = 20
const outstandingCalls = 64
const connectionsOfLoad = 4
/** Calls in flight beyond which the loop waits: the server is far behind then, and the latency says so. */
const behindCalls = 8_192
const longestUs = 60_000_000

type Act = (index: number, intendedMs: number) => Promise<void>

export async function mixed(field: Field): Promise<Found> {
  const { stage, options, daemon } = field
  const load = { ...field.load, workload: 'mixed' as const, mode: 'unary' as const, outstanding: outstandingCalls }
  const peak = await measure(stage, { ...load, warmup: 1, seconds: options.seconds })
  const perSecond = Math.floor(peak.itemsPerSecond / 2)
  const side = (writes: boolean) => async (): Promise<Sample> => {
    await openLoop(perSecond, warmupMs, actsOf(stage, writes, newHistogram()))
    const histogram = newHistogram()
    const work = () => openLoop(perSecond, options.seconds * 1_000, actsOf(stage, writes, histogram))
    const { result, usage } = await usageOf(daemon.pid, work)
    const calls = writes ? result : result * resolveShare
    const latency = { p50Us: histogram.getValueAtPercentile(50), p99Us: histogram.getValueAtPercentile(99) }
    return { ...sampleOf(usage, Math.round(calls), histogram.totalCount), ...latency }
  }
  const pairs = await interleaved(options.rounds, side(true), side(false))
  const found = timeRow('mixed', ['with writes', 'without'], pairs, 'p99')
  const rate = `${perSecond.toLocaleString('en')} calls/s, half of the peak of a closed loop of ${outstandingCalls} unary calls`
  const client = `the client at ${Math.round(peak.clientCpuShare * 100)} % of a core at the peak`
  return { ...found, evidence: [...found.evidence, `${rate}; ${client}`] }
}

const warmupMs = 1_000
const resolveShare = (cycleCalls - 2) / cycleCalls

function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: longestUs, numberOfSignificantValueDigits: 3 })
}

/** Every call of the cycle has its place, so that Resolve keeps its times when the writes are left out. */
function actsOf(stage: Stage, writes: boolean, histogram: Histogram): Act {
  const { scene, connections } = stage
  const random = new Random(scene.options.seed + scene.nextIndex)
  return async (index, intendedMs) => {
    const connection = connections[index % connectionsOfLoad]!
    const step = index % cycleCalls
    if (step === 0 || step === cycleCalls / 2) {
      if (writes) await write(stage, connection, random, step === 0)
      return
    }
    const binding = scene.lasting.pick(random)!
    const fromA = random.below(2) === 0
    const { resolution } = connection
    const answer = await call<ResolveRequest, ResolveResponse>(
      (request, done) => resolution.resolve(request, done),
      resolveRequest(binding, fromA, ''),
    )
    checkResolved(answer, binding, fromA)
    histogram.recordValue(Math.min(longestUs, Math.max(1, Math.round((performance.now() - intendedMs) * 1_000))))
  }
}

async function write({ scene }: Stage, { allocation }: Connection, random: Random, makes: boolean): Promise<void> {
  const ending = makes ? undefined : scene.passing.take(random)
  if (ending !== undefined) {
    sound(await releaseOne(allocation, scene, ending))
    return
  }
  const { binding, step } = await allocateOne(allocation, scene, nextWanted(scene, random))
  sound(step)
  if (binding !== undefined) scene.passing.add(binding)
}

function sound({ refused }: { readonly refused: readonly string[] }): void {
  if (refused.length > 0) throw new Error(`refused: ${refused.join(', ')}`)
}

/**
 * Looks at the clock in every turn of the event loop: a timer would add its own millisecond to what is measured.
 * @returns how many calls were due @throws at the first that failed
 */
export async function openLoop(perSecond: number, durationMs: number, act: Act): Promise<number> {
  const began = performance.now()
  const due = Math.floor((durationMs / 1_000) * perSecond)
  let failed: { readonly error: unknown } | undefined
  let outstanding = 0
  const done = (): void => {
    outstanding -= 1
  }
  const fail = (error: unknown): void => {
    failed ??= { error }
    done()
  }
  let next = 0
  while ((next < due || outstanding > 0) && failed === undefined) {
    const until = Math.min(due, Math.floor(((performance.now() - began) / 1_000) * perSecond))
    for (; next < until && outstanding < behindCalls; next += 1) {
      outstanding += 1
      act(next, began + (next / perSecond) * 1_000).then(done, fail)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (failed !== undefined) throw failed.error
  return due
}
