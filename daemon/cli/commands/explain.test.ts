import { describe, expect, test } from 'vitest'
import type { CannedMethods } from '../../client/canned-server.js'
import { complete } from '../../client/unary.js'
import type { ExplainAnyRequest } from '../../generated/xpool/v1/administration.js'
import type { ExplainRequest } from '../../generated/xpool/v1/allocation.js'
import { Outcome, Reason, ResolveResponse } from '../../generated/xpool/v1/resolution.js'
import {
  AllocateExplanation,
  Binding,
  BindingState,
  Direction,
  ExplainedRoute,
  Media,
  Mode,
} from '../../generated/xpool/v1/types.js'
import { runCanned as xpool } from '../canned-run.js'

const wanted = 'allocate --pool city --a 13800000001 --b 13900000002@kyc-2 --ttl 30m --areas paris'.split(' ')

function answering(value: AllocateExplanation) {
  const own: ExplainRequest[] = []
  const any: ExplainAnyRequest[] = []
  const methods: CannedMethods = {
    explain: ({ request }, answer) => {
      own.push(request)
      answer(null, { explanation: { $case: 'allocate', value } })
    },
    explainAny: ({ request }, answer) => {
      any.push(request)
      answer(null, { explanation: { $case: 'allocate', value } })
    },
  }
  return { own, any, methods }
}

const refusedFully = complete(AllocateExplanation, {
  summary: 'Refused: A and B share every number of the pool already.',
  refusal: { code: 8, reason: 'POOL_EXHAUSTED', message: 'no number', metadata: {}, retryAfterMs: 180_000 },
  candidates: 1_000,
  passedOver: [
    { cause: 'not_in_service', numbers: 0 },
    { cause: 'in_use_by_a', numbers: 12 },
    { cause: 'cooling', numbers: 985 },
    { cause: 'struck_by_lightning', numbers: 1 },
  ],
})

describe('explain allocate', () => {
  test("takes the options of allocate, as a tenant's question with --tenant, else as an operator's", async () => {
    const { own, any, methods } = answering(refusedFully)
    await xpool(methods, 'explain', ...wanted, '--tenant', 'shop', '--callback', 'fixed', '--extension', '12')
    expect(own[0]).toMatchObject({
      tenant: 'shop',
      question: {
        $case: 'allocate',
        value: {
          tenant: 'shop',
          pool: 'city',
          mode: Mode.MODE_AXB,
          b: { number: '13900000002', verificationRef: 'kyc-2' },
          expiry: { $case: 'ttlMs', value: 1_800_000 },
          areas: ['paris'],
          callback: 2,
          extension: '12',
        },
      },
    })
    const asked = own[0]!.question
    expect(asked?.$case === 'allocate' && asked.value.cooldownMs).toBeUndefined()
    await xpool(methods, 'explain', ...wanted)
    await xpool(methods, 'explain', ...wanted, '--tenant', 'shop', '--as-operator')
    expect([own.length, any.length]).toEqual([1, 2])
    expect(any[1]!.question).toMatchObject({ $case: 'allocate', value: { tenant: 'shop' } })
  })

  test('a refusal: the sentence, what it means, every number under one cause, and when to retry', async () => {
    const soon = { ...refusedFully, earliestRetryMs: Date.now() + 175_000 }
    const { code, out } = await xpool(answering(soon).methods, 'explain', ...wanted, '--tenant', 'shop')
    expect(code).toBe(0)
    const [head, , reason, means, retry, , ...counts] = out.split('\n')
    expect(head).toBe('Refused: A and B share every number of the pool already.')
    expect(reason).toMatch(/^reason +POOL_EXHAUSTED$/)
    expect(means).toMatch(/^which means +No number of the pool can take this binding at present\.$/)
    expect(retry).toMatch(/^retry from +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d, in 3 min$/)
    expect(counts.map((line) => line.split(/ {2,}/))).toEqual([
      ['OF 1,000 NUMBERS OF THE POOL', 'COUNT'],
      ['in use by A', '12'],
      ['cooling down', '985'],
      ['struck_by_lightning', '1'],
      ['could take it', '2'],
    ])
  })

  test('a refusal that no time cures says so, and points at the field', async () => {
    const bad = complete(AllocateExplanation, {
      summary: 'The window ends before it starts.',
      refusal: { code: 3, reason: 'INVALID_WINDOW', message: 'end', metadata: { field: 'end_ms' } },
    })
    const { out } = await xpool(answering(bad).methods, 'explain', ...wanted, '--tenant', 'shop')
    expect(out).toMatch(/field +end_ms\n/)
    expect(out).toMatch(/retry from +no time helps by itself/)
    expect(out).not.toContain('COUNT')
  })

  test('a grant shows the binding it would make, masked unless revealed', async () => {
    const binding = complete(Binding, {
      mode: Mode.MODE_AXE,
      number: '700123456780001',
      extension: '0042',
      a: { number: '13800000001', verificationRef: '' },
      state: BindingState.BINDING_STATE_ACTIVE,
    })
    const granted = complete(AllocateExplanation, { granted: true, binding, chosenBy: 'in_use' })
    const { methods } = answering(granted)
    const { out } = await xpool(methods, 'explain', ...wanted, '--tenant', 'shop')
    expect(out.split('\n')[0]).toBe('Granted.')
    expect(out).toMatch(/extension +0042/)
    expect(out).toMatch(/reached by +anybody who dials the number and the extension/)
    expect(out).not.toContain('COUNT')
    expect(out).not.toContain('13800000001')
    expect((await xpool(methods, 'explain', ...wanted, '--reveal')).out).toContain('13800000001')
    const json = JSON.parse((await xpool(methods, 'explain', ...wanted, '--json')).out)
    expect(json).toMatchObject({
      allocate: { granted: true, chosen_by: 'in_use', binding: { mode: 'MODE_AXE', state: 'BINDING_STATE_ACTIVE' } },
    })
  })
})

