import { describe, expect, test } from 'vitest'
import type { Explanation, PassedOver, Refusal } from '../../core/commands.js'
import { reservationsOf } from '../../core/reservation.js'
import type { RejectReason } from '../../core/resolve-steps.js'
import { sampleAllocate } from '../../core/testing.js'
import { blank } from '../resolver.js'
import { MemoryDirectory, tenantDemo } from '../testing/memory-directory.js'
import { MemoryShard } from '../testing/memory-shard.js'
import { a, b, nowMs, x } from '../testing/serve.js'
import { allocateExplanation } from './allocate-explanation.js'
import { moment, momentFrom } from './moment.js'
import { resolveExplanation } from './resolve-explanation.js'

const directory = new MemoryDirectory([x])
const shard = new MemoryShard(directory, () => nowMs)
const wanted = sampleAllocate(a, b, { wanted: { ...sampleAllocate(a, b).wanted, maxCalls: 3 } })
await new Promise((answered) => shard.submit(0, wanted, { deadlineMs: Infinity, signal: undefined }, answered))
const binding = shard.bindings.get(1)!
const none: Record<PassedOver, number> = {
  not_in_service: 0,
  other_area: 0,
  other_family: 0,
  at_capacity: 0,
  in_use_by_a: 0,
  in_use_by_b: 0,
  cooling: 0,
}

function refusedSummary(refusal: Partial<Refusal>, candidates = 0, passedOver: Partial<typeof none> = {}): string {
  const explanation: Explanation = {
    outcome: { granted: false, refusal: { reason: 'POOL_EXHAUSTED', message: 'no number', ...refusal } },
    candidates,
    passedOver: { ...none, ...passedOver },
  }
  return allocateExplanation({ shard: 0, explanation }, 'rides', directory, nowMs).summary
}

describe('moments', () => {
  test('name the day where it is another, and never come too early', () => {
    expect(moment(nowMs, nowMs)).toBe('at 08:00:00 UTC')
    expect(moment(nowMs + 86_400_000, nowMs)).toBe('on 2027-01-16 at 08:00:00 UTC')
    expect(momentFrom(nowMs + 1, nowMs)).toBe('at 08:00:01 UTC')
  })
})

describe('a refusal that an operator understands without the manual', () => {
  test('a full pool: counts by cause and the time of a retry', () => {
    expect(refusedSummary({ retryAtMs: nowMs + 10_000 }, 100, { in_use_by_a: 60, cooling: 40 })).toBe(
      'Refused: none of the 100 numbers of pool rides fits. 60 are in use by a, 40 are cooling down. ' +
        'The earliest retry that can succeed is at 08:00:10 UTC.',
    )
  })

  test('a pool that time does not mend', () => {
    expect(refusedSummary({}, 1, { not_in_service: 1 })).toBe(
      'Refused: the only number of pool rides does not fit. 1 is not in service. ' +
        'Waiting does not help: an operator must add numbers or put some in service.',
    )
    expect(refusedSummary({})).toBe('Refused: pool rides has no numbers. An operator must add some.')
  })

  test('any other refusal in its own words', () => {
    expect(refusedSummary({ reason: 'QUOTA_RATE', message: 'too fast', retryAtMs: nowMs + 500 })).toBe(
      'Refused: too fast. The earliest retry that can succeed is at 08:00:01 UTC.',
    )
    expect(refusedSummary({ reason: 'PARTY_BANNED', message: 'a is banned' })).toBe('Refused: a is banned.')
  })
})

test('a grant says how the number was come by, and what else was out of the question', () => {
  const explanation: Explanation = {
    outcome: { granted: true, binding, chosenBy: 'IN_USE' },
    candidates: 1_200,
    passedOver: { ...none, in_use_by_a: 1, other_family: 1_000 },
  }
  expect(allocateExplanation({ shard: 0, explanation }, 'rides', directory, nowMs).summary).toBe(
    `Granted: number ${x}, in use already and with room for these parties. ` +
      'Of the 1,200 numbers of pool rides 1,000 carry bindings of another kind, 1 is in use by a.',
  )
})

describe('a Resolve', () => {
  const number = directory.number(x)!
  const [first] = reservationsOf(binding)
  const source = { number, reservation: first!.reservation }
  const explained = (answer: Parameters<typeof resolveExplanation>[0]['answer'], at = nowMs) =>
    resolveExplanation({ answer, response: blank(), nowMs: at }, directory)

  test.each<[RejectReason, number, string]>([
    ['UNKNOWN_NUMBER', 1, 'in no pool'],
    ['NUMBER_FROZEN', 2, 'frozen or quarantined'],
    ['ANONYMOUS_CALLER', 4, 'withholds'],
    ['NO_BINDING', 4, 'no route of this number knows'],
    ['NOT_STARTED', 5, 'starts at 08:00:00 UTC'],
    ['ENDED', 5, 'ended at 08:01:00 UTC'],
    ['TENANT_SUSPENDED', 6, 'tenant demo is suspended'],
    ['BANNED', 6, 'a ban keeps the caller'],
    ['DIRECTION_NOT_ALLOWED', 7, 'runs A_TO_B'],
    ['MEDIA_NOT_ALLOWED', 7, 'carries VOICE and SMS alone'],
    ['CALL_LIMIT', 7, 'the 3 calls of binding'],
    ['NO_CALLBACK', 7, 'nobody to call back'],
  ])('%s is settled by step %i, and said so', (reason, step, words) => {
    const found = explained({ outcome: 'REJECT', reason, source: step <= 4 ? undefined : source })
    expect(found).toMatchObject({ step, route: step <= 4 ? undefined : { tenant: 'demo' } })
    expect(found.summary).toContain(words)
    expect(found.summary).toMatch(/^Rejected: .*\.$/)
  })

  test('grace says until when, and nobody is named', () => {
    const graceful = { ...source, reservation: { ...source.reservation, graceMs: 30_000 } }
    const answer = { outcome: 'CONNECT', source: graceful, tenant: tenantDemo, callee: b, grace: true } as const
    const { summary } = explained(answer, nowMs + 70_000)
    expect(summary).toContain('ended at 08:01:00 UTC')
    expect(summary).toContain('until it ends at 08:01:30 UTC')
    for (const party of [a, b]) expect(summary).not.toContain(party)
  })

  test('extensions and fallbacks have no route', () => {
    expect(explained({ outcome: 'COLLECT_EXTENSION', digits: 4 })).toMatchObject({ step: 4, route: undefined })
    expect(explained({ outcome: 'FALLBACK', callee: '10086', maxCallMs: 1 }).summary).toContain('fallback')
  })

  test.each([
    ['EXTENSION', 'PARTY', 'extension'],
    ['EXTENSION', 'CALLBACK', 'exact'],
    ['EXCLUSIVE', 'PARTY', 'any'],
    ['PAIR', 'PARTY', 'exact'],
  ] as const)('a route of the family %s and role %s has the key %s', (family, role, callerKey) => {
    const reservation = { ...source.reservation, family, role }
    const found = explained({ outcome: 'REJECT', reason: 'ENDED', source: { number, reservation } })
    expect(found.route).toMatchObject({ callerKey, role: role.toLowerCase() })
  })
})
