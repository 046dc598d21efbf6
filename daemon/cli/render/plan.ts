/** What `plan` found, for people and for programs. */
import type { PlanResult } from '../../jobs/plan-pool.js'
import type { LowerBound } from '../../plan/lower-bound.js'
import type { CooldownPlan, PlanRequest, PlanRow } from '../../plan/plan.js'
import { formatDuration } from '../parse/duration.js'
import { type Column, counted, grouped, table } from './table.js'

type Planned = Exclude<PlanResult, { readonly faults: readonly string[] }>

/** A row of the table with what it stands beside. */
interface Line {
  readonly of: CooldownPlan
  readonly row: PlanRow
  /** The row of the same policy under the first cooldown. */
  readonly first: PlanRow
}

const second = 1_000
const tooMany = 'too many'

/** The answer in a sentence, the table, and how it was come by. */
export function planText({ plan, tookMs }: Planned, request: PlanRequest): string {
  const lines = plan.cooldowns.flatMap((of) =>
    of.rows.map((row, i): Line => ({ of, row, first: plan.cooldowns[0]!.rows[i]! })),
  )
  const span = formatDuration(Math.ceil((plan.toMs - plan.fromMs) / second) * second)
  return [
    `${counted(plan.bookings, 'binding')} of ${counted(plan.parties, 'party').replace(/partys$/, 'parties')} in ${span}; at most ${grouped(plan.liveAtOnce)} live at once.`,
    sentence(plan.cooldowns[0]!, plan.bookings, request),
    '',
    table(columnsFor(plan.cooldowns.length > 1, plan.bookings), lines),
    '',
    ...plan.cooldowns.map(({ cooldownMs, least }) => `Cooldown ${formatDuration(cooldownMs)}: ${whyLeast(least)}`),
    speed({ plan, tookMs }),
  ].join('\n')
}

function sentence({ cooldownMs, rows }: CooldownPlan, bookings: number, { refusedShare }: PlanRequest): string {
  const { policy, pool } = rows[0]!
  const terms = `${policy} and a cooldown of ${formatDuration(cooldownMs)}`
  if (pool === undefined) return `With ${terms} no pool that was tried will do.`
  const refused = pool.refused === 0 ? 'no binding' : `${grouped(pool.refused)} of ${grouped(bookings)} bindings`
  const asked = refusedShare === 0 ? 'none' : percent(refusedShare)
  return `With ${terms}, ${counted(pool.numbers, 'number')} will do: ${refused} refused, ${asked} allowed.`
}

function columnsFor(several: boolean, bookings: number): Column<Line>[] {
  const columns: Column<Line>[] = [
    { head: 'cooldown', cell: ({ of }) => formatDuration(of.cooldownMs) },
    { head: 'policy', cell: ({ row }) => row.policy.toLowerCase() },
    { head: 'numbers', cell: ({ row }) => row.pool?.numbers ?? tooMany },
    { head: 'refused', cell: ({ row }) => (row.pool === undefined ? '-' : percent(row.pool.refused / bookings)) },
    { head: 'lower bound', cell: ({ of }) => of.least.numbers },
    {
      head: 'numbers / bound',
      cell: ({ row, of }) => (row.pool === undefined ? '-' : (row.pool.numbers / of.least.numbers).toFixed(2)),
    },
  ]
  if (several) columns.push({ head: 'more', cell: more })
  return columns
}

function more({ row, first }: Line): string {
  if (row.pool === undefined || first.pool === undefined || row === first) return '-'
  const difference = row.pool.numbers - first.pool.numbers
  return difference < 0 ? grouped(difference) : `+${grouped(difference)}`
}

function whyLeast({ numbers, party, oddSet, capacity }: LowerBound): string {
  const needs = `nobody who refuses nothing can do with fewer than ${grouped(numbers)}:`
  if (numbers === party) return `${needs} one party has so many bindings at once.`
  if (numbers === oddSet) return `${needs} some odd set of parties is bound that closely at once.`
  return `${needs} so many bindings are live at once (capacity); one party has at most ${grouped(party)}, of ${grouped(capacity)} needed.`
}

function speed({ plan, tookMs }: Planned): string {
  const bindings = plan.played * plan.bookings
  const lifeMs = plan.played * (plan.toMs - plan.fromMs)
  return `Played ${counted(plan.played, 'pool')} in ${(tookMs / second).toFixed(1)} s, up to ${grouped(Math.round((bindings / tookMs) * second))} bindings a second, ${grouped(Math.round(lifeMs / tookMs))} times as fast as life.`
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`
}

/** Field names as everywhere in --json. */
export function planJson({ plan, tookMs }: Planned, request: PlanRequest): object {
  return {
    bindings: plan.bookings,
    parties: plan.parties,
    from_ms: plan.fromMs,
    to_ms: plan.toMs,
    live_at_once: plan.liveAtOnce,
    refusals_allowed: request.refusedShare,
    max_bindings_per_number: request.bindingsPerNumber,
    spare_percent: request.sparePercent,
    cooldowns: plan.cooldowns.map(({ cooldownMs, least, atOnce, rows }) => ({
      cooldown_ms: cooldownMs,
      lower_bound: least.numbers,
      lower_bound_of: { party: least.party, odd_set: least.oddSet, capacity: least.capacity },
      exclusive_numbers: atOnce,
      policies: rows.map(({ policy, pool }) => ({
        selection: `SELECTION_${policy}`,
        ...(pool && { numbers: pool.numbers, refused: pool.refused, numbers_at_once: pool.atOnce }),
      })),
    })),
    pools_played: plan.played,
    seconds: Number((tookMs / second).toFixed(3)),
  }
}
