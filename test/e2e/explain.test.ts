/** Explain: what would happen and why, without anything happening. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { Policies } from '../../daemon/generated/xpool/v1/administration.js'
import { AllocateRequest } from '../../daemon/generated/xpool/v1/allocation.js'
import { Outcome, Reason, ResolveRequest } from '../../daemon/generated/xpool/v1/resolution.js'
import {
  type AllocateExplanation,
  Direction,
  Media,
  Mode,
  NumberState,
  Qualification,
  Selection,
} from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import {
  allocate,
  ask,
  axb,
  blankTenant,
  lend,
  nowOf,
  person,
  refusal,
  refused,
  ttl,
  untilTime,
  type Wanted,
} from './world.js'

let data: string
let daemon: Daemon
let client: XpoolClient
let other: XpoolClient

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
  client = daemon.connect()
  other = daemon.connect()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

function allocateRequest(wanted: Wanted): AllocateRequest {
  return { ...AllocateRequest.decode(new Uint8Array()), ...wanted } as AllocateRequest
}

async function explain(wanted: Wanted): Promise<AllocateExplanation> {
  const question = { $case: 'allocate', value: allocateRequest(wanted) } as const
  const { explanation } = await other.explain({ tenant: wanted.tenant, question })
  if (explanation?.$case !== 'allocate') throw new Error('the explanation is not of an allocate')
  return explanation.value
}

async function explainResolve(tenant: string, number: string, caller: string, more: Partial<ResolveRequest> = {}) {
  const value = { ...ResolveRequest.decode(new Uint8Array()), number, caller, ...more }
  const { explanation } = await other.explain({ tenant, question: { $case: 'resolve', value } })
  if (explanation?.$case !== 'resolve') throw new Error('the explanation is not of a resolve')
  return { response: explanation.value.response!, why: explanation.value.explanation! }
}

const counts = ({ passedOver }: AllocateExplanation) =>
  Object.fromEntries(passedOver.filter(({ numbers }) => numbers > 0).map(({ cause, numbers }) => [cause, numbers]))

const setState = (number: string, state: NumberState) =>
  client.setNumberState({ target: { $case: 'number', value: number }, state })

describe('an Allocate that would be granted', () => {
  test('shows the binding that it would make, and how the number was come by', async () => {
    const lent = await lend(client, { pool: { selection: Selection.SELECTION_PACK, sparePercent: 0 } })
    const [a, b] = [person(), person()]
    const idle = await explain(axb(lent, a, b, { orderId: 'o-1' }))
    expect(idle).toMatchObject({ granted: true, chosenBy: 'idle', candidates: 3, refusal: undefined })
    expect(idle.binding).toMatchObject({ bindingId: '', tenant: lent.tenant, pool: lent.pool, orderId: 'o-1' })
    expect(idle.earliestRetryMs).toBeUndefined()
    expect(idle.summary).not.toBe('')
    const made = await allocate(client, axb(lent, a, b, { orderId: 'o-1', requestId: 'known' }))
    expect(made.number).toBe(idle.binding!.number)
    const inUse = await explain(axb(lent, person(), person()))
    expect(inUse).toMatchObject({ granted: true, chosenBy: 'in_use', binding: { number: made.number } })
    const free = lent.numbers.find((number) => number !== made.number)!
    const askedFor = await explain(axb(lent, a, person(), { number: free }))
    expect(askedFor).toMatchObject({ granted: true, chosenBy: 'asked_for', binding: { number: free } })
    const replayed = await explain(axb(lent, a, b, { orderId: 'o-1', requestId: 'known' }))
    expect(replayed).toMatchObject({ granted: true, chosenBy: 'replayed', binding: { bindingId: made.bindingId } })
    await client.release({ bindingId: made.bindingId })
    const sticky = await explain(axb(lent, a, b))
    expect(sticky).toMatchObject({ granted: true, chosenBy: 'sticky', binding: { number: made.number } })
  })

  test('changes nothing', async () => {
    const lent = await lend(client)
    const [a, b] = [person(), person()]
    const before = await client.getStats({ pool: lent.pool })
    const { binding } = await explain(axb(lent, a, b, { requestId: 'only asked' }))
    const after = await client.getStats({ pool: lent.pool })
    expect({ ...after, nowMs: 0 }).toEqual({ ...before, nowMs: 0 })
    expect(await ask(client, binding!.number, a)).toBe('NO_BINDING')
    expect((await client.listBindings({ tenant: lent.tenant })).bindings).toEqual([])
    // The request id was not used up either.
    expect((await client.allocate(axb(lent, b, a, { requestId: 'only asked' }))).replayed).toBe(false)
  })

  test('I4: costs no quota, not even of the rate', async () => {
    const quotas = { allocationsPerSecond: 1, allocationsBurst: 1, allocationsPerPartyPerDay: 1, liveBindings: 1 }
    const lent = await lend(client, { quotas })
    const [a, b] = [person(), person()]
    for (let i = 0; i < 10; i += 1) expect((await explain(axb(lent, a, b))).granted).toBe(true)
    await allocate(client, axb(lent, a, b))
  })
})

describe('an Allocate that would be refused', () => {
  test('says what Allocate says, with every number under its first cause and the earliest retry', async () => {
    const lent = await lend(client, { numbers: 5, pool: { sparePercent: 0 } })
    const [a, b] = [person(), person()]
    const [one, two, three, four, five] = lent.numbers as [string, string, string, string, string]
    await allocate(client, axb(lent, a, person(), { number: one }))
    await allocate(client, axb(lent, b, person(), { number: two, expiry: ttl(60_000), cooldownMs: 0 }))
    const ended = await allocate(client, axb(lent, a, person(), { number: three, cooldownMs: 30_000 }))
    const { binding: cooling } = await client.release({ bindingId: ended.bindingId })
    await setState(four, NumberState.NUMBER_STATE_DRAINING)
    await allocate(client, axb(lent, person(), '', { mode: Mode.MODE_AX, b: undefined, number: five }))
    const why = await explain(axb(lent, a, b))
    expect(why).toMatchObject({ granted: false, binding: undefined, candidates: 5 })
    expect(counts(why)).toEqual({ not_in_service: 1, other_family: 1, in_use_by_a: 1, in_use_by_b: 1, cooling: 1 })
    expect(why.refusal).toMatchObject({ code: 8, reason: 'POOL_EXHAUSTED' })
    expect(why.refusal!.metadata).toMatchObject({ candidates: '5', cooling: '1' })
    expect(why.summary).not.toBe('')
    expect(why.earliestRetryMs).toBeGreaterThan(await nowOf(client))
    expect(why.earliestRetryMs).toBeLessThanOrEqual(cooling!.cooldownUntilMs)
    const error = await refusal(client.allocate(axb(lent, a, b)))
    expect(error.reason).toBe('POOL_EXHAUSTED')
    const told = Object.entries(error.metadata).filter(([key]) => key in counts(why))
    expect(Object.fromEntries(told.map(([key, value]) => [key, Number(value)]))).toEqual(counts(why))
  })

  test('a retry at the earliest time named can succeed', async () => {
    const lent = await lend(client, { numbers: 1 })
    const a = person()
    const first = await allocate(client, axb(lent, a, person(), { cooldownMs: 700 }))
    await client.release({ bindingId: first.bindingId })
    const why = await explain(axb(lent, a, person()))
    await untilTime(client, why.earliestRetryMs!)
    await allocate(client, axb(lent, a, person()))
  })

  test('names no time when only an operator can help', async () => {
    const lent = await lend(client, { numbers: 2 })
    for (const number of lent.numbers) await setState(number, NumberState.NUMBER_STATE_FROZEN)
    const why = await explain(axb(lent, person(), person()))
    expect(counts(why)).toEqual({ not_in_service: 2 })
    expect(why.earliestRetryMs).toBeUndefined()
    expect(why.refusal!.retryAfterMs).toBeUndefined()
  })

  test('names the gate or quota that closes', async () => {
    const gated = { ...Policies.decode(new Uint8Array()), orderIdRequired: true }
    const lent = await lend(client, { quotas: { liveBindings: 0 }, tenant: { policies: gated } })
    const [a, b] = [person(), person()]
    const reason = async (more: Wanted) => (await explain(axb(lent, a, b, more))).refusal?.reason
    expect(await reason({})).toBe('ORDER_REQUIRED')
    expect(await reason({ orderId: 'o' })).toBe('QUOTA_LIVE_BINDINGS')
    await client.banCaller({ caller: b })
    expect(await reason({ orderId: 'o' })).toBe('PARTY_BANNED')
    const name = lent.tenant
    const qualification = Qualification.QUALIFICATION_SUSPENDED
    await client.updateTenant({ tenant: { ...blankTenant(), name, qualification } })
    expect(await reason({ orderId: 'o' })).toBe('TENANT_SUSPENDED')
  })

  test('names the area rule: nothing is hidden', async () => {
    const lent = await lend(client, { numbers: 2 })
    const why = await explain(axb(lent, person(), person(), { areas: ['oslo'], areaStrict: true }))
    expect(why.granted).toBe(false)
    expect(counts(why)).toEqual({ other_area: 2 })
  })
})

describe('a Resolve', () => {
  test('is answered as Resolve answers it, with the step that decided and the route', async () => {
    const lent = await lend(client, { numbers: 2 })
    const [a, b] = [person(), person()]
    const direction = Direction.DIRECTION_A_TO_B
    const binding = await allocate(client, axb(lent, a, b, { media: [Media.MEDIA_VOICE], direction }))
    const { number: x, bindingId } = binding
    const { tenant } = lent
    const step = async (number: string, caller: string, more: Partial<ResolveRequest> = {}) => {
      const { response, why } = await explainResolve(tenant, number, caller, more)
      expect(response).toEqual(await client.resolve({ number, caller, ...more }))
      expect([why.stepName, why.summary]).not.toContain('')
      return [why.step, why.route?.bindingId]
    }
    expect(await step('70099999999', a)).toEqual([1, undefined])
    expect(await step(x, person())).toEqual([4, undefined])
    expect(await step(x, '')).toEqual([4, undefined])
    expect(await step(x, a)).toEqual([8, bindingId])
    expect(await step(x, b)).toEqual([7, bindingId])
    expect(await step(x, a, { media: Media.MEDIA_SMS })).toEqual([7, bindingId])
    await client.banCaller({ caller: a })
    expect(await step(x, a)).toEqual([6, bindingId])
    await client.unbanCaller({ caller: a })
    await client.release({ bindingId })
    expect(await step(x, a)).toEqual([5, bindingId])
    await setState(x, NumberState.NUMBER_STATE_FROZEN)
    expect((await step(x, a))[0]).toBe(2)
  })

  test('shows the route: whose it is, from when to when, and what it carries', async () => {
    const lent = await lend(client)
    const [a, b] = [person(), person()]
    const wanted = { graceMs: 5_000, cooldownMs: 10_000, media: [Media.MEDIA_VOICE] }
    const { number, bindingId, startMs, endMs } = await allocate(client, axb(lent, a, b, wanted))
    const { why } = await explainResolve(lent.tenant, number, a)
    expect(why.route).toMatchObject({
      ...{ bindingId, tenant: lent.tenant, callerKey: 'exact', startMs, endMs },
      ...{ graceUntilMs: endMs + 5_000, freeAtMs: endMs + 10_000, media: [Media.MEDIA_VOICE] },
      routeDirection: Direction.DIRECTION_A_TO_B,
    })
    for (const [mode, key] of [
      [Mode.MODE_AX, 'any'],
      [Mode.MODE_AXE, 'extension'],
    ] as const) {
      const made = await allocate(client, axb(lent, person(), '', { mode, b: undefined }))
      const { extension } = made
      const explained = await explainResolve(lent.tenant, made.number, person(), { extension })
      expect(explained.why.route).toMatchObject({ callerKey: key, routeDirection: Direction.DIRECTION_B_TO_A })
    }
  })

  test('counts as no call and leaves nothing behind', async () => {
    const lent = await lend(client)
    const [a, b] = [person(), person()]
    const { number } = await allocate(client, axb(lent, a, b, { maxCalls: 1 }))
    for (let i = 0; i < 5; i += 1) await explainResolve(lent.tenant, number, a)
    expect(await ask(client, number, a)).toBe(`${b} sees ${number}`)
  })

  test("shows a tenant nothing of another tenant's binding", async () => {
    const [mine, theirs] = [await lend(client), await lend(client)]
    const [a, b] = [person(), person()]
    const { number, bindingId } = await allocate(client, axb(theirs, a, b, { userData: Buffer.from('secret') }))
    const value = { ...ResolveRequest.decode(new Uint8Array()), number, caller: a }
    const shown = await other.explain({ tenant: mine.tenant, question: { $case: 'resolve', value } }).then(
      (answer) => JSON.stringify(answer),
      (error: Error) => error.message,
    )
    for (const secret of [b, bindingId, theirs.tenant]) expect(shown).not.toContain(secret)
  })
})

describe('ExplainAny', () => {
  test('explains the same to an operator, and shows no party in clear', async () => {
    const lent = await lend(client)
    const [a, b] = [person(), person()]
    const { number } = await allocate(client, axb(lent, a, b))
    const resolve = { ...ResolveRequest.decode(new Uint8Array()), number, caller: a }
    const resolved = await other.explainAny({ question: { $case: 'resolve', value: resolve } })
    expect(resolved.explanation).toMatchObject({
      $case: 'resolve',
      value: { response: { outcome: Outcome.OUTCOME_CONNECT, reason: Reason.REASON_UNSPECIFIED, display: number } },
    })
    const wanted = allocateRequest(axb(lent, a, person()))
    const allocated = await other.explainAny({ question: { $case: 'allocate', value: wanted } })
    expect(allocated.explanation).toMatchObject({ $case: 'allocate', value: { granted: true } })
    const shown = JSON.stringify([resolved, allocated])
    for (const secret of [a, b, wanted.b!.number]) expect(shown).not.toContain(secret)
  })
})

test('Explain needs a tenant that exists, and a question', async () => {
  const lent = await lend(client)
  const unnamed = client.explain({
    question: { $case: 'allocate', value: allocateRequest(axb(lent, person(), person())) },
  })
  expect((await refusal(unnamed)).codeName).toBe('INVALID_ARGUMENT')
  expect((await refusal(client.explain({ tenant: lent.tenant }))).codeName).toBe('INVALID_ARGUMENT')
  const value = { ...ResolveRequest.decode(new Uint8Array()), number: lent.numbers[0]!, caller: person() }
  const unknown = client.explain({ tenant: 'nobody', question: { $case: 'resolve', value } })
  expect(await refused(unknown)).toBe('NOT_FOUND TENANT_NOT_FOUND')
})
