/** An answer of Resolve for people. It shows the callee: that is the answer. */
import { Outcome, Reason, type ResolveResponse } from '../../generated/xpool/v1/resolution.js'
import { formatDuration } from '../parse/duration.js'
import { formatEnum } from '../parse/enum-name.js'
import { lines } from './table.js'

const reasons: Readonly<Record<Exclude<keyof typeof Reason, 'UNRECOGNIZED'>, string>> = {
  REASON_UNSPECIFIED: '',
  REASON_UNKNOWN_NUMBER: 'No pool has this number.',
  REASON_NUMBER_FROZEN: 'The number is frozen or quarantined.',
  REASON_ANONYMOUS_CALLER: 'The caller withholds the number, and no binding takes such a caller.',
  REASON_NO_BINDING: 'No binding on this number knows this caller.',
  REASON_NOT_STARTED: 'The binding is a booking that has not begun.',
  REASON_ENDED: 'The binding has ended.',
  REASON_TENANT_SUSPENDED: 'The tenant is suspended or revoked.',
  REASON_BANNED: 'The caller is banned.',
  REASON_RISK_THROTTLED: 'A risk rule throttles the caller.',
  REASON_DIRECTION_NOT_ALLOWED: 'The binding does not permit calls in this direction.',
  REASON_MEDIA_NOT_ALLOWED: 'The binding does not permit this medium.',
  REASON_CALL_LIMIT: 'The calls of the binding are used up.',
  REASON_NO_CALLBACK: 'A dialled its own number, and there is nobody to call back.',
}

export function resolutionText(answer: ResolveResponse): string {
  const code = Reason[answer.reason] as keyof typeof reasons | undefined
  const rejected = answer.outcome === Outcome.OUTCOME_REJECT
  return lines([
    ['outcome', formatEnum(Outcome, 'OUTCOME_', answer.outcome)],
    ['reason', rejected ? formatEnum(Reason, 'REASON_', answer.reason) : undefined],
    ['because', rejected && code !== undefined ? reasons[code] : undefined],
    ['callee', answer.callee],
    ['display', answer.display],
    ['extension digits', answer.extensionDigits > 0 ? answer.extensionDigits : undefined],
    ['binding', answer.bindingId],
    ['tenant', answer.tenant],
    ['max call', answer.maxCallMs > 0 ? formatDuration(answer.maxCallMs) : undefined],
    ['record', answer.record ? 'yes' : undefined],
    ['grace', answer.grace ? 'yes, a call-back after the end' : undefined],
    ['user data', answer.userData.length > 0 ? answer.userData.toString('base64') : undefined],
  ])
}
