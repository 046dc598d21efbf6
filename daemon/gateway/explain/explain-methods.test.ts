import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import type { Explanation, PassedOver } from '../../core/commands.js'
import type { AllocateRequest } from '../../generated/xpool/v1/allocation.js'
import { Outcome, Reason, type ResolveRequest } from '../../generated/xpool/v1/resolution.js'
import { Direction, Media } from '../../generated/xpool/v1/types.js'
import { tenantDemo } from '../testing/memory-directory.js'
import { a, allocateRequest, b, nowMs, resolveRequest, serve, unary, x } from '../testing/serve.js'

type Served = Awaited<ReturnType<typeof serve>>

const none: Record<PassedOver, number> = {
  not_in_service: 0,
  other_area: 0,
  other_family: 0,
  at_capacity: 0,
  in_use_by_a: 0,
  in_use_by_b: 0,
  cooling: 0,
}
const exhausted: Explanation = {
  outcome: {
    granted: false,
    refusal: { reason: 'POOL_EXHAUSTED', message: 'no number', retryAtMs: nowMs + 10_000 },
  },
  candidates: 2,
  passedOver: { ...none, in_use_by_a: 1, cooling: 1 },
}

function asker({ allocation, administration }: Served) {
  const explain = (question: never, tenant: string) => unary(allocation.explain.bind(allocation), { tenant, question })
  const explainAny = (question: never) => unary(administration.explainAny.bind(administration), { question })
  return {
    allocate: (change: Partial<AllocateRequest> = {}, tenant = 'demo') =>
      explain({ $case: 'allocate', value: allocateRequest(change) } as never, tenant),
    resolve: (change: Partial<ResolveRequest> = {}, tenant = 'demo') =>
      explain({ $case: 'resolve', value: resolveRequest(change) } as never, tenant),
    anyAllocate: (change: Partial<AllocateRequest> = {}) =>
      explainAny({ $case: 'allocate', value: allocateRequest(change) } as never),
    anyResolve: (change: Partial<ResolveRequest> = {}) =>
      explainAny({ $case: 'resolve', value: resolveRequest(change) } as never),
    nothing: () => explain(undefined as never, 'demo'),
    anyNothing: () => explainAny(undefined as never),
  }
}

/** A gateway whose shard would grant the binding it once made. */
async function granting(chosenBy: 'IDLE' | 'REPLAYED' = 'IDLE') {
  const one = await serve()
  await one.allocate({ orderId: 'o1', userData: Buffer.from('note') })
  const binding = one.shard.bindings.get(1)!
  one.shard.explanation = { outcome: { granted: true, binding, chosenBy }, candidates: 2, passedOver: none }
  return one
}

describe('Explain of an Allocate', () => {
  test('what it would make, without an id, and nothing is made', async () => {
    await using one = await granting()
    const submitted = one.shard.submitted.length
    const came = await asker(one).allocate({ tenant: '' })
    expect(came).toMatchObject({
      ok: {
        explanation: {
          $case: 'allocate',
          value: {
            granted: true,
            chosenBy: 'idle',
            binding: { bindingId: '', number: x, a: { number: a }, orderId: 'o1' },
            candidates: 2,
            summary: `Granted: number ${x}, which is idle.`,
          },
        },
      },
    })
    expect(one.shard.submitted).toHaveLength(submitted)
    expect(one.shard.explained).toMatchObject([{ type: 'allocate', tenant: 1, a: { number: a } }])
  })

  test('a known request id shows the binding that it made', async () => {
    await using one = await granting('REPLAYED')
    const came = await asker(one).allocate()
    expect(came).toMatchObject({ ok: { explanation: { value: { chosenBy: 'replayed' } } } })
    if (!('ok' in came) || came.ok.explanation?.$case !== 'allocate') throw new Error('no explanation')
    expect(came.ok.explanation.value.binding?.bindingId).not.toBe('')
  })

  test('a refusal is part of the answer, as Allocate would say it', async () => {
    await using one = await serve()
    one.shard.explanation = exhausted
    expect(await asker(one).allocate()).toMatchObject({
      ok: {
        explanation: {
          value: {
            granted: false,
            refusal: { code: status.RESOURCE_EXHAUSTED, reason: 'POOL_EXHAUSTED', retryAfterMs: 10_000 },
            passedOver: [
              { cause: 'in_use_by_a', numbers: 1 },
              { cause: 'cooling', numbers: 1 },
            ],
            earliestRetryMs: nowMs + 10_000,
          },
        },
      },
    })
  })

  test('what is wrong with the request itself is refused as Allocate refuses it', async () => {
    await using one = await serve()
    const ask = asker(one)
    expect(await ask.allocate({ b: undefined })).toMatchObject({
      reason: 'INVALID_NUMBER',
      metadata: { field: 'b.number' },
    })
    expect(await ask.allocate({ pool: 'nowhere' })).toMatchObject({ reason: 'POOL_NOT_FOUND' })
    expect(await ask.allocate({}, '')).toMatchObject({ reason: 'FIELD_REQUIRED', metadata: { field: 'tenant' } })
    expect(await ask.nothing()).toMatchObject({ reason: 'FIELD_REQUIRED', metadata: { field: 'question' } })
    expect(await ask.anyNothing()).toMatchObject({ reason: 'FIELD_REQUIRED' })
  })

  test('a loading shard explains nothing yet', async () => {
    await using one = await serve()
    expect(await asker(one).allocate()).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHARD_RESTARTING' })
  })

  test('another tenant is nobody to ask about', async () => {
    await using one = await granting()
    expect(await asker(one).allocate({ tenant: 'other' })).toMatchObject({
      code: status.PERMISSION_DENIED,
      reason: 'TENANT_MISMATCH',
    })
    expect(one.shard.explained).toEqual([])
  })
})

