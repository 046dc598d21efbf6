/** Whether the core's answer to an Allocate is permitted. A judge returns complaints; none means content. */
import type { Binding, BoundParty, Party } from '../../daemon/core/binding.js'
import type { AllocateCommand, Outcome, Refusal } from '../../daemon/core/commands.js'
import { judgeChoice } from './judge-choice.js'
import { candidate } from './naive-fit.js'
import { type Forecast, forecast, passedOver, rulesOf, wantedOf } from './naive-gates.js'
import type { NaiveRate } from './naive-rate.js'
import { allExtensions } from './naive-routes.js'
import type { NaiveShard } from './naive-shard.js'
import { termsOf, windowOf, windowReasons } from './naive-window.js'

export function judgeAllocate(
  shard: NaiveShard,
  rate: NaiveRate | undefined,
  command: AllocateCommand,
  outcome: Outcome,
  made: Binding | undefined,
): string[] {
  const { now } = shard
  const known = command.request && shard.remembered(command.tenant, command.pool, command.request.id)
  const due = known !== undefined && now < known.untilMs
  // Past its time an id may be remembered, or not.
  if (known !== undefined && (due || answersFromMemory(outcome))) {
    return judgeReplay(command, known, outcome, made)
  }
  if (known === undefined && outcome.ok && outcome.replayed) return ['I7: replayed what nobody asked before']
  const expected = forecast(shard, rate, command, now)
  if (!outcome.ok) return judgeRefusal(shard, rate, command, outcome.refusal, expected)
  if (made === undefined) return ['granted without a binding']
  if (expected.due.length > 0) return [`granted, but due was ${expected.due.join(' or ')}`]
  return judgeGrant(shard, command, expected, made)
}

export function answersFromMemory(outcome: Outcome): boolean {
  return outcome.ok ? outcome.replayed : outcome.refusal.reason === 'REQUEST_ID_REUSED'
}

function judgeReplay(
  command: AllocateCommand,
  known: { seq: number; fingerprint: string },
  outcome: Outcome,
  made: Binding | undefined,
): string[] {
  if (made !== undefined) return ['I7: a known request id made another binding']
  if (known.fingerprint === command.request!.fingerprint) {
    const right = outcome.ok && outcome.replayed && outcome.seq === known.seq
    return right ? [] : [`I7: the same request again must give binding ${known.seq}`]
  }
  if (outcome.ok) return ['I7: another request under a known id was not refused']
  const permitted = [
    'REQUEST_ID_REUSED',
    'SAME_PARTY',
    'INVALID_MODE',
    'INVALID_NUMBER',
    'INVALID_EXTENSION',
    ...windowReasons,
  ]
  return permitted.includes(outcome.refusal.reason) ? [] : [`I7: REQUEST_ID_REUSED, not ${outcome.refusal.reason}`]
}

function judgeGrant(shard: NaiveShard, command: AllocateCommand, expected: Forecast, made: Binding): string[] {
  const { now } = shard
  const pool = shard.pools.get(command.pool)!
  const window = expected.window!
  const terms = termsOf(command.wanted, pool, undefined)!
  const x = shard.numbers.find((number) => number.ordinal === made.x.ordinal)
  const y = made.y && shard.numbers.find((number) => number.ordinal === made.y!.ordinal)
  if (x === undefined || x.pool !== pool.id || (y !== undefined && y.pool !== pool.id)) return ['a foreign number']
  if ((command.mode === 'AXYB') !== (y !== undefined) || x === y) return ['AXYB takes two numbers, AXB one']
  if ((command.mode === 'AXE') !== (made.extension !== '')) return ['only AXE has an extension']
  const wanted = wantedOf(command, window, terms, made.extension)
  const chosen = candidate(shard, now, wanted, rulesOf(command, pool), x, y)
  const complaints: string[] = []
  const listed = expected.choices.some((found) => found.x === x && found.y === y)
  if (chosen.fit === 'no') complaints.push(`I1: ${x.digits}${y ? `+${y.digits}` : ''} does not fit`)
  else if (!listed) complaints.push('a number beyond the quota, or not the one asked for')
  const selection = command.selection ?? pool.selection
  const areas = command.areas
  const choice = judgeChoice(shard, now, { chosen, choices: expected.choices, selection, areas })
  if (choice !== undefined && command.x === undefined && command.y === undefined) complaints.push(choice)
  const full = window.end + terms.cooldownMs
  if (![full, ...chosen.cuts].includes(made.freeAtMs)) complaints.push(`free_at ${made.freeAtMs}, not ${full}`)
  const right = expectedBinding(command, made, { ...window, terms }, now, x.area)
  return [...complaints, ...judgeExtension(shard, command, made), ...differences(made, right)]
}

