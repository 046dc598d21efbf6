/** What `npm run peers` is asked for. */
import { parseArgs } from 'node:util'
import { numbersFor } from '../options.js'
import { type RowId, targets } from './targets.js'

export interface PeerOptions {
  /** Live bindings on both sides. */
  readonly live: number
  /** Of the measured part of one round, seconds. */
  readonly seconds: number
  readonly rounds: number
  /** Whether the rows of 10 M live bindings are measured too, which take long to fill. */
  readonly large: boolean
  /** Small sizes: shows that everything works, says little about speed. */
  readonly quick: boolean
  /** Which rows; all of them where none is named. */
  readonly rows: readonly RowId[]
  /** Folder of the report. */
  readonly out: string
}

const defaults = { liveBindings: 1_000_000, seconds: 10, rounds: 5 }
const quick = { liveBindings: 20_000, seconds: 2, rounds: 1 }

/** @throws for a flag that is not there, or a value that cannot be */
export function readPeerOptions(args: readonly string[], out: string): PeerOptions {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = { live: text, seconds: text, rounds: text, rows: text, out: text, large: flag, quick: flag }
  const { values } = parseArgs({ args: [...args], options, strict: true })
  const sizes = values.quick ? quick : defaults
  return {
    live: whole('live', values.live, sizes.liveBindings, 1_000),
    seconds: whole('seconds', values.seconds, sizes.seconds, 1),
    rounds: whole('rounds', values.rounds, sizes.rounds, 1),
    large: values.large,
    quick: values.quick,
    rows: rowsOf(values.rows),
    out: values.out ?? out,
  }
}

function whole(name: string, given: string | undefined, otherwise: number, least: number): number {
  const value = given === undefined ? otherwise : Number(given)
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name}: a whole number from ${least} is wanted`)
  return value
}

function rowsOf(given: string | undefined): readonly RowId[] {
  const all = targets.map(({ id }) => id)
  if (given === undefined) return all
  return given.split(',').map((name) => {
    const id = all.find((one) => one === name)
    if (id === undefined) throw new Error(`--rows: ${name} is none of ${all.join(', ')}`)
    return id
  })
}

/** Ends by time begin when the first ttl is over, and keys come free a cooldown later. */
export function churnTimes({ quick }: PeerOptions) {
  return quick
    ? { ttlMs: 400, cooldownMs: 200, warmupSeconds: 1 }
    : { ttlMs: 2_000, cooldownMs: 1_000, warmupSeconds: 4 }
}

/** Proxy numbers of a pool, the same on both sides. */
export function numbersOf({ live }: PeerOptions): number {
  return numbersFor(live)
}