describe('Explain of a Resolve', () => {
  test('the answer, the step and the route', async () => {
    await using one = await serve()
    await one.allocate({ graceMs: 1_000 })
    expect(await asker(one).resolve()).toMatchObject({
      ok: {
        explanation: {
          $case: 'resolve',
          value: {
            response: { outcome: Outcome.OUTCOME_CONNECT, callee: b, display: x },
            explanation: {
              step: 8,
              stepName: 'connect',
              route: {
                tenant: 'demo',
                callerKey: 'exact',
                role: 'party',
                startMs: nowMs,
                endMs: nowMs + 60_000,
                graceUntilMs: nowMs + 61_000,
                direction: Direction.DIRECTION_BOTH,
                routeDirection: Direction.DIRECTION_A_TO_B,
                media: [Media.MEDIA_VOICE, Media.MEDIA_SMS],
              },
            },
          },
        },
      },
    })
  })

  test('where no route is found there is none to show, whoever asks', async () => {
    await using one = await serve()
    expect(await asker(one).resolve()).toMatchObject({
      ok: {
        explanation: {
          value: { response: { reason: Reason.REASON_NO_BINDING }, explanation: { step: 4, route: undefined } },
        },
      },
    })
    expect(await asker(one).resolve({ number: '' })).toMatchObject({ reason: 'INVALID_NUMBER' })
    expect(await asker(one).resolve({}, 'nobody')).toMatchObject({ reason: 'TENANT_NOT_FOUND' })
  })

  test('a route of another tenant is not shown', async () => {
    await using one = await serve()
    one.directory.tenantRows.set('other', { ...tenantDemo, id: 2, name: 'other' })
    await one.allocate()
    expect(await asker(one).resolve({}, 'other')).toMatchObject({
      code: status.PERMISSION_DENIED,
      reason: 'TENANT_MISMATCH',
    })
  })

  test('counts as a method of its own, never as an answer to a call', async () => {
    await using one = await serve()
    await asker(one).resolve()
    const text = await one.registry.metrics()
    expect(text).toContain('xpool_requests_total{method="Explain",code="OK"} 1')
    expect(text).toContain('xpool_resolve_outcomes_total{outcome="REJECT",reason="NO_BINDING"} 0')
  })
})

describe('ExplainAny shows no party in clear', () => {
  test('of an Allocate', async () => {
    await using one = await granting()
    const came = await asker(one).anyAllocate()
    expect(came).toMatchObject({
      ok: {
        explanation: {
          value: {
            binding: {
              number: x,
              a: { number: '138******01', verificationRef: '' },
              b: { number: '139******02' },
              orderId: '',
              userData: Buffer.alloc(0),
            },
          },
        },
      },
    })
    for (const party of [a, b]) expect(JSON.stringify(came)).not.toContain(party)
  })

  test('of a Resolve', async () => {
    await using one = await serve()
    await one.allocate({ userData: Buffer.from('note') })
    const came = await asker(one).anyResolve()
    expect(came).toMatchObject({
      ok: { explanation: { value: { response: { callee: '139******02', display: x, userData: Buffer.alloc(0) } } } },
    })
    for (const party of [a, b]) expect(JSON.stringify(came)).not.toContain(party)
  })
})