/** "Never used first": one that was chosen before is not chosen again while another was never held. */
function judgeExtension(shard: NaiveShard, command: AllocateCommand, made: Binding): string[] {
  if (command.mode !== 'AXE') return []
  const { extension, x } = made
  if (command.extension !== '') return extension === command.extension ? [] : [`extension ${extension}, not as asked`]
  const all = allExtensions(shard.pools.get(command.pool)!.extensionDigits)
  if (!all.includes(extension)) return [`${extension} is no extension of this pool`]
  const { now } = shard
  const mine = shard.on(x.ordinal, `#${extension}`, now).some((held) => held.owner === command.a.number)
  const again = shard.chosenExtensions.some((one) => one.ordinal === x.ordinal && one.extension === extension)
  if (!again || mine) return []
  const used = shard.bindings.filter((one) => one.x.ordinal === x.ordinal).map((one) => one.extension)
  const fresh = all.find((one) => !used.includes(one))
  return fresh === undefined ? [] : [`extension ${extension} was chosen again, though ${fresh} was never used`]
}

function expectedBinding(
  command: AllocateCommand,
  made: Binding,
  fixed: { start: number; end: number; terms: Binding['terms'] },
  now: number,
  area: string,
): Binding {
  const { tenant, pool, mode, orderId, userData } = command
  const [a, b, members] = [bound(command.a), command.b && bound(command.b), command.members.map(bound)]
  return {
    ...{ tenant, pool, mode, extension: made.extension, orderId, userData, area, terms: fixed.terms },
    ...{ a, b, members, firstParties: [], heldUntilMs: 0 },
    ...{ seq: made.seq, freeAtMs: made.freeAtMs, x: made.x, y: made.y },
    ...{ revision: 1, createdMs: now, startMs: fixed.start, endMs: fixed.end, released: false, releaseReason: '' },
    requestId: command.request?.id ?? '',
  }
}

/** From when a party owns its route is judged by what Resolve answers. */
export function bound(party: Party): BoundParty {
  return { ...party, sinceMs: 0 }
}

/** Fields that are not as they should be. */
export function differences(made: Binding, right: Binding): string[] {
  const show = (value: unknown) => JSON.stringify(value)
  const plain = (binding: Binding) => ({
    ...binding,
    a: bound(binding.a),
    b: binding.b && bound(binding.b),
    members: binding.members.map(bound),
    terms: { ...binding.terms, media: [...binding.terms.media].sort() },
    userData: Buffer.from(binding.userData).toString('hex'),
  })
  const [got, want] = [plain(made), plain(right)]
  const keys = Object.keys(want) as (keyof Binding)[]
  const wrong = keys.filter((key) => key !== 'terms' && show(got[key]) !== show(want[key]))
  const terms = (Object.keys(want.terms) as (keyof Binding['terms'])[]).filter(
    (key) => show(got.terms[key]) !== show(want.terms[key]),
  )
  return [
    ...wrong.map((key) => `${key}: ${show(got[key])}, not ${show(want[key])}`),
    ...terms.map((key) => `terms.${key}: ${show(got.terms[key])}, not ${show(want.terms[key])}`),
  ]
}

