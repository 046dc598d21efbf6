/** An answer of Resolve for people. It shows the callee: that is the answer. */
import { Outcome, Reason, type ResolveResponse } from '../../generated/xpool/v1/resolution.js'
import { formatDuration } from '../parse/duration.js'
import { formatEnum } from '../parse/enum-name.js'
import { rejections } from './reason-meaning.js'
import { lines } from './table.js'

export function resolutionText(answer: ResolveResponse): string {
  const code = Reason[answer.reason] as keyof typeof rejections | undefined
  const rejected = answer.outcome === Outcome.OUTCOME_REJECT
  return lines([
    ['outcome', formatEnum(Outcome, 'OUTCOME_', answer.outcome)],
    ['reason', rejected ? formatEnum(Reason, 'REASON_', answer.reason) : undefined],
    ['because', rejected && code !== undefined ? rejections[code] : undefined],
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
