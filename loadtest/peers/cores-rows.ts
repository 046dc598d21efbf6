/**
 * What a second thread costs: the same load on a daemon with one and on a
 * daemon with two, by server CPU per item. Whether it also brings twice the
 * rate shows only on a machine with a core for each.
 */
import { startProgress } from '../progress.js'
import { prepare, type Stage } from '../run.js'
import { scratch } from '../server-process.js'
import { sampleDaemon } from './daemon-load.js'
import { endField, type Field, loadFor, startField } from './field.js'
import { giveToChurn } from './live-bindings.js'
import type { PeerOptions } from './peer-options.js'
import { churnTimes } from './peer-options.js'
import { interleaved, type Pairs } from './rounds.js'
import { evidenceOf, type Found, timeRow } from './row.js'
import type { Sample } from './sample.js'

/** What a second thread costs does not hang on how much lives; filling two daemons does. */
const liveMost = 100_000
/** Enough for the kernel to give each gateway some. */
const connections = 8
const warmupSeconds = 1

export interface CoresWanted {
  readonly options: PeerOptions
  readonly core: number | undefined
}

/** Two daemons that differ in these flags alone, both with live bindings. */
async function withTwo<T>(
  { options, core }: CoresWanted,
  flags: readonly [readonly string[], readonly string[]],
  work: (two: Field, one: Field) => Promise<T>,
): Promise<T> {
  await using folder = await scratch('cores')
  const small = { ...options, live: Math.min(options.live, liveMost) }
  const start = (which: 0 | 1): Promise<Field> => {
    return startField({ options: small, core, connections, data: `${folder.path}/${which}`, flags: flags[which] })
  }
  const one = await start(0)
  try {
    const two = await start(1)
    try {
      return await work(two, one)
    } finally {
      await endField(two)
    }
  } finally {
    await endField(one)
  }
}

export function gateways(wanted: CoresWanted): Promise<[Found, Found]> {
  const of = (count: number): string[] => ['--shards', '1', '--gateways', String(count)]
  return withTwo(wanted, [of(1), of(2)], async (two, one) => {
    const names = ['two gateways', 'one gateway'] as const
    const run = (shape: 'unary' | 'stream') => {
      const side = (field: Field) => () => {
        const unary = { mode: 'unary', outstanding: 64, batch: 1 } as const
        const options = { ...field.load, ...(shape === 'unary' ? unary : {}) }
        const { stage, daemon } = field
        return sampleDaemon({ pid: daemon.pid, stage, options, warmupSeconds, counted: 'resolve' })
      }
      return interleaved(wanted.options.rounds, side(two), side(one))
    }
    return [
      timeRow('gateways-unary', names, await run('unary'), 'server CPU'),
      timeRow('gateways-stream', names, await run('stream'), 'server CPU'),
    ]
  })
}

/** Two tenants, each with a pool: on two shards where there are two. No row of the table; `measure:cores` tells it. */
export function shards(wanted: CoresWanted): Promise<Pairs<Sample>> {
  const of = (count: number): string[] => ['--shards', String(count), '--gateways', '1']
  return withTwo(wanted, [of(1), of(2)], async (two, one) => {
    const both = async (field: Field): Promise<() => Promise<Sample>> => {
      const other = await prepare(loadFor(field.daemon, field.options, 2), startProgress)
      for (const { scene } of [field.stage, other]) giveToChurn(scene.lasting, scene.passing, 1)
      return () => churnBoth(field, other)
    }
    const sides = [await both(two), await both(one)] as const
    return await interleaved(wanted.options.rounds, ...sides)
  })
}

/** Both pools at once; what the server spent is told once, for both. */
async function churnBoth({ daemon, stage, load, options }: Field, other: Stage): Promise<Sample> {
  const { ttlMs, warmupSeconds } = churnTimes(options)
  const churn = { ...load, workload: 'churn' as const, outstanding: 8, batch: 16, expiring: 0.5, ttlMs }
  const [first, second] = await Promise.all(
    [stage, other].map((one) =>
      sampleDaemon({ pid: daemon.pid, stage: one, options: churn, warmupSeconds, counted: 'allocate' }),
    ),
  )
  return together(first!, second!)
}

/** Each saw the server's whole CPU time, and its own items alone. */
export function together(first: Sample, second: Sample): Sample {
  const perSecond = first.perSecond + second.perSecond
  // 1 / cpuUs is proportional to the items of each, the server's time being the same.
  const joint = (one: number, other: number): number => (one === 0 || other === 0 ? 0 : 1 / (1 / one + 1 / other))
  const names = Object.keys(first.threadUs)
  return {
    ...first,
    perSecond,
    cpuUs: joint(first.cpuUs, second.cpuUs),
    threadUs: Object.fromEntries(names.map((name) => [name, joint(first.threadUs[name]!, second.threadUs[name] ?? 0)])),
    writtenBytes: joint(first.writtenBytes, second.writtenBytes),
  }
}

export function shardLines(pairs: Pairs<Sample>): string[] {
  return [evidenceOf('two shards', pairs.ours), evidenceOf('one shard', pairs.theirs)]
}