describe('explain resolve', () => {
  const route = complete(ExplainedRoute, {
    bindingId: '0a01',
    tenant: 'shop',
    callerKey: 'exact',
    role: 'party',
    startMs: Date.UTC(2026, 2, 1, 8),
    endMs: Date.UTC(2026, 2, 1, 9),
    graceUntilMs: Date.UTC(2026, 2, 1, 9, 10),
    freeAtMs: Date.UTC(2026, 2, 1, 9, 30),
    direction: Direction.DIRECTION_BOTH,
    routeDirection: Direction.DIRECTION_B_TO_A,
    media: [Media.MEDIA_VOICE],
  })
  const connect = complete(ResolveResponse, {
    outcome: Outcome.OUTCOME_CONNECT,
    callee: '13900000002',
    display: '700123456780001',
  })
  const reject = complete(ResolveResponse, { outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_NO_BINDING })
  const methods: CannedMethods = {
    explain: ({ request }, answer) => {
      expect(request).toMatchObject({
        tenant: 'shop',
        question: { value: { number: '7001', caller: '13800000001', extension: '42', media: Media.MEDIA_SMS } },
      })
      const explanation = { step: 8, stepName: 'connect', route, summary: 'They are bound until 09:00.' }
      answer(null, { explanation: { $case: 'resolve', value: { response: connect, explanation } } })
    },
    explainAny: ({ request }, answer) => {
      expect(request.question).toMatchObject({ $case: 'resolve', value: { number: '7001', caller: '' } })
      const explanation = { step: 4, stepName: 'unmatched', route: undefined, summary: 'Nobody knows the caller.' }
      answer(null, { explanation: { $case: 'resolve', value: { response: reject, explanation } } })
    },
  }
  const asTenant = 'explain resolve 7001 13800000001 --tenant shop --extension 42 --media sms'.split(' ')

  test('a route: the sentence, the answer, the step, and whose route it is until when', async () => {
    const { code, out } = await xpool(methods, ...asTenant)
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      'They are bound until 09:00.',
      '',
      'outcome  connect',
      'callee   139******02',
      'display  700123456780001',
      '',
      'settled at  step 8 of 8: connect',
      '',
      'route',
      '  binding          0a01',
      '  tenant           shop',
      '  found by         the calling number',
      '  leads to         the other party',
      '  runs             b-to-a',
      '  permitted        both',
      '  media            voice',
      '  start            2026-03-01T08:00:00Z',
      '  end              2026-03-01T09:00:00Z',
      '  call-back until  2026-03-01T09:10:00Z',
      '  owned until      2026-03-01T09:30:00Z',
    ])
    expect((await xpool(methods, ...asTenant, '--reveal')).out).toContain('13900000002')
  })

  test('without a tenant it is an operator who asks; no route is said so', async () => {
    const { out } = await xpool(methods, 'explain', 'resolve', '7001')
    expect(out).toContain('No binding on this number knows this caller.')
    expect(out).toContain('step 4 of 8: unmatched')
    expect(out).toContain('route  none')
    const { resolve } = JSON.parse((await xpool(methods, ...asTenant, '--json')).out)
    expect(resolve).toMatchObject({
      response: { outcome: 'OUTCOME_CONNECT', callee: '13900000002' },
      explanation: { step: 8, route: { route_direction: 'DIRECTION_B_TO_A', media: ['MEDIA_VOICE'] } },
    })
  })
})
