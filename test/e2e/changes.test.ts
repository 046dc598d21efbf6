/** Retries, updates, releases and lists; and that a restart changes no answer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { BindingState, Media, Mode } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, ask, axb, lend, nowOf, party, person, refusal, refused, ttl } from './world.js'

let data: string
let daemon: Daemon
let client: XpoolClient
let other: XpoolClient

async function start(): Promise<void> {
  daemon = await startDaemon(data)
  client = daemon.connect()
  other = daemon.connect()
}

beforeAll(async () => {
  data = await dataFolder()
  await start()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

test('I5 I7: after SIGTERM and after SIGKILL every answer is the same, and retries give the same binding', async () => {
  const lent = await lend(client, { numbers: 4 })
  const [a, b, c, d] = [person(), person(), person(), person()]
  const [e, f] = [person(), person()]
  const request = axb(lent, a, b, { requestId: 'one', userData: Buffer.from('hello') })
  const live = await allocate(client, request)
  const pair = await allocate(client, axb(lent, c, d, { mode: Mode.MODE_AXYB, requestId: 'two' }))
  const ended = await allocate(client, axb(lent, a, d))
  await client.release({ bindingId: ended.bindingId, reason: 'over' })
  const startMs = (await nowOf(client)) + 3_600_000
  const booked = await allocate(client, axb(lent, e, f, { startMs }))
  const look = async () => ({
    bindings: await Promise.all(
      [live, pair, ended, booked].map(async ({ bindingId }) => (await client.getBinding({ bindingId })).binding),
    ),
    answers: await Promise.all(
      [live, pair, ended, booked].flatMap(({ number, numberY, a, b }) => [
        ask(other, numberY || number, a!.number),
        ask(other, number, b!.number),
      ]),
    ),
    replay: (await client.allocate(request)).binding,
  })
  const before = await look()
  expect(before.answers).toEqual([
    ...[`${b} sees ${live.number}`, `${a} sees ${live.number}`],
    ...[`${d} sees ${pair.number}`, `${c} sees ${pair.numberY}`],
    ...['ENDED', 'ENDED', 'NOT_STARTED', 'NOT_STARTED'],
  ])
  expect(await daemon.stop()).toBe(0)
  await start()
  expect(await look()).toEqual(before)
  await daemon.kill()
  await start()
  expect(await look()).toEqual(before)
})

test('I7: a known request id replays, with another request it is refused, and only success is remembered', async () => {
  const lent = await lend(client, { numbers: 1 })
  const [a, b, c] = [person(), person(), person()]
  const request = axb(lent, a, b, { requestId: 'r' })
  const first = await client.allocate(request)
  expect(first.replayed).toBe(false)
  const again = await other.allocate({ ...request, a: party(`+${a}`) })
  expect(again).toMatchObject({ replayed: true, binding: { bindingId: first.binding!.bindingId } })
  const changed = client.allocate({ ...request, orderId: 'another' })
  expect(await refused(changed)).toBe('ALREADY_EXISTS REQUEST_ID_REUSED')
  const full = axb(lent, a, c, { requestId: 'later' })
  expect(await refused(client.allocate(full))).toBe('RESOURCE_EXHAUSTED POOL_EXHAUSTED')
  await client.release({ bindingId: first.binding!.bindingId })
  const replayed = await client.allocate(request)
  expect(replayed.binding).toMatchObject({ state: BindingState.BINDING_STATE_ENDED, revision: 2 })
  await client.addNumbers({ pool: lent.pool, numbers: [String(BigInt(lent.numbers[0]!) + 9n)] })
  expect((await client.allocate(full)).replayed).toBe(false)
})

test('the same request id in two pools, or of two tenants, makes two bindings', async () => {
  const [one, two] = [await lend(client), await lend(client)]
  const [a, b] = [person(), person()]
  const first = await allocate(client, axb(one, a, b, { requestId: 'same' }))
  const second = await allocate(client, axb(two, a, b, { requestId: 'same' }))
  expect(second.bindingId).not.toBe(first.bindingId)
})

test('Update moves the end and the options in place', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const { bindingId, number: x } = await allocate(client, axb(lent, a, b))
  const endMs = (await nowOf(client)) + 7_200_000
  const update = { bindingId, expectedRevision: 1, endMs, media: [Media.MEDIA_SMS], orderId: 'new', requestId: 'u' }
  const { binding } = await client.update(update)
  expect(binding).toMatchObject({ revision: 2, endMs, orderId: 'new', number: x, cooldownUntilMs: endMs + 1_800_000 })
  expect(await ask(other, x, a)).toBe('MEDIA_NOT_ALLOWED')
  expect(await ask(other, x, a, Media.MEDIA_SMS)).toBe(`${b} sees ${x}`)
  // The same update again is a replay, although the revision has moved on (I7).
  expect((await client.update(update)).binding).toMatchObject({ revision: 2 })
  const stale = client.update({ bindingId, expectedRevision: 1, record: true })
  expect(await refused(stale)).toBe('ABORTED REVISION_MISMATCH')
  const past = await refusal(client.update({ bindingId, endMs: (await nowOf(client)) - 1 }))
  expect([past.codeName, past.reason, past.metadata['field']]).toEqual(['INVALID_ARGUMENT', 'INVALID_WINDOW', 'end_ms'])
  expect((await client.getBinding({ bindingId })).binding).toMatchObject({ revision: 2 })
})

test('Update changes a party: the new one is connected, the old one loses its route at once and without grace', async () => {
  const lent = await lend(client, { numbers: 1 })
  const [a, b, c] = [person(), person(), person()]
  const binding = await allocate(client, axb(lent, a, b, { graceMs: 60_000 }))
  const x = binding.number
  await client.update({ bindingId: binding.bindingId, b: party(c) })
  expect(await ask(other, x, a)).toBe(`${c} sees ${x}`)
  expect(await ask(other, x, c)).toBe(`${a} sees ${x}`)
  expect(await ask(other, x, b)).toBe('ENDED')
  // The key of the removed party cools: nobody else gets it (I1).
  expect(await refused(client.allocate(axb(lent, b, person())))).toBe('RESOURCE_EXHAUSTED POOL_EXHAUSTED')
})

test('Update is all or nothing: a longer window that meets a booking is a ROUTE_CONFLICT', async () => {
  const lent = await lend(client, { numbers: 1 })
  const [a, b, c] = [person(), person(), person()]
  const now = await nowOf(client)
  const first = await allocate(client, axb(lent, a, b, { expiry: ttl(60_000), cooldownMs: 0 }))
  await allocate(client, axb(lent, a, c, { startMs: now + 600_000, cooldownMs: 0 }))
  const longer = client.update({ bindingId: first.bindingId, endMs: now + 700_000, orderId: 'x' })
  expect(await refused(longer)).toBe('FAILED_PRECONDITION ROUTE_CONFLICT')
  const { binding } = await client.getBinding({ bindingId: first.bindingId })
  expect(binding).toEqual({ ...first, state: binding!.state })
  await client.update({ bindingId: first.bindingId, endMs: now + 600_000 })
})

test('Release twice answers OK with the same binding; an ended binding takes no update', async () => {
  const lent = await lend(client)
  const { bindingId } = await allocate(client, axb(lent, person(), person()))
  const first = await client.release({ bindingId, reason: 'first' })
  const second = await other.release({ bindingId, reason: 'second' })
  expect(second.binding).toEqual(first.binding)
  expect(await refused(client.update({ bindingId, record: true }))).toBe('FAILED_PRECONDITION BINDING_ENDED')
})

test('a binding of another tenant is not found, by any method', async () => {
  const [mine, theirs] = [await lend(client), await lend(client)]
  const { bindingId } = await allocate(client, axb(mine, person(), person()))
  const { tenant } = theirs
  expect(await refused(client.getBinding({ bindingId, tenant }))).toBe('NOT_FOUND BINDING_NOT_FOUND')
  expect(await refused(client.release({ bindingId, tenant }))).toBe('NOT_FOUND BINDING_NOT_FOUND')
  expect(await refused(client.update({ bindingId, tenant, record: true }))).toBe('NOT_FOUND BINDING_NOT_FOUND')
  expect((await client.getBinding({ bindingId, tenant: mine.tenant })).binding!.bindingId).toBe(bindingId)
  const absent = `${bindingId.slice(0, -1)}${bindingId.endsWith('Z') ? 'Y' : 'Z'}`
  expect(await refused(client.getBinding({ bindingId: absent }))).toBe('NOT_FOUND BINDING_NOT_FOUND')
})

test('ListBindings filters by party, number, order and state, newest first, page by page', async () => {
  const lent = await lend(client, { numbers: 2 })
  const hub = person()
  const made: string[] = []
  for (let i = 0; i < 7; i += 1) {
    const a = i === 3 ? hub : person()
    made.push((await allocate(client, axb(lent, a, person(), { orderId: `order-${i % 2}` }))).bindingId)
  }
  await client.release({ bindingId: made[0]! })
  const { tenant } = lent
  const list = async (filter: object) => {
    const found: string[] = []
    let pageToken = ''
    do {
      const page = await client.listBindings({ tenant, pageSize: 2, pageToken, ...filter })
      expect(page.bindings.length).toBeLessThanOrEqual(2)
      found.push(...page.bindings.map((binding) => binding.bindingId))
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    return found
  }
  expect(await list({})).toEqual(made.toReversed())
  expect(await list({ party: hub })).toEqual([made[3]])
  expect(await list({ orderId: 'order-1' })).toEqual([made[5], made[3], made[1]])
  expect(await list({ state: BindingState.BINDING_STATE_ENDED })).toEqual([made[0]])
  const numbers = await Promise.all(
    made.map(async (bindingId) => (await client.getBinding({ bindingId })).binding!.number),
  )
  const on = (number: string) => made.filter((_, i) => numbers[i] === number).toReversed()
  for (const number of lent.numbers) expect(await list({ number })).toEqual(on(number))
  const stranger = await lend(client)
  expect((await client.listBindings({ tenant: stranger.tenant })).bindings).toEqual([])
})
