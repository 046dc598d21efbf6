/**
 * The log: JSON lines on stderr, from any thread.
 *
 * Every thread writes its own lines straight to file descriptor 2. Through
 * `process.stderr` a worker's line would travel by the main thread: it would be
 * lost when the process ends itself by SIGKILL, which is when it is wanted
 * most, and would wait for a main thread that is busy. A line is one write of
 * at most 4,096 bytes, so lines of two threads never mix. What stderr does not
 * take is dropped, and counted in the next line.
 *
 * Each id has a budget per thread, so that a fault repeated a million times
 * costs a few lines and some nanoseconds each. It also is what keeps a slow
 * reader of the log from holding up a thread: a pipe that blocks would have to
 * fill first, with 64 KiB of lines that come at one a second.
 */
import { writeSync } from 'node:fs'
import { catalogue, type Facts, type FactValue, type Level, type MessageId } from './catalogue.js'
import { logLine } from './log-line.js'

/** Of one id and thread at once. */
export const burstLines = 10
/** After the burst, of one id and thread. */
export const linesPerSecond = 1

/** Writes a message of the catalogue with its facts. Never throws. */
export type Log = <Id extends MessageId>(id: Id, facts: Facts<Id>) => void

interface LogOptions {
  /** `main`, `shard-0`, `gateway-1`: stands in every line. */
  readonly thread: string
  /** The least that is written. */
  readonly level: Level
  /** Takes one line; throws if it cannot at once. Default: a write to stderr. */
  readonly write?: (line: string) => void
  /** Wall clock, unix ms. */
  readonly now?: () => number
}

const rank: Readonly<Record<Level, number>> = { debug: 0, info: 1, warning: 2, error: 3 }

interface Budget {
  lines: number
  countedMs: number
  suppressed: number
}

/** A log of one thread. */
export function openLog(options: LogOptions): Log {
  const { thread, level, write = writeToStderr, now = Date.now } = options
  const budgets = new Map<MessageId, Budget>()
  let dropped = 0

  return (id, facts) => {
    if (rank[catalogue[id].level] < rank[level]) return
    const timeMs = now()
    const budget = budgetOf(budgets, id, timeMs)
    if (!spend(budget, timeMs)) return
    const known: Readonly<Record<string, FactValue>> = facts
    try {
      write(logLine({ timeMs, id, thread, facts: known, suppressed: budget.suppressed, dropped }))
      dropped = 0
    } catch {
      dropped += 1
    }
    budget.suppressed = 0
  }
}

/** At most one budget per id of the catalogue. */
function budgetOf(budgets: Map<MessageId, Budget>, id: MessageId, nowMs: number): Budget {
  let budget = budgets.get(id)
  if (budget === undefined) {
    budget = { lines: burstLines, countedMs: nowMs, suppressed: 0 }
    budgets.set(id, budget)
  }
  return budget
}

function spend(budget: Budget, nowMs: number): boolean {
  // A wall clock that steps back earns nothing and takes nothing.
  const earned = (Math.max(0, nowMs - budget.countedMs) / 1_000) * linesPerSecond
  budget.lines = Math.min(burstLines, budget.lines + earned)
  budget.countedMs = nowMs
  if (budget.lines < 1) {
    budget.suppressed += 1
    return false
  }
  budget.lines -= 1
  return true
}

/** Throws EAGAIN where stderr is a full pipe that does not block, EPIPE where nobody reads it. */
function writeToStderr(line: string): void {
  writeSync(2, line)
}
