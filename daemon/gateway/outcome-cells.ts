/** What each kind of answer of Resolve is called on the wire, and where it is counted; made once for each thread. */
import type { Outcome as CoreOutcome, RejectReason } from '../core/resolve-steps.js'
import { Outcome, Reason } from '../generated/xpool/v1/resolution.js'
import type { GatewayMetrics } from './gateway-metrics.js'

export const wireOutcomes: Readonly<Record<CoreOutcome, Outcome>> = {
  CONNECT: Outcome.OUTCOME_CONNECT,
  COLLECT_EXTENSION: Outcome.OUTCOME_COLLECT_EXTENSION,
  FALLBACK: Outcome.OUTCOME_FALLBACK,
  REJECT: Outcome.OUTCOME_REJECT,
}

export const wireReasons: Readonly<Record<RejectReason, Reason>> = {
  UNKNOWN_NUMBER: Reason.REASON_UNKNOWN_NUMBER,
  NUMBER_FROZEN: Reason.REASON_NUMBER_FROZEN,
  ANONYMOUS_CALLER: Reason.REASON_ANONYMOUS_CALLER,
  NO_BINDING: Reason.REASON_NO_BINDING,
  NOT_STARTED: Reason.REASON_NOT_STARTED,
  ENDED: Reason.REASON_ENDED,
  TENANT_SUSPENDED: Reason.REASON_TENANT_SUSPENDED,
  BANNED: Reason.REASON_BANNED,
  DIRECTION_NOT_ALLOWED: Reason.REASON_DIRECTION_NOT_ALLOWED,
  MEDIA_NOT_ALLOWED: Reason.REASON_MEDIA_NOT_ALLOWED,
  CALL_LIMIT: Reason.REASON_CALL_LIMIT,
  NO_CALLBACK: Reason.REASON_NO_CALLBACK,
}

/** Counts answers by outcome and reason: one look-up by the wire's number, one addition. */
export class OutcomeCells {
  readonly #metrics: GatewayMetrics
  readonly #outcomes: readonly number[]
  readonly #reasons: readonly number[]

  constructor(metrics: GatewayMetrics) {
    this.#metrics = metrics
    const outcomes = ['CONNECT', 'COLLECT_EXTENSION', 'FALLBACK'] as const
    this.#outcomes = byNumber(outcomes.map((name) => [wireOutcomes[name], metrics.outcomeCell(name, '')]))
    // Of reasons all that the wire knows have their series from the start, whether any step gives them or not.
    const reasons = Object.entries(Reason).filter((entry): entry is [string, Reason] => typeof entry[1] === 'number')
    this.#reasons = byNumber(
      reasons
        .filter(([name, reason]) => name.startsWith('REASON_') && reason > Reason.REASON_UNSPECIFIED)
        .map(([name, reason]) => [reason, metrics.outcomeCell('REJECT', name.slice('REASON_'.length))]),
    )
  }

  /** @param reason counts with REJECT alone */
  count(outcome: Outcome, reason: Reason): void {
    this.#metrics.outcome(outcome === Outcome.OUTCOME_REJECT ? this.#reasons[reason]! : this.#outcomes[outcome]!)
  }
}

function byNumber(cells: readonly (readonly [number, number])[]): number[] {
  const list = new Array<number>(Math.max(...cells.map(([number]) => number)) + 1).fill(-1)
  for (const [number, cell] of cells) list[number] = cell
  return list
}
