/** Bans: a caller kept from everybody, from one tenant or from one party, everywhere with the acknowledgement (I6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { Media, Mode } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, ask, axb, type Lent, lend, nowOf, party, person, refusal, refused, untilTime } from './world.js'

let data: string
let daemon: Daemon
let client: XpoolClient
let others: XpoolClient[]

async function start(): Promise<void> {
  daemon = await startDaemon(data, ['--gateways', '2', '--shards', '2'])
  client = daemon.connect()
  others = [1, 2, 3, 4].map(() => daemon.connect())
}

beforeAll(async () => {
  data = await dataFolder()
  await start()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

/** What every other connection is answered: one answer, if they agree. */
async function heard(number: string, caller: string, media?: Media): Promise<string> {
  const answers = new Set(await Promise.all(others.map((other) => ask(other, number, caller, media))))
  return [...answers].join(' or ')
}

async function bound(lent?: Lent) {
  const lender = lent ?? (await lend(client))
  const [a, b] = [person(), person()]
  const binding = await allocate(client, axb(lender, a, b))
  return { lent: lender, a, b, x: binding.number, bindingId: binding.bindingId }
}

describe('an operator', () => {
  test('I6: bans a caller altogether, on every connection with the acknowledgement, and lifts it again', async () => {
    const { a, b, x } = await bound()
    for (let round = 0; round < 5; round += 1) {
      await client.banCaller({ caller: a, reason: 'abuse' })
      expect(await heard(x, a)).toBe('BANNED')
      expect(await heard(x, b)).toBe(`${a} sees ${x}`)
      expect(await client.unbanCaller({ caller: a })).toEqual({ lifted: true })
      expect(await heard(x, a)).toBe(`${b} sees ${x}`)
    }
    expect(await client.unbanCaller({ caller: a })).toEqual({ lifted: false })
  })

  test('bans a caller from one party alone, however the numbers are spelt, texts included', async () => {
    const { lent, a, b, x } = await bound()
    const { number: y } = await allocate(client, axb(lent, a, person()))
    await client.banCaller({ caller: `+${a}`, callee: `+${b}` })
    expect(await heard(x, a)).toBe('BANNED')
    expect(await heard(x, `+${a}`, Media.MEDIA_SMS)).toBe('BANNED')
    expect(await heard(x, b)).toBe(`${a} sees ${x}`)
    expect(await heard(y, a)).toContain(' sees ')
    // Lifted as it was made, not otherwise.
    expect(await client.unbanCaller({ caller: a })).toEqual({ lifted: false })
    expect(await client.unbanCaller({ caller: a, callee: b })).toEqual({ lifted: true })
    expect(await heard(x, a)).toBe(`${b} sees ${x}`)
  })

  test('bans a caller from the bindings of one tenant', async () => {
    const mine = await bound()
    const theirs = await lend(client)
    const { number: y } = await allocate(client, axb(theirs, mine.a, person()))
    await client.banCaller({ caller: mine.a, tenant: mine.lent.tenant })
    expect(await heard(mine.x, mine.a)).toBe('BANNED')
    expect(await heard(y, mine.a)).toContain(' sees ')
    const unknown = client.banCaller({ caller: mine.a, tenant: 'nobody' })
    expect(await refused(unknown)).toBe('NOT_FOUND TENANT_NOT_FOUND')
  })

  test('lists bans by caller and tenant, with every number masked', async () => {
    const { lent, a, b } = await bound()
    const { tenant } = lent
    const untilMs = (await nowOf(client)) + 3_600_000
    await client.banCaller({ caller: a, callee: b, tenant, untilMs, reason: 'threats' })
    await client.banCaller({ caller: a })
    const { bans } = await others[0]!.listBans({ caller: a })
    expect(bans).toHaveLength(2)
    expect(bans).toContainEqual(expect.objectContaining({ tenant, untilMs, reason: 'threats' }))
    expect(bans).toContainEqual(expect.objectContaining({ tenant: '', callee: '', untilMs: undefined }))
    expect((await others[0]!.listBans({ tenant })).bans).toHaveLength(1)
    for (const ban of bans) expect(ban.caller).toContain('*')
    for (const number of [a, b]) expect(JSON.stringify(bans)).not.toContain(number)
    expect(daemon.log()).not.toContain(a)
  })

  test('is told what is wrong with a ban', async () => {
    const faults = [
      [{ caller: '' }, 'caller'],
      [{ caller: 'anonymous' }, 'caller'],
      [{ caller: person(), callee: 'abc' }, 'callee'],
      [{ caller: person(), reason: 'r'.repeat(129) }, 'reason'],
    ] as const
    for (const [ban, field] of faults) {
      const error = await refusal(client.banCaller(ban))
      expect([error.codeName, error.metadata['field']]).toEqual(['INVALID_ARGUMENT', field])
    }
  })
})

