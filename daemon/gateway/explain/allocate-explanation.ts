/** What an Allocate would come to, as a message and in a sentence or two. */
import type { ChosenBy, Explanation, PassedOver, Refusal } from '../../core/commands.js'
import type { DirectoryView } from '../../directory/view.js'
import type { AllocateExplanation, Binding as BindingMessage } from '../../generated/xpool/v1/types.js'
import { bindingMessage } from '../binding-message.js'
import type { Explained } from '../command-desk.js'
import { refusalFailure } from '../failure.js'
import { itemErrorOf } from '../status.js'
import { momentFrom } from './moment.js'

/** What a sentence says beside the explanation itself. */
interface Told {
  readonly pool: string
  readonly nowMs: number
}

/** @param pool name of the pool that was asked */
export function allocateExplanation(
  { shard, explanation }: Explained,
  pool: string,
  directory: DirectoryView,
  nowMs: number,
): AllocateExplanation {
  const { outcome, candidates } = explanation
  const passedOver = causesOf(explanation).map(([cause, numbers]) => ({ cause, numbers }))
  const counted = { candidates, passedOver }
  if (outcome.granted) {
    const whole = bindingMessage(outcome.binding, shard, directory, nowMs)
    // What would be made has no id yet; what a known request id made has its own.
    const binding = outcome.chosenBy === 'REPLAYED' ? whole : { ...whole, bindingId: '' }
    const chosenBy = outcome.chosenBy.toLowerCase()
    const summary = grantedSummary(outcome.chosenBy, binding, explanation, pool)
    return { granted: true, binding, chosenBy, refusal: undefined, ...counted, summary }
  }
  const { refusal } = outcome
  return {
    granted: false,
    binding: undefined,
    chosenBy: '',
    refusal: itemErrorOf(refusalFailure(refusal, nowMs)),
    ...counted,
    earliestRetryMs: refusal.retryAtMs,
    summary: refusedSummary(refusal, explanation, { pool, nowMs }),
  }
}

/** As a sentence goes on behind a count of numbers. */
const causeWords: Readonly<Record<PassedOver, (numbers: number) => string>> = {
  not_in_service: (numbers) => `${are(numbers)} not in service`,
  other_area: (numbers) => `${are(numbers)} outside the wanted areas`,
  other_family: (numbers) => `${numbers === 1 ? 'carries' : 'carry'} bindings of another kind`,
  at_capacity: (numbers) => `${are(numbers)} full`,
  in_use_by_a: (numbers) => `${are(numbers)} in use by a`,
  in_use_by_b: (numbers) => `${are(numbers)} in use by b or others`,
  cooling: (numbers) => `${are(numbers)} cooling down`,
}

const chosenWords: Readonly<Record<Exclude<ChosenBy, 'REPLAYED'>, string>> = {
  ASKED_FOR: 'the one asked for',
  STICKY: 'on which these parties are cooling down from an earlier binding',
  IN_USE: 'in use already and with room for these parties',
  IDLE: 'which is idle',
}

function grantedSummary(chosenBy: ChosenBy, binding: BindingMessage, explanation: Explanation, pool: string): string {
  const numbers =
    binding.numberY === '' ? `number ${binding.number}` : `numbers ${binding.number} and ${binding.numberY}`
  if (chosenBy === 'REPLAYED') {
    return `Granted: this request id made binding ${binding.bindingId} on ${numbers}, and gets it again.`
  }
  const extension = binding.extension === '' ? '' : ` with extension ${binding.extension}`
  const area = binding.area === '' ? '' : ` in area ${binding.area}`
  const granted = `Granted: ${numbers}${area}${extension}, ${chosenWords[chosenBy]}.`
  const passed = passedOverWords(explanation)
  return passed === '' ? granted : `${granted} Of the ${count(explanation.candidates)} of pool ${pool} ${passed}.`
}

function refusedSummary(refusal: Refusal, explanation: Explanation, { pool, nowMs }: Told): string {
  const retry =
    refusal.retryAtMs === undefined
      ? ''
      : ` The earliest retry that can succeed is ${momentFrom(refusal.retryAtMs, nowMs)}.`
  if (refusal.reason !== 'POOL_EXHAUSTED') return `Refused: ${refusal.message}.${retry}`
  const { candidates } = explanation
  if (candidates === 0) return `Refused: pool ${pool} has no numbers. An operator must add some.`
  const passed = passedOverWords(explanation)
  const causes = passed === '' ? '' : ` ${passed}.`
  const none =
    candidates === 1
      ? `the only number of pool ${pool} does not fit`
      : `none of the ${count(candidates)} of pool ${pool} fits`
  const help = retry === '' ? ' Waiting does not help: an operator must add numbers or put some in service.' : retry
  return `Refused: ${none}.${causes}${help}`
}

function passedOverWords(explanation: Explanation): string {
  return causesOf(explanation)
    .map(([cause, numbers]) => `${thousands(numbers)} ${causeWords[cause](numbers)}`)
    .join(', ')
}

function causesOf({ passedOver }: Explanation): [PassedOver, number][] {
  const causes = Object.keys(causeWords) as PassedOver[]
  return causes.map((cause): [PassedOver, number] => [cause, passedOver[cause]]).filter(([, numbers]) => numbers > 0)
}

function are(numbers: number): string {
  return numbers === 1 ? 'is' : 'are'
}

function count(numbers: number): string {
  return numbers === 1 ? '1 number' : `${thousands(numbers)} numbers`
}

function thousands(numbers: number): string {
  return numbers.toLocaleString('en')
}
