/** One log message as one line of JSON, never longer than what a pipe takes in one piece. */
import { catalogue, type FactValue, type Level, type MessageId } from './catalogue.js'

/** PIPE_BUF of Linux: a write of no more is never mixed with another thread's (POSIX write). */
export const lineBytesMax = 4_096
/** Of one fact; an error's stack beyond it is cut. */
const factCharsMax = 2_000

interface LineSource {
  /** Wall-clock time, unix ms. */
  readonly timeMs: number
  readonly id: MessageId
  readonly thread: string
  readonly facts: Readonly<Record<string, FactValue>>
  /** Messages of this id, and whole lines, that were left out since the last one. */
  readonly suppressed: number
  readonly dropped: number
}

/** With its line feed. Facts too long together are left out, the last ones first, and `cut` says so. */
export function logLine(source: LineSource): string {
  const entries = Object.entries(source.facts).map(([name, value]) => [name, shortened(value)] as const)
  let line = format(source, entries, false)
  for (let kept = entries.length - 1; kept >= 0 && Buffer.byteLength(line) > lineBytesMax; kept -= 1) {
    line = format(source, entries.slice(0, kept), true)
  }
  return line
}

function format(source: LineSource, facts: readonly (readonly [string, FactValue])[], cut: boolean): string {
  const { level, message }: { level: Level; message: string } = catalogue[source.id]
  const line = {
    time: new Date(source.timeMs).toISOString(),
    level,
    id: source.id,
    message,
    thread: source.thread,
    ...Object.fromEntries(facts),
    ...(source.suppressed > 0 && { suppressed: source.suppressed }),
    ...(source.dropped > 0 && { dropped: source.dropped }),
    ...(cut && { cut }),
  }
  return `${JSON.stringify(line)}\n`
}

function shortened(value: FactValue): FactValue {
  if (typeof value !== 'string' || value.length <= factCharsMax) return value
  return `${value.slice(0, factCharsMax)}...`
}

/** An error as the fact `error`: its stack where it has one, and what caused it. */
export function errorFact(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? text : `${text}\ncaused by ${errorFact(error.cause)}`
}