describe('a tenant', () => {
  test('bans a caller from one of its parties, or from all of its bindings, and from nobody else', async () => {
    const mine = await bound()
    const { tenant } = mine.lent
    const theirs = await lend(client)
    const { number: y } = await allocate(client, axb(theirs, mine.a, mine.b))
    for (const callee of [mine.b, '']) {
      await client.banPartyCaller({ tenant, caller: mine.a, callee })
      expect(await heard(mine.x, mine.a)).toBe('BANNED')
      expect(await heard(y, mine.a)).toBe(`${mine.b} sees ${y}`)
      expect(await client.unbanPartyCaller({ tenant, caller: mine.a, callee })).toEqual({ lifted: true })
      expect(await heard(mine.x, mine.a)).toBe(`${mine.b} sees ${mine.x}`)
    }
  })

  test("cannot lift an operator's ban for all, nor another tenant's", async () => {
    const { lent, a, x } = await bound()
    const { tenant } = lent
    const rival = (await lend(client)).tenant
    await client.banCaller({ caller: a })
    expect(await client.unbanPartyCaller({ tenant, caller: a })).toEqual({ lifted: false })
    expect(await heard(x, a)).toBe('BANNED')
    await client.banPartyCaller({ tenant, caller: a })
    await client.unbanCaller({ caller: a })
    expect(await heard(x, a)).toBe('BANNED')
    expect(await client.unbanPartyCaller({ tenant: rival, caller: a })).toEqual({ lifted: false })
    expect(await heard(x, a)).toBe('BANNED')
  })

  test('must be named, and known', async () => {
    const unnamed = await refusal(client.banPartyCaller({ caller: person() }))
    expect([unnamed.codeName, unnamed.metadata['field']]).toEqual(['INVALID_ARGUMENT', 'tenant'])
    const unknown = client.banPartyCaller({ tenant: 'nobody', caller: person() })
    expect(await refused(unknown)).toBe('NOT_FOUND TENANT_NOT_FOUND')
  })
})

test('I9: a ban with an expiry ends by itself, at its time', async () => {
  const { a, b, x } = await bound()
  const untilMs = (await nowOf(client)) + 700
  await client.banCaller({ caller: a, untilMs })
  const seen = new Set<string>()
  while (!seen.has(`${b} sees ${x}`)) {
    const before = await nowOf(client)
    const answer = await heard(x, a)
    const after = await nowOf(client)
    if (after < untilMs) expect(answer).toBe('BANNED')
    if (before >= untilMs) expect(answer).toBe(`${b} sees ${x}`)
    seen.add(answer)
  }
  expect(seen.has('BANNED')).toBe(true)
  expect((await client.listBans({ caller: a })).bans).toEqual([])
})

test('another ban of the same caller replaces its expiry', async () => {
  const { a, x } = await bound()
  const untilMs = (await nowOf(client)) + 400
  await client.banCaller({ caller: a, untilMs })
  await client.banCaller({ caller: a })
  await untilTime(client, untilMs)
  expect(await heard(x, a)).toBe('BANNED')
})