function judgeRefusal(
  shard: NaiveShard,
  rate: NaiveRate | undefined,
  command: AllocateCommand,
  refusal: Refusal,
  expected: Forecast,
): string[] {
  const permitted = [...expected.due, ...expected.possible]
  if (permitted.length === 0) {
    const names = expected.choices.filter((found) => found.fit === 'yes').map((found) => found.x.digits)
    return [`refused ${refusal.reason}, though ${names.join(', ')} would do`]
  }
  if (!permitted.includes(refusal.reason)) return [`refused ${refusal.reason}, not ${permitted.join(' or ')}`]
  return [...judgeCounts(shard, command, refusal), ...judgeRetry(shard, rate, command, refusal)]
}

const causes = [
  'not_in_service',
  'other_area',
  'other_family',
  'at_capacity',
  'in_use_by_a',
  'in_use_by_b',
  'cooling',
] as const

function judgeCounts(shard: NaiveShard, command: AllocateCommand, refusal: Refusal): string[] {
  if (refusal.reason !== 'POOL_EXHAUSTED') return []
  const { metadata = {} } = refusal
  const pool = shard.pools.get(command.pool)!
  const numbers = shard.numbers.filter((number) => number.pool === pool.id)
  const count = (cause: string) => Number(metadata[cause] ?? 0)
  const total = causes.reduce((sum, cause) => sum + count(cause), 0)
  const complaints: string[] = []
  if (Number(metadata['candidates']) !== numbers.length) complaints.push(`candidates: ${metadata['candidates']}`)
  const right = command.mode === 'AXYB' ? total <= numbers.length : total === numbers.length
  if (!right) complaints.push(`the causes add up to ${total} of ${numbers.length}: ${JSON.stringify(metadata)}`)
  if (command.mode === 'AXYB') return complaints
  const rules = rulesOf(command, pool)
  const window = windowOf(command, pool, shard.tenants.get(command.tenant)!, shard.now)!
  const wanted = wantedOf(command, window, termsOf(command.wanted, pool, undefined)!)
  const expected = numbers.map((number) => passedOver(shard, shard.now, rules, wanted, number))
  for (const cause of ['not_in_service', 'other_area', 'other_family', 'at_capacity'] as const) {
    const possible = expected.filter((found) => found.includes(cause))
    const certain = possible.filter((found) => found.length === 1)
    const right = count(cause) >= certain.length && count(cause) <= possible.length
    if (!right) complaints.push(`${cause}: ${count(cause)}, not ${certain.length} to ${possible.length}`)
  }
  return complaints
}

/** Nothing may succeed before retryAtMs; without one, nothing ever, unless an operator acts. */
function judgeRetry(
  shard: NaiveShard,
  rate: NaiveRate | undefined,
  command: AllocateCommand,
  refusal: Refusal,
): string[] {
  const late = refusal.reason.startsWith('QUOTA') || refusal.reason === 'POOL_EXHAUSTED'
  if (refusal.retryAtMs === undefined && !late) return []
  const { retryAtMs = Infinity } = refusal
  const times = shard.bindings.flatMap((binding) => [binding.endMs, binding.freeAtMs, binding.startMs])
  const soon = [1, 1_000, 60_000, 86_400_000].map((ms) => shard.now + ms)
  const all = [...times, ...shard.held.map((held) => held.freeAt), ...soon, retryAtMs - 1]
  for (const at of all) {
    if (at <= shard.now || at >= retryAtMs || at === Infinity) continue
    const then = forecast(shard, rate, command, at)
    if (then.due.length > 0 || then.possible.length > 0) continue
    return [`${refusal.reason}: retry at ${refusal.retryAtMs ?? 'never'}, but it would succeed at ${at}`]
  }
  return []
}
