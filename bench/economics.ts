/**
 * What pools cost: numbers used over the lower bound, for generated traces and
 * every way of allocating. `npm run measure:economics` prints the tables of
 * docs/planning.md; the same commit prints the same, but for the speed.
 */
import { parseArgs } from 'node:util'
import { CorePool, type PoolTerms } from '../daemon/plan/core-pool.js'
import { PerParticipantPool } from '../daemon/plan/field-pools.js'
import { generate, realisticKinds, type TraceKind } from '../daemon/plan/generate.js'
import type { LendingPool } from '../daemon/plan/lending-pool.js'
import { type LowerBound, lowerBound } from '../daemon/plan/lower-bound.js'
import { freeTimes, mostAtOnce } from '../daemon/plan/occupation.js'
import { simulate, type Usage } from '../daemon/plan/simulate.js'
import { smallestPool } from '../daemon/plan/smallest-pool.js'
import { type Trace, traceOf } from '../daemon/plan/trace.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const usPerMs = 1_000
const seeds = [1, 2, 3, 4, 5]
const terms: PoolTerms = { cooldownMs: 30 * minuteMs, bindingsPerNumber: 1_000, sparePercent: 15 }
const policies = ['PACK', 'SPREAD', 'RANDOM'] as const
const cooldownsMs = [0, 10 * minuteMs, 30 * minuteMs, hourMs, 6 * hourMs, 24 * hourMs]
const bindingsDefault = 20_000
/** So many times as many bindings, and a number's capacity decides instead of its couriers. */
const large = 8

interface Measured {
  readonly name: string
  readonly trace: Trace
  readonly least: LowerBound
  /** PACK with numbers to spare. */
  readonly packed: Usage
  /** Of the processor, ms. */
  readonly cpuMs: number
}

function measure(kind: TraceKind, bindings: number, seed = 1): Measured {
  const trace = traceOf(generate(kind, seed, bindings))
  const least = lowerBound(trace, terms.cooldownMs, terms.bindingsPerNumber)
  const before = process.cpuUsage()
  const packed = simulate(trace, new CorePool(2 * least.numbers + 10, trace, 'PACK', terms))!
  const { user, system } = process.cpuUsage(before)
  return { name: `${kind}, ${grouped(trace.bookings)}`, trace, least, packed, cpuMs: (user + system) / usPerMs }
}

/** Numbers of the smallest pool that refuses nothing. */
function needed({ trace, least }: Measured, poolOf: (numbers: number) => LendingPool): number {
  const most = mostAtOnce(trace.bookedMs, freeTimes(trace, terms.cooldownMs))
  return smallestPool((numbers) => simulate(trace, poolOf(numbers), 0), least.numbers, most)!.numbers
}

function ratios(measured: Measured): string[] {
  const { name, trace, least, packed } = measured
  const over = (numbers: number) => `${grouped(numbers)} (${(numbers / least.numbers).toFixed(2)})`
  const ours = policies.map((policy) => needed(measured, (numbers) => new CorePool(numbers, trace, policy, terms)))
  const theirs = needed(measured, (numbers) => new PerParticipantPool(numbers, trace, terms.cooldownMs))
  const exclusive = mostAtOnce(trace.bookedMs, freeTimes(trace, terms.cooldownMs))
  return [name, grouped(least.numbers), over(packed.atOnce), ...[...ours, theirs, exclusive].map(over)]
}

function bounds({ name, trace, least }: Measured): string[] {
  const live = mostAtOnce(trace.bookedMs, trace.endMs)
  const counts = [trace.parties, live, least.party, least.oddSet, least.capacity, least.numbers]
  return [name, ...counts.map((count) => (count === 0 ? '-' : grouped(count)))]
}

function busy({ name, trace, least }: Measured): string[] {
  const numbers = 3 * least.numbers
  const used = policies.map((policy) => simulate(trace, new CorePool(numbers, trace, policy, terms))!)
  return [name, grouped(numbers), ...used.map(({ atOnce }) => grouped(atOnce))]
}

function speed({ name, trace, cpuMs }: Measured): string[] {
  const lifeMs = trace.bookedMs.at(-1)! - trace.bookedMs[0]!
  const rate = Math.round((trace.bookings / cpuMs) * 1_000)
  return [name, grouped(rate), lifeMs < minuteMs ? '-' : grouped(Math.round(lifeMs / cpuMs))]
}

function cooldowns({ name, trace }: Measured): string[] {
  const used = cooldownsMs.map((cooldownMs) => {
    const { numbers } = lowerBound(trace, cooldownMs, terms.bindingsPerNumber)
    const { atOnce } = simulate(trace, new CorePool(2 * numbers + 10, trace, 'PACK', { ...terms, cooldownMs }))!
    return `${grouped(atOnce)} (${(atOnce / numbers).toFixed(2)})`
  })
  return [name, ...used]
}

function bySeed(kind: TraceKind): string[] {
  const each = seeds.map((seed) => measure(kind, bindings, seed))
  return [kind, ...each.map(({ least, packed }) => `${grouped(packed.atOnce)} / ${grouped(least.numbers)}`)]
}

function tableOf(heads: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

function print(title: string, table: string): void {
  process.stdout.write(`${title}\n\n${table}\n\n`)
}

const { values } = parseArgs({ options: { bindings: { type: 'string', default: String(bindingsDefault) } } })
const bindings = Number(values.bindings)
// The first run pays for the compiler.
measure('food', bindings)
const business = realisticKinds.map((kind) => measure(kind, bindings))
const cities = [measure('food', large * bindings), measure('rides', large * bindings)]
const all = [...business, ...cities, measure('stars', bindings), measure('cliques', bindings)]
print(
  'The traces, and what no allocator can go below:',
  tableOf(['trace', 'parties', 'live at once', 'of one party', 'of an odd set', 'by capacity', 'L'], all.map(bounds)),
)
print(
  'Numbers (over L). PACK used: in use at once with numbers to spare. The others: the smallest pool that refuses nothing.',
  tableOf(
    ['trace', 'L', 'PACK used', 'PACK', 'SPREAD', 'RANDOM', 'random per participant', 'one for each pair'],
    all.map(ratios),
  ),
)
print(
  'Numbers that PACK uses / L, by the seed of the trace:',
  tableOf(['trace', ...seeds.map((seed) => `seed ${seed}`)], realisticKinds.map(bySeed)),
)
print(
  'Numbers in use at once in a pool of three times L:',
  tableOf(['trace', 'pool', 'PACK', 'SPREAD', 'RANDOM'], all.map(busy)),
)
print(
  'Numbers that PACK uses (over L), by cooldown:',
  tableOf(['trace', 'none', '10 min', '30 min', '1 h', '6 h', '24 h'], business.map(cooldowns)),
)
print(
  'Speed of the simulator, one pool of PACK, by processor time:',
  tableOf(['trace', 'bindings a second', 'times as fast as life'], all.map(speed)),
)
