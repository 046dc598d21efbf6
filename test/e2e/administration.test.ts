/** Tenants, pools and numbers: what an operator does, and that every connection sees it at once (I6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { Policies, Quotas } from '../../daemon/generated/xpool/v1/administration.js'
import { type Binding, Mode, NumberState, Qualification } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import {
  allocate,
  ask,
  axb,
  blankPool,
  blankTenant,
  block,
  lend,
  makeTenant,
  person,
  refusal,
  refused,
  ttl,
  untilTime,
} from './world.js'

const { NUMBER_STATE_IN_SERVICE, NUMBER_STATE_DRAINING, NUMBER_STATE_FROZEN, NUMBER_STATE_RETIRED } = NumberState
const { QUALIFICATION_APPROVED, QUALIFICATION_SUSPENDED, QUALIFICATION_PENDING } = Qualification

let data: string
let daemon: Daemon
let client: XpoolClient
let others: XpoolClient[]

async function start(): Promise<void> {
  daemon = await startDaemon(data, ['--shards', '2', '--gateways', '2'])
  client = daemon.connect()
  others = [1, 2, 3, 4, 5].map(() => daemon.connect())
}

beforeAll(async () => {
  data = await dataFolder()
  await start()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

const quotas = (some: Partial<Quotas>): Quotas => ({ ...Quotas.decode(new Uint8Array()), ...some })
const policies = (some: Partial<Policies>): Policies => ({ ...Policies.decode(new Uint8Array()), ...some })
const one = (value: string) => ({ $case: 'number', value }) as const
const setState = (number: string, state: NumberState) => client.setNumberState({ target: one(number), state })

describe('tenants', () => {
  test('are made once, shown, listed by name and changed', async () => {
    const name = await makeTenant(client, { quotas: { liveBindings: 7 } })
    const again = client.createTenant({ tenant: { ...blankTenant(), name, qualification: QUALIFICATION_APPROVED } })
    expect(await refused(again)).toBe('ALREADY_EXISTS TENANT_EXISTS')
    expect(await refused(client.getTenant({ name: 'nobody' }))).toBe('NOT_FOUND TENANT_NOT_FOUND')
    const shown = (await client.getTenant({ name })).tenant!
    expect(shown).toMatchObject({ name, qualification: QUALIFICATION_APPROVED, quotas: { liveBindings: 7 } })
    await client.updateTenant({ tenant: { ...blankTenant(), name, quotas: quotas({ numbersHeld: 3 }) } })
    const changed = (await others[0]!.getTenant({ name })).tenant!
    expect(changed.quotas).toMatchObject({ liveBindings: 7, numbersHeld: 3 })
    expect(changed.qualification).toBe(QUALIFICATION_APPROVED)
    const cleared = { ...blankTenant(), name }
    await client.updateTenant({ tenant: cleared, updateMask: ['quotas.live_bindings'] })
    const left = (await others[1]!.getTenant({ name })).tenant!.quotas!
    expect([left.liveBindings, left.numbersHeld]).toEqual([undefined, 3])
    const unknown = client.updateTenant({ tenant: { ...blankTenant(), name: 'nobody' } })
    expect(await refused(unknown)).toBe('NOT_FOUND TENANT_NOT_FOUND')
  })

  test('are listed page by page in order of their names', async () => {
    const names = [await makeTenant(client), await makeTenant(client), await makeTenant(client)]
    const listed: string[] = []
    let pageToken = ''
    do {
      const page = await client.listTenants({ pageSize: 2, pageToken })
      listed.push(...page.tenants.map((tenant) => tenant.name))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(listed).toEqual([...new Set(listed)].toSorted())
    expect(listed).toEqual(expect.arrayContaining(names))
  })

  test('I6: suspension stops Allocate and Resolve at once on every connection, and approval brings both back', async () => {
    const lent = await lend(client)
    const [a, b] = [person(), person()]
    const { number: x } = await allocate(client, axb(lent, a, b))
    const { tenant: name } = lent
    await client.updateTenant({ tenant: { ...blankTenant(), name, qualification: QUALIFICATION_SUSPENDED } })
    for (const other of others) {
      expect(await ask(other, x, a)).toBe('TENANT_SUSPENDED')
      expect(await refused(other.allocate(axb(lent, a, person())))).toBe('PERMISSION_DENIED TENANT_SUSPENDED')
    }
    await client.updateTenant({ tenant: { ...blankTenant(), name, qualification: QUALIFICATION_APPROVED } })
    for (const other of others) expect(await ask(other, x, a)).toBe(`${b} sees ${x}`)
  })

  test('pending and expired ones do not allocate', async () => {
    const pending = await lend(client, { tenant: { qualification: QUALIFICATION_PENDING } })
    const expired = await lend(client, { tenant: { qualificationExpiresMs: 1 } })
    for (const lent of [pending, expired]) {
      const error = refused(client.allocate(axb(lent, person(), person())))
      expect(await error).toBe('PERMISSION_DENIED TENANT_NOT_QUALIFIED')
    }
  })

  test('policies are gates', async () => {
    const gates = { orderIdRequired: true, verificationRequired: true, modes: [Mode.MODE_AXYB], maxWindowMs: 60_000 }
    const lent = await lend(client, { tenant: { policies: policies(gates) } })
    const verified = (number: string) => ({ number, verificationRef: 'file-1' })
    const [a, b] = [verified(person()), verified(person())]
    const good = { ...axb(lent, '', ''), a, b, mode: Mode.MODE_AXYB, orderId: 'o', expiry: ttl(60_000) }
    expect(await refused(client.allocate({ ...good, orderId: '' }))).toBe('PERMISSION_DENIED ORDER_REQUIRED')
    const unverified = { ...b, verificationRef: '' }
    expect(await refused(client.allocate({ ...good, b: unverified }))).toBe('PERMISSION_DENIED PARTY_NOT_VERIFIED')
    expect(await refused(client.allocate({ ...good, mode: Mode.MODE_AXB }))).toBe(
      'PERMISSION_DENIED MODE_NOT_PERMITTED',
    )
    expect(await refused(client.allocate({ ...good, expiry: ttl(60_001) }))).toBe('INVALID_ARGUMENT INVALID_WINDOW')
    expect((await client.allocate(good)).replayed).toBe(false)
  })

  test('I4: each quota refuses the first request beyond it, and a raised one admits the next', async () => {
    const hub = person()
    const cases: [Partial<Quotas>, string, () => [string, string]][] = [
      [{ liveBindings: 2 }, 'QUOTA_LIVE_BINDINGS', () => [person(), person()]],
      [{ liveBindingsPerParty: 2 }, 'QUOTA_PER_PARTY', () => [person(), hub]],
      [{ numbersHeld: 2 }, 'QUOTA_NUMBERS_HELD', () => [hub, person()]],
      [{ allocationsPerPartyPerDay: 2 }, 'QUOTA_PER_PARTY_PER_DAY', () => [person(), hub]],
    ]
    for (const [wished, reason, pair] of cases) {
      const lent = await lend(client, { numbers: 5, quotas: wished })
      for (let i = 0; i < 2; i += 1) await allocate(client, axb(lent, ...pair()))
      expect(await refused(client.allocate(axb(lent, ...pair())))).toBe(`RESOURCE_EXHAUSTED ${reason}`)
      const raised = quotas(Object.fromEntries(Object.keys(wished).map((key) => [key, 3])))
      await client.updateTenant({ tenant: { ...blankTenant(), name: lent.tenant, quotas: raised } })
      await allocate(others[0]!, axb(lent, ...pair()))
      expect(await refused(client.allocate(axb(lent, ...pair())))).toBe(`RESOURCE_EXHAUSTED ${reason}`)
    }
  })

  test('the rate quota counts refused requests too, and says when to come back', async () => {
    const lent = await lend(client, { quotas: { allocationsPerSecond: 1, allocationsBurst: 3 } })
    const outcomes: string[] = []
    for (let i = 0; i < 6; i += 1) {
      const sent = client.allocate(axb(lent, person(), person()))
      outcomes.push(
        await sent.then(
          () => 'granted',
          () => refused(sent),
        ),
      )
    }
    expect(outcomes.slice(0, 3)).toEqual(['granted', 'granted', 'granted'])
    expect(outcomes).toContain('RESOURCE_EXHAUSTED QUOTA_RATE')
  })
})

describe('pools', () => {
  test('are made once, shown with their defaults, listed and changed', async () => {
    const { pool: name, tenant } = await lend(client)
    const shown = (await others[0]!.getPool({ name })).pool!
    expect(shown).toMatchObject({
      tenants: [tenant],
      cooldownMs: 1_800_000,
      maxBindingsPerNumber: 1_000,
      sparePercent: 15,
    })
    expect(shown).toMatchObject({ minCooldownMs: 0, maxCooldownMs: 604_800_000, maxCallMs: 7_200_000 })
    expect(await refused(client.createPool({ pool: { ...blankPool(), name } }))).toBe('ALREADY_EXISTS POOL_EXISTS')
    expect(await refused(client.getPool({ name: 'none' }))).toBe('NOT_FOUND POOL_NOT_FOUND')
    await client.updatePool({ pool: { ...blankPool(), name, cooldownMs: 5_000 } })
    const binding = await allocate(others[1]!, axb({ tenant, pool: name }, person(), person()))
    expect(binding.cooldownUntilMs - binding.endMs).toBe(5_000)
    const stranger = await makeTenant(client)
    const foreign = client.allocate(axb({ tenant: stranger, pool: name }, person(), person()))
    expect(await refused(foreign)).toBe('PERMISSION_DENIED POOL_NOT_PERMITTED')
    const names = (await client.listPools({ pageSize: 1_000 })).pools.map((pool) => pool.name)
    expect(names).toContain(name)
    expect(names).toEqual(names.toSorted())
  })

  test('an unknown tenant, or tenants at home on different shards, are refused', async () => {
    const pool = { ...blankPool(), name: 'joined', tenants: ['nobody'] }
    expect(await refused(client.createPool({ pool }))).toBe('NOT_FOUND TENANT_NOT_FOUND')
    const homes: string[] = []
    for (let i = 0; i < 6; i += 1) homes.push((await lend(client)).tenant)
    const joined = client.createPool({ pool: { ...pool, tenants: homes } })
    expect(await refused(joined)).toBe('FAILED_PRECONDITION TENANTS_ON_DIFFERENT_SHARDS')
    expect(await refused(client.getPool({ name: 'joined' }))).toBe('NOT_FOUND POOL_NOT_FOUND')
  })
})

describe('numbers', () => {
  test('blocks and single numbers are added, shown and listed in order; an overlap is refused whole', async () => {
    const { pool } = await lend(client, { numbers: 1 })
    const numbers = block(10)
    const [first, fresh] = [numbers[0]!, String(BigInt(numbers[0]!) + 500n)]
    expect(await client.addNumbers({ pool, blocks: [{ first, count: 10 }] })).toEqual({ added: 10, live: 10 })
    expect((await others[0]!.getNumber({ number: numbers[9]! })).number).toMatchObject({
      ...{ number: numbers[9], pool, state: NUMBER_STATE_IN_SERVICE, liveBindings: 0, coolingBindings: 0 },
    })
    for (const overlap of [{ numbers: [fresh, numbers[4]!] }, { blocks: [{ first: numbers[9]!, count: 2 }] }]) {
      expect(await refused(client.addNumbers({ pool, ...overlap }))).toBe('ALREADY_EXISTS NUMBER_EXISTS')
    }
    const missing = [fresh, String(BigInt(numbers[9]!) + 1n)]
    for (const number of missing) {
      expect(await refused(client.getNumber({ number }))).toBe('NOT_FOUND NUMBER_NOT_FOUND')
    }
    expect((await listNumbers(pool)).slice(1)).toEqual(numbers)
  })

  test('a long import is invisible until its last part, then live at once', async () => {
    const { pool, tenant } = await lend(client, { numbers: 1 })
    const numbers = block(30)
    const part = (from: number, last: boolean) => ({
      ...{ pool, importId: `import-${pool}`, last, numbers: numbers.slice(from, from + 10) },
    })
    expect(await client.addNumbers(part(0, false))).toEqual({ added: 10, live: 0 })
    expect(await client.addNumbers(part(10, false))).toEqual({ added: 10, live: 0 })
    expect(await refused(others[0]!.getNumber({ number: numbers[0]! }))).toBe('NOT_FOUND NUMBER_NOT_FOUND')
    expect(await ask(others[0]!, numbers[0]!, person())).toBe('UNKNOWN_NUMBER')
    expect(await listNumbers(pool)).toHaveLength(1)
    const taken = client.addNumbers({ pool, numbers: [numbers[5]!] })
    expect(await refused(taken)).toBe('ALREADY_EXISTS NUMBER_EXISTS')
    expect(await client.addNumbers(part(20, true))).toEqual({ added: 10, live: 30 })
    for (const other of others) expect(await ask(other, numbers[0]!, person())).toBe('NO_BINDING')
    expect(await listNumbers(pool)).toHaveLength(31)
    const number = numbers[29]!
    expect((await allocate(others[1]!, axb({ pool, tenant }, person(), person(), { number }))).number).toBe(number)
  })

  test('I6: a frozen number rejects at once on every connection, shown or dialled, and comes back', async () => {
    const lent = await lend(client, { numbers: 2 })
    const [a, b] = [person(), person()]
    const pair = await allocate(client, axb(lent, a, b, { mode: Mode.MODE_AXYB }))
    await setState(pair.number, NUMBER_STATE_FROZEN)
    for (const other of others) {
      expect(await ask(other, pair.number, b)).toBe('NUMBER_FROZEN')
      expect(await ask(other, pair.numberY, a)).toBe('NUMBER_FROZEN')
    }
    expect((await others[0]!.getNumber({ number: pair.number })).number!.state).toBe(NUMBER_STATE_FROZEN)
    expect(await listNumbers(lent.pool, NUMBER_STATE_FROZEN)).toEqual([pair.number])
    await setState(pair.number, NUMBER_STATE_IN_SERVICE)
    for (const other of others) expect(await ask(other, pair.number, b)).toBe(`${a} sees ${pair.numberY}`)
  })

  test('a draining number keeps its bindings and takes no new one; it retires once it carries no route', async () => {
    const lent = await lend(client, { numbers: 2 })
    const [number, spare] = lent.numbers as [string, string]
    const [a, b] = [person(), person()]
    const binding = await allocate(client, axb(lent, a, b, { number, cooldownMs: 0 }))
    await setState(number, NUMBER_STATE_DRAINING)
    expect(await ask(others[0]!, number, a)).toBe(`${b} sees ${number}`)
    expect((await allocate(others[1]!, axb(lent, person(), person()))).number).toBe(spare)
    const wanted = axb(lent, person(), person(), { number })
    expect(await refused(client.allocate(wanted))).toBe('FAILED_PRECONDITION NUMBER_UNAVAILABLE')
    expect(await refused(setState(number, NUMBER_STATE_RETIRED))).toBe('FAILED_PRECONDITION NUMBERS_IN_USE')
    expect((await client.getNumber({ number })).number!.state).toBe(NUMBER_STATE_DRAINING)
    await client.release({ bindingId: binding.bindingId })
    expect(await setState(number, NUMBER_STATE_RETIRED)).toEqual({ changed: 1 })
    expect(await ask(others[2]!, number, a)).toBe('NO_BINDING')
  })

  test('the state of a block is set for all of it or, where one number is missing, for none', async () => {
    const { pool, numbers } = await lend(client, { numbers: 4 })
    const target = (count: number) => ({ $case: 'block', value: { first: numbers[0]!, count } }) as const
    const state = NUMBER_STATE_DRAINING
    expect(await refused(client.setNumberState({ target: target(5), state }))).toBe('NOT_FOUND NUMBER_NOT_FOUND')
    expect(await listNumbers(pool, NUMBER_STATE_DRAINING)).toEqual([])
    expect(await client.setNumberState({ target: target(4), state })).toEqual({ changed: 4 })
    expect(await listNumbers(pool, NUMBER_STATE_DRAINING)).toEqual(numbers)
  })

  test('a number is lent in service alone, and comes back from every other state', async () => {
    const lent = await lend(client, { numbers: 1 })
    const [x] = lent.numbers as [string]
    const [a, b] = [person(), person()]
    const binding = await allocate(client, axb(lent, a, b, { cooldownMs: 0 }))
    const rejecting = [NUMBER_STATE_FROZEN, NumberState.NUMBER_STATE_QUARANTINED]
    for (const state of [...rejecting, NUMBER_STATE_DRAINING]) {
      await setState(x, state)
      const answer = rejecting.includes(state) ? 'NUMBER_FROZEN' : `${b} sees ${x}`
      for (const other of others) expect(await ask(other, x, a)).toBe(answer)
      const error = await refusal(client.allocate(axb(lent, person(), person())))
      expect([error.reason, error.metadata['not_in_service']]).toEqual(['POOL_EXHAUSTED', '1'])
      // What carries routes does not retire.
      expect(await refused(setState(x, NUMBER_STATE_RETIRED))).toBe('FAILED_PRECONDITION NUMBERS_IN_USE')
      await setState(x, NUMBER_STATE_IN_SERVICE)
      for (const other of others) expect(await ask(other, x, a)).toBe(`${b} sees ${x}`)
    }
    await client.release({ bindingId: binding.bindingId })
    await setState(x, NUMBER_STATE_RETIRED)
    expect(await refused(others[0]!.allocate(axb(lent, a, b)))).toBe('RESOURCE_EXHAUSTED POOL_EXHAUSTED')
    await setState(x, NUMBER_STATE_IN_SERVICE)
    expect((await others[0]!.allocate(axb(lent, a, b))).binding!.number).toBe(x)
  })
})

describe('removal of numbers', () => {
  const inUse = 'FAILED_PRECONDITION NUMBERS_IN_USE'

  test('I6: removed ones are in no pool, on every connection and after a restart', async () => {
    const { pool, numbers } = await lend(client, { numbers: 5 })
    const [first, , , fourth, last] = numbers as [string, string, string, string, string]
    const asked = { pool, blocks: [{ first, count: 3 }], numbers: [last], reason: 'returned' }
    expect(await client.removeNumbers(asked)).toEqual({ removed: 4 })
    for (const other of others) expect(await ask(other, first, person())).toBe('UNKNOWN_NUMBER')
    expect(await refused(others[0]!.getNumber({ number: last }))).toBe('NOT_FOUND NUMBER_NOT_FOUND')
    expect(await listNumbers(pool)).toEqual([fourth])
    expect((await client.getStats({ pool })).pools[0]).toMatchObject({ numbers: 1, freeNumbers: 1 })
    await daemon.kill()
    await start()
    expect(await ask(client, first, person())).toBe('UNKNOWN_NUMBER')
    expect(await ask(client, fourth, person())).toBe('NO_BINDING')
    expect(await listNumbers(pool)).toEqual([fourth])
  })

  test('whoever allocates gets none of them', async () => {
    const lent = await lend(client, { numbers: 6 })
    await client.removeNumbers({ pool: lent.pool, numbers: lent.numbers.slice(0, 5) })
    const hub = person()
    expect((await allocate(others[0]!, axb(lent, hub, person()))).number).toBe(lent.numbers[5])
    const error = await refusal(others[1]!.allocate(axb(lent, hub, person())))
    expect([error.reason, error.metadata['candidates']]).toEqual(['POOL_EXHAUSTED', '1'])
    const gone = client.allocate(axb(lent, person(), person(), { number: lent.numbers[0]! }))
    expect((await refusal(gone)).reason).toMatch(/^(NUMBER_NOT_FOUND|NUMBER_UNAVAILABLE)$/)
  })

  test('I1: those that carry a route, live, booked or cooling, are refused with their count, and the whole request', async () => {
    const lent = await lend(client, { numbers: 4 })
    const { pool, numbers } = lent
    const [live, booked, cooling, free] = numbers as [string, string, string, string]
    const on = (number: string, startMs?: number) =>
      allocate(client, axb(lent, person(), person(), { number, startMs, cooldownMs: 1_500 }))
    const [one, two] = [await on(live), await on(booked, (await client.getStats({})).nowMs + 3_600_000)]
    const { binding: ended } = await client.release({ bindingId: (await on(cooling)).bindingId })
    const error = await refusal(client.removeNumbers({ pool, numbers: [...numbers] }))
    expect(`${error.codeName} ${error.reason}`).toBe(inUse)
    expect(Object.values(error.metadata)).toContain('3')
    for (const number of [live, booked, cooling]) {
      const only = await refusal(client.removeNumbers({ pool, numbers: [number] }))
      expect([`${only.codeName} ${only.reason}`, Object.values(only.metadata)]).toEqual([
        inUse,
        expect.arrayContaining(['1']),
      ])
    }
    expect(await ask(others[0]!, free, person())).toBe('NO_BINDING')
    expect(await ask(others[0]!, live, one.a!.number)).toBe(`${one.b!.number} sees ${live}`)
    await client.release({ bindingId: two.bindingId })
    await untilTime(client, ended!.cooldownUntilMs)
    expect(await client.removeNumbers({ pool, numbers: [booked, cooling, free] })).toEqual({ removed: 3 })
  })

  test('a number of no pool, or of another, is refused, and the whole request', async () => {
    const [mine, theirs] = [await lend(client), await lend(client)]
    for (const numbers of [
      [mine.numbers[0]!, theirs.numbers[0]!],
      [mine.numbers[0]!, '70099999999'],
    ]) {
      const removal = client.removeNumbers({ pool: mine.pool, numbers })
      expect(await refused(removal)).toBe('NOT_FOUND NUMBER_NOT_FOUND')
    }
    expect(await refused(client.removeNumbers({ pool: 'none', numbers: [mine.numbers[0]!] }))).toBe(
      'NOT_FOUND POOL_NOT_FOUND',
    )
    expect(await ask(others[0]!, mine.numbers[0]!, person())).toBe('NO_BINDING')
  })

  test('a race of removal and allocation has one winner', async () => {
    for (let round = 0; round < 8; round += 1) {
      const lent = await lend(client, { numbers: 1 })
      const [x] = lent.numbers as [string]
      const [a, b] = [person(), person()]
      const won = (promise: Promise<unknown>) =>
        promise.then(
          () => true,
          () => false,
        )
      const [removed, lentOut] = await Promise.all([
        won(client.removeNumbers({ pool: lent.pool, numbers: [x] })),
        won(others[round % 5]!.allocate(axb(lent, a, b))),
      ])
      expect([removed, lentOut].filter(Boolean)).toHaveLength(1)
      expect(await ask(others[0]!, x, a)).toBe(removed ? 'UNKNOWN_NUMBER' : `${b} sees ${x}`)
    }
  })
})

test('GetStats counts bindings and numbers by pool and tenant', async () => {
  const lent = await lend(client, { numbers: 5, pool: { maxBindingsPerNumber: 10, sparePercent: 0 } })
  const hub = person()
  const bindings: Binding[] = []
  for (let i = 0; i < 3; i += 1) bindings.push(await allocate(client, axb(lent, hub, person())))
  await client.release({ bindingId: bindings[0]!.bindingId })
  await setState(lent.numbers.find((number) => bindings.every((b) => b.number !== number))!, NUMBER_STATE_FROZEN)
  const stats = await others[0]!.getStats({ pool: lent.pool })
  expect(stats.pools).toEqual([
    {
      ...{ pool: lent.pool, numbers: 5, freeNumbers: 1, inUseNumbers: 2, coolingNumbers: 1, outOfServiceNumbers: 1 },
      ...{ liveBindings: 2, coolingBindings: 1, capacity: 40 },
    },
  ])
  const tenant = (await client.getStats({})).tenants.find((one) => one.tenant === lent.tenant)
  expect(tenant).toMatchObject({ liveBindings: 2, numbersHeld: 3 })
})

async function listNumbers(pool: string, state = NumberState.NUMBER_STATE_UNSPECIFIED): Promise<string[]> {
  const found: string[] = []
  let pageToken = ''
  do {
    const page = await others[0]!.listNumbers({ pool, state, pageSize: 3, pageToken })
    found.push(...page.numbers.map((number) => number.number))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return found
}