test('a ban rejects after the end has been judged, and in grace', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const binding = await allocate(client, axb(lent, a, b, { graceMs: 600, cooldownMs: 60_000 }))
  const { binding: ended } = await client.release({ bindingId: binding.bindingId })
  await client.banCaller({ caller: b })
  expect(await heard(binding.number, b)).toBe('BANNED')
  await untilTime(client, ended!.endMs + 600)
  expect(await heard(binding.number, b)).toBe('ENDED')
})

test('a banned stranger does not reach A through any or an extension; who hides the number does', async () => {
  for (const mode of [Mode.MODE_AX, Mode.MODE_AXE]) {
    const lent = await lend(client)
    const [a, stranger] = [person(), person()]
    const { number, extension } = await allocate(client, axb(lent, a, '', { mode, b: undefined }))
    await client.banPartyCaller({ tenant: lent.tenant, caller: stranger, callee: a })
    const answer = async (caller: string) => (await others[0]!.resolve({ number, caller, extension })).callee
    expect([await answer(stranger), await answer(''), await answer(person())]).toEqual(['', a, a])
  }
})

test('bans survive a restart', async () => {
  const { lent, a, b, x } = await bound()
  await client.banCaller({ caller: a })
  await client.banPartyCaller({ tenant: lent.tenant, caller: b, callee: a })
  await daemon.kill()
  await start()
  expect([await heard(x, a), await heard(x, b)]).toEqual(['BANNED', 'BANNED'])
})

describe('I6: an Allocate for a party that is banned altogether is refused', () => {
  const banned = 'PERMISSION_DENIED PARTY_BANNED'

  test('as A, B or a member, on every connection, until the ban is lifted', async () => {
    const lent = await lend(client)
    const [a, b] = [person(), person()]
    await client.banCaller({ caller: a })
    const members = [party(person()), party(a)]
    const asked = [
      [axb(lent, a, b), 'a'],
      [axb(lent, b, a), 'b'],
      [axb(lent, b, '', { mode: Mode.MODE_AXG, b: undefined, members }), 'members[1]'],
    ] as const
    for (const [request, field] of asked) {
      for (const other of others) {
        const error = await refusal(other.allocate(request))
        expect(`${error.codeName} ${error.reason}`).toBe(banned)
        // The party, or its number: both name the one at fault.
        expect(error.metadata['field']?.replace(/\.number$/, '')).toBe(field)
      }
    }
    expect((await client.getStats({})).tenants.find(({ tenant }) => tenant === lent.tenant)!.liveBindings).toBe(0)
    await client.unbanCaller({ caller: a })
    for (const [request] of asked) await allocate(others[0]!, request)
  })

  test('by the tenant itself: in its own bindings alone', async () => {
    const [mine, theirs] = [await lend(client), await lend(client)]
    const a = person()
    await client.banPartyCaller({ tenant: mine.tenant, caller: a })
    expect(await refused(client.allocate(axb(mine, a, person())))).toBe(banned)
    await allocate(client, axb(theirs, a, person()))
  })

  test('as is an Update to such a party, while what stands goes on, rejected call by call', async () => {
    const { a, b, x, bindingId } = await bound()
    const c = person()
    await client.banCaller({ caller: c })
    expect(await refused(client.update({ bindingId, b: party(c) }))).toBe(banned)
    await client.banCaller({ caller: b })
    await client.update({ bindingId, orderId: 'still mine' })
    expect([await heard(x, a), await heard(x, b)]).toEqual([`${b} sees ${x}`, 'BANNED'])
  })

  test('a replay comes before the gate (I7)', async () => {
    const lent = await lend(client)
    const a = person()
    const request = axb(lent, a, person(), { requestId: 'once' })
    const made = await allocate(client, request)
    await client.banCaller({ caller: a })
    expect(await client.allocate(request)).toMatchObject({ replayed: true, binding: { bindingId: made.bindingId } })
  })
})
