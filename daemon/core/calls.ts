/**
 * The calls of one binding, as call control reports them: which are in progress,
 * how many were answered, who called last. Reports may be repeated, late, out of
 * order or lost: an ENDED that never comes is bounded by the longest call.
 *
 *   STARTED -> open -- ANSWERED --> open, answered -- ENDED --> closed
 *      |                                                ^
 *      `-- nothing more, until started + max_call_ms --'
 */
import type { Binding, Digits } from './binding.js'
import { limits } from './limits.js'

export type CallPhase = 'STARTED' | 'ANSWERED' | 'ENDED'

/** A report as it was sent; syntax has been checked. */
export interface WantedReport {
  /** Call control's own id; with the binding it is the call's. */
  readonly callId: string
  readonly phase: CallPhase
  /** When it happened, unix ms; undefined: now. */
  readonly atMs: number | undefined
  /** undefined: withheld. */
  readonly caller: Digits | undefined
  /** The dialled number, empty if not told. */
  readonly number: string
  /** With ENDED: the call had been answered. */
  readonly answered: boolean
  /** Why it ended, in call control's words; at most `limits.textBytes`. */
  readonly cause: string
}

/** A report as it is taken: its moment lies within the binding's life and not ahead. */
export interface CallReport extends WantedReport {
  readonly atMs: number
}

export interface OpenCall {
  readonly id: string
  readonly startedMs: number
  /** When it is taken for ended at the latest: started + max_call_ms. */
  readonly limitMs: number
  readonly answered: boolean
}

export interface Calls {
  /** In progress as far as is known, in order of the reports; at most `limits.openCalls`. */
  readonly open: readonly OpenCall[]
  /** Ids of the calls that ended last, at most `limits.closedCalls`. */
  readonly closed: readonly string[]
  /** Calls that were answered and have ended. */
  readonly answered: number
  /** 0: none has ended. */
  readonly lastHangUpMs: number
  /** Of the latest call towards A that was reported STARTED; caller undefined: withheld. */
  readonly last: { readonly caller: Digits | undefined; readonly atMs: number } | undefined
}

export const noCalls: Calls = { open: [], closed: [], answered: 0, lastHangUpMs: 0, last: undefined }

/**
 * The calls after a report, or the same object where it tells nothing new.
 * @param nowMs of the page that holds the report
 */
export function afterReport(calls: Calls, report: CallReport, binding: Binding, nowMs: number): Calls {
  const told = withLast(calls, report, binding)
  if (calls.closed.includes(report.callId)) return told
  const open = calls.open.find(({ id }) => id === report.callId)
  if (report.phase === 'ENDED') return closed(withoutExpired(told, nowMs), open, report)
  const answered = report.phase === 'ANSWERED'
  if (open !== undefined && (open.answered || !answered)) return told
  const limitMs = report.atMs + binding.terms.maxCallMs
  const call =
    open === undefined ? { id: report.callId, startedMs: report.atMs, limitMs, answered } : { ...open, answered }
  const tidied = withoutExpired(told, nowMs)
  const others = tidied.open.filter(({ id }) => id !== report.callId)
  return bounded({ ...tidied, open: [...others, call] })
}

/** Calls that count against max_calls: answered ones, and those in progress at `nowMs`. */
export function callsUsed(calls: Calls, nowMs: number): number {
  return calls.answered + calls.open.filter((call) => call.answered || call.limitMs > nowMs).length
}

/** Whether a call is in progress at `nowMs`, as far as is known. */
export function isCalling(calls: Calls, nowMs: number): boolean {
  return calls.open.some(({ limitMs }) => limitMs > nowMs)
}

/** Until when calls hold routes: the limit of those in progress or the last hang-up; only calls begun by `begunMs` count. */
export function heldUntil(calls: Calls, begunMs = Number.POSITIVE_INFINITY): number {
  const limitsOfOpen = calls.open.filter(({ startedMs }) => startedMs <= begunMs).map(({ limitMs }) => limitMs)
  return Math.max(calls.lastHangUpMs, ...limitsOfOpen)
}

/** Another A: who called the one before is nobody to call back. */
export function withoutLast(calls: Calls): Calls {
  return calls.last === undefined ? calls : { ...calls, last: undefined }
}

/** Whom LAST_CALLER reaches at `nowMs`; undefined: nobody. */
export function lastCaller(calls: Calls, callbackWindowMs: number, nowMs: number): Digits | undefined {
  const { last } = calls
  return last !== undefined && nowMs < last.atMs + callbackWindowMs ? last.caller : undefined
}

/** Every caller but A itself calls towards A. */
function withLast(calls: Calls, { phase, atMs, caller }: CallReport, { a, terms }: Binding): Calls {
  if (phase !== 'STARTED' || terms.callback !== 'LAST_CALLER' || caller === a.number) return calls
  const known = calls.last
  if (known !== undefined && (known.atMs > atMs || (known.atMs === atMs && known.caller === caller))) return calls
  return { ...calls, last: { caller, atMs } }
}

function closed(calls: Calls, open: OpenCall | undefined, report: CallReport): Calls {
  const answered = report.answered || open?.answered === true
  return {
    ...calls,
    open: calls.open.filter(({ id }) => id !== report.callId),
    closed: [...calls.closed, report.callId].slice(-limits.closedCalls),
    answered: calls.answered + (answered ? 1 : 0),
    lastHangUpMs: Math.max(calls.lastHangUpMs, Math.max(report.atMs, open?.startedMs ?? 0)),
  }
}

/** Calls whose ENDED never came: they are over at their limit. */
function withoutExpired(calls: Calls, nowMs: number): Calls {
  const expired = calls.open.filter(({ limitMs }) => limitMs <= nowMs)
  return expired.length === 0 ? calls : takenForEnded(calls, expired)
}

/** One call too many to remember: the oldest is taken for ended at its limit. */
function bounded(calls: Calls): Calls {
  return calls.open.length > limits.openCalls ? takenForEnded(calls, calls.open.slice(0, -limits.openCalls)) : calls
}

function takenForEnded(calls: Calls, over: readonly OpenCall[]): Calls {
  return {
    ...calls,
    open: calls.open.filter((call) => !over.includes(call)),
    closed: [...calls.closed, ...over.map(({ id }) => id)].slice(-limits.closedCalls),
    answered: calls.answered + over.filter(({ answered }) => answered).length,
    lastHangUpMs: Math.max(calls.lastHangUpMs, ...over.map(({ limitMs }) => limitMs)),
  }
}
