/**
 * The calls of one binding as a list of everything ever reported. Where the
 * rules leave room (a report that comes after its call was over), both readings
 * are kept: answered `maybe`, several moments of the end.
 */
import type { Binding, Digits } from '../../daemon/core/binding.js'
import type { WantedReport } from '../../daemon/core/calls.js'

export interface NaiveCall {
  readonly id: string
  /** When it was first heard of. */
  readonly reportedAt: number
  readonly started: number
  /** When it is over at the latest. */
  readonly limit: number
  readonly answered: 'yes' | 'no' | 'maybe'
  /** When it may have ended; empty: no ENDED came. */
  readonly ended: readonly number[]
}

export interface NaiveCalls {
  readonly calls: readonly NaiveCall[]
  /** Of the latest call towards A; caller undefined: withheld. */
  readonly last: { readonly caller: Digits | undefined; readonly at: number } | undefined
}

export const silence: NaiveCalls = { calls: [], last: undefined }

/** What a report makes of the calls of a binding that has begun and is not free yet. */
export function heard(before: NaiveCalls, report: WantedReport, binding: Binding, now: number): NaiveCalls {
  const at = Math.min(Math.max(report.atMs ?? now, binding.startMs), now)
  const known = before.calls.find((call) => call.id === report.callId)
  const call = known === undefined ? firstHeard(report, binding, at, now) : heardAgain(known, report, at, now)
  const others = before.calls.filter((one) => one.id !== report.callId)
  const towardsA = report.caller !== binding.a.number
  const counts = report.phase === 'STARTED' && towardsA && binding.terms.callback === 'LAST_CALLER'
  const latest = before.last === undefined || at >= before.last.at
  return { calls: [...others, call], last: counts && latest ? { caller: report.caller, at } : before.last }
}

function firstHeard(report: WantedReport, binding: Binding, at: number, now: number): NaiveCall {
  const ended = report.phase === 'ENDED'
  const answered = report.phase === 'ANSWERED' || (ended && report.answered)
  return {
    ...{ id: report.callId, reportedAt: now, started: at, limit: at + binding.terms.maxCallMs },
    ...{ answered: answered ? 'yes' : 'no', ended: ended ? [at] : [] },
  }
}

function heardAgain(call: NaiveCall, report: WantedReport, at: number, now: number): NaiveCall {
  const tellsAnswer = report.phase === 'ANSWERED' || (report.phase === 'ENDED' && report.answered)
  const over = call.ended.length > 0 || call.limit <= now
  const answered = tellsAnswer && call.answered === 'no' ? (over ? 'maybe' : 'yes') : call.answered
  if (report.phase !== 'ENDED' || call.ended.length > 0) return { ...call, answered }
  const end = Math.max(at, call.started)
  // One that was over at its limit may be taken at its word, or not.
  return { ...call, answered, ended: over ? [end, call.limit] : [end] }
}

function ends(call: NaiveCall): readonly number[] {
  return call.ended.length > 0 ? call.ended : [call.limit]
}

/** Until when the calls hold the routes of their binding: any of these; 0 where there was none. */
export function holdsUntil({ calls }: NaiveCalls): number[] {
  const least = Math.max(0, ...calls.map((call) => Math.min(...ends(call))))
  const most = Math.max(0, ...calls.map((call) => Math.max(...ends(call))))
  return [least, ...calls.flatMap(ends).filter((at) => at > least && at <= most)]
}

/** The same for a party that was removed at `removedAt`: only calls that were on by then hold its route. */
export function remnantHoldsUntil({ calls }: NaiveCalls, removedAt: number): number[] {
  const certain = calls.filter((call) => call.started <= removedAt && call.reportedAt <= removedAt)
  const least = Math.max(removedAt, ...certain.map((call) => Math.min(...ends(call))))
  // A call that was heard of later, and a hang-up of a later call, may count or not.
  const doubtful = calls.filter((call) => call.started <= removedAt || call.ended.length > 0)
  return [least, ...doubtful.flatMap(ends).filter((at) => at > least)]
}

export function inProgress({ calls }: NaiveCalls, now: number): NaiveCall[] {
  return calls.filter((call) => call.ended.length === 0 && call.limit > now)
}

/** Calls that count against max_calls at `now`: the fewest and the most that it can be. */
export function used(all: NaiveCalls, now: number): { readonly fewest: number; readonly most: number } {
  const answered = all.calls.filter((call) => call.answered === 'yes').length
  const maybe = all.calls.filter((call) => call.answered === 'maybe').length
  const ringing = inProgress(all, now).filter((call) => call.answered === 'no').length
  return { fewest: answered + ringing, most: answered + maybe + ringing }
}

/** Whom A reaches by LAST_CALLER; empty: nobody. */
export function calledLast({ last }: NaiveCalls, windowMs: number, now: number): string {
  return last !== undefined && now < last.at + windowMs ? (last.caller ?? '') : ''
}
