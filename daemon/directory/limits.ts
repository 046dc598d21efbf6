/** Every bound of the directory's writer and views, with its unit, in one place (I12). */
import assert from 'node:assert'
import { limits } from '../core/limits.js'

const minuteMs = 60_000

export const directoryLimits = {
  /** Commands that wait for the writer; one more is refused as OVERLOADED. */
  queuedCommands: 1_024,
  /** Numbers in commands that wait for the writer or are being prepared; likewise. */
  queuedNumbers: 1_000_000,
  /** Commands decided in one commit. */
  commandsPerPage: 64,
  /** Numbers written in one commit: some 30 ms of writing, and what a crash leaves to roll back. */
  numbersPerPage: 5_000,
  /** A request up to this size is prepared where it arrives; a larger one goes to a job thread. */
  numbersPreparedInline: 1_000,
  /** Parts of imports that are not live, over all imports: 819 million numbers in full parts. */
  openParts: 16_384,
  /** An import without a new part for so long is swept. */
  importIdleMs: 60 * minuteMs,
  /** How often the writer looks for abandoned imports. */
  sweepEveryMs: minuteMs,
  /** How often the writer looks for bans that have run out, where one has. */
  bansSweptEveryMs: 5 * minuteMs,
  /** Rows of bans read in one turn of the event loop: about a millisecond. */
  bansPerLook: 1_000,
  /** Bans dropped in one commit. */
  bansPerPage: 1_000,
  /** A shard that has not counted its routes by then is not there: nothing is retired. */
  occupiedAnswerMs: 5_000,
  /** Ordinals are uint32. */
  ordinalsPerShard: 2 ** 32 - 1,
  /** Numbers in one fact for a shard. */
  numbersPerFact: 5_000,
  /** Numbers that a view remembers, in two generations of half each. */
  numbersCached: 65_536,
  /** Rows of one list: a page of 1,000 and a look at whether another follows. */
  listRows: 2_000,
} as const

assert(directoryLimits.numbersPreparedInline <= directoryLimits.numbersPerPage)
assert(directoryLimits.bansPerLook <= directoryLimits.bansPerPage)
assert(limits.numbersPerRequest <= directoryLimits.queuedNumbers)
