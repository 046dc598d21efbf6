/** The main job over gRPC: lend a number, connect calls, end, cool down, lend again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { BindingState, Direction, Media, Mode, Selection, Unmatched } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, ask, axb, call, lend, nowOf, person, refusal, ttl, untilTime } from './world.js'

let data: string
let daemon: Daemon
let client: XpoolClient
/** A connection of its own: what one acknowledges, the other sees (I6). */
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

test('I6: AXB connects both sides, each seeing X, from the acknowledgement to the release', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const binding = await allocate(client, axb(lent, a, b))
  const x = binding.number
  expect(lent.numbers).toContain(x)
  expect(binding.state).toBe(BindingState.BINDING_STATE_ACTIVE)
  expect(await ask(other, x, a)).toBe(`${b} sees ${x}`)
  expect(await ask(other, x, b)).toBe(`${a} sees ${x}`)
  expect(await ask(other, x, person())).toBe('NO_BINDING')
  expect(await ask(other, x, '')).toBe('ANONYMOUS_CALLER')
  expect(await ask(other, '70099999999', a)).toBe('UNKNOWN_NUMBER')
  const { binding: ended } = await client.release({ bindingId: binding.bindingId, reason: 'delivered' })
  expect(ended).toMatchObject({ state: BindingState.BINDING_STATE_ENDED, revision: 2, releaseReason: 'delivered' })
  const answer = await call(other, x, a)
  expect(await ask(other, x, b)).toBe('ENDED')
  expect(answer).toMatchObject({ bindingId: binding.bindingId, tenant: lent.tenant, callee: '' })
})

test('a plus sign is dropped, as on every input', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const { number: x } = await allocate(client, axb(lent, `+${a}`, b))
  expect(await ask(other, `+${x}`, `+${b}`)).toBe(`${a} sees ${x}`)
})

test('I2: after the end nobody else is reached until the cooldown is over, then the number is lent again', async () => {
  const lent = await lend(client, { numbers: 1 })
  const [a, b, c] = [person(), person(), person()]
  const first = await allocate(client, axb(lent, a, b, { cooldownMs: 1_500 }))
  const { binding: ended } = await client.release({ bindingId: first.bindingId })
  expect(ended!.cooldownUntilMs).toBe(ended!.endMs + 1_500)
  const error = await refusal(client.allocate(axb(lent, a, c)))
  expect(`${error.codeName} ${error.reason}`).toBe('RESOURCE_EXHAUSTED POOL_EXHAUSTED')
  expect(error.metadata).toMatchObject({ candidates: '1', cooling: '1' })
  expect(error.retryAfterMs).toBeGreaterThan(0)
  expect(error.retryAfterMs).toBeLessThanOrEqual(1_500)
  await untilTime(client, ended!.cooldownUntilMs)
  const second = await allocate(client, axb(lent, a, c))
  expect(second.number).toBe(first.number)
  expect(await ask(other, first.number, a)).toBe(`${c} sees ${first.number}`)
  expect(await ask(other, first.number, b)).toBe('NO_BINDING')
})

test('sticky: the pair gets its cooling number again, others do not', async () => {
  const lent = await lend(client, { pool: { selection: Selection.SELECTION_SPREAD } })
  const [a, b] = [person(), person()]
  const first = await allocate(client, axb(lent, a, b))
  await client.release({ bindingId: first.bindingId })
  const stranger = await allocate(client, axb(lent, a, person()))
  expect(stranger.number).not.toBe(first.number)
  const again = await allocate(client, axb(lent, b, a))
  expect(again.number).toBe(first.number)
  expect(await ask(other, first.number, a)).toBe(`${b} sees ${first.number}`)
})

test('AXYB: A dials Y and is seen as X, B dials X and is seen as Y', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const binding = await allocate(client, axb(lent, a, b, { mode: Mode.MODE_AXYB }))
  const { number: x, numberY: y } = binding
  expect(new Set([x, y]).size).toBe(2)
  expect(await ask(other, y, a)).toBe(`${b} sees ${x}`)
  expect(await ask(other, x, b)).toBe(`${a} sees ${y}`)
  expect(await ask(other, x, a)).toBe('NO_BINDING')
  await client.release({ bindingId: binding.bindingId })
  expect([await ask(other, y, a), await ask(other, x, b)]).toEqual(['ENDED', 'ENDED'])
})

test('I9: a booking connects from its start to its end, to the millisecond and without a sweep', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const startMs = (await nowOf(client)) + 700
  const booked = await allocate(client, axb(lent, a, b, { startMs, expiry: ttl(700) }))
  expect(booked).toMatchObject({ state: BindingState.BINDING_STATE_PENDING, startMs, endMs: startMs + 700 })
  const seen = new Set<string>()
  for (;;) {
    const before = await nowOf(client)
    const answer = await ask(other, booked.number, a)
    const after = await nowOf(client)
    const expected = [before, after].map((now) => {
      if (now < startMs) return 'NOT_STARTED'
      return now < startMs + 700 ? `${b} sees ${booked.number}` : 'ENDED'
    })
    expect(expected).toContain(answer)
    seen.add(answer)
    if (answer === 'ENDED') break
  }
  expect(seen).toEqual(new Set(['NOT_STARTED', `${b} sees ${booked.number}`, 'ENDED']))
})

test('a booking released before its start leaves its keys free at once', async () => {
  const lent = await lend(client, { numbers: 1 })
  const [a, b] = [person(), person()]
  const startMs = (await nowOf(client)) + 60_000
  const booked = await allocate(client, axb(lent, a, b, { startMs }))
  await client.release({ bindingId: booked.bindingId })
  expect(await ask(other, booked.number, a)).toBe('NO_BINDING')
  const next = await allocate(client, axb(lent, a, person()))
  expect(next.number).toBe(booked.number)
})

test('grace: a call-back after the end is connected in its direction alone, and no longer than it lasts', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const graceDirection = Direction.DIRECTION_B_TO_A
  const wishes = { graceMs: 1_500, graceDirection, direction: Direction.DIRECTION_A_TO_B, cooldownMs: 60_000 }
  const binding = await allocate(client, axb(lent, a, b, wishes))
  const x = binding.number
  expect(await ask(other, x, b)).toBe('DIRECTION_NOT_ALLOWED')
  const { binding: ended } = await client.release({ bindingId: binding.bindingId })
  expect(await ask(other, x, b)).toBe(`grace ${a} sees ${x}`)
  expect(await ask(other, x, a)).toBe('ENDED')
  await untilTime(client, ended!.endMs + 1_500)
  expect(await ask(other, x, b)).toBe('ENDED')
})

test('media and direction are permissions of the binding', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const wishes = { media: [Media.MEDIA_SMS], direction: Direction.DIRECTION_A_TO_B }
  const { number: x } = await allocate(client, axb(lent, a, b, wishes))
  expect(await ask(other, x, a)).toBe('MEDIA_NOT_ALLOWED')
  expect(await ask(other, x, a, Media.MEDIA_SMS)).toBe(`${b} sees ${x}`)
  expect(await ask(other, x, b, Media.MEDIA_SMS)).toBe('DIRECTION_NOT_ALLOWED')
})

test('what was asked for comes back: user data, order, options', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const userData = Buffer.from(Array.from({ length: 2_048 }, (_, i) => i % 256))
  const wishes = { userData, orderId: 'order-77', record: true, maxCallMs: 60_000, maxCalls: 3, graceMs: 5_000 }
  const binding = await allocate(client, axb(lent, a, b, wishes))
  expect(binding).toMatchObject({ orderId: 'order-77', revision: 1, tenant: lent.tenant, pool: lent.pool })
  expect(Buffer.compare(binding.userData, userData)).toBe(0)
  expect(binding.options).toMatchObject({ record: true, maxCallMs: 60_000, maxCalls: 3, graceMs: 5_000 })
  expect(binding.options).toMatchObject({ cooldownMs: 1_800_000, direction: Direction.DIRECTION_BOTH })
  const answer = await call(other, binding.number, a)
  expect(answer).toMatchObject({ record: true, maxCallMs: 60_000, bindingId: binding.bindingId, tenant: lent.tenant })
  expect(Buffer.compare(answer.userData, userData)).toBe(0)
})

test('areas: the first that has a number is met, a strict one or none', async () => {
  const lent = await lend(client, { numbers: 1 })
  const number = String(BigInt(lent.numbers[0]!) + 50n)
  await client.addNumbers({ pool: lent.pool, area: 'bergen', numbers: [number] })
  const near = await allocate(client, axb(lent, person(), person(), { areas: ['oslo', 'bergen'] }))
  expect(near).toMatchObject({ number, area: 'bergen' })
  const far = await allocate(client, axb(lent, person(), person(), { areas: ['oslo'] }))
  expect(lent.numbers.concat(number)).toContain(far.number)
  const error = await refusal(client.allocate(axb(lent, person(), person(), { areas: ['oslo'], areaStrict: true })))
  expect(error.reason).toBe('POOL_EXHAUSTED')
  expect(error.metadata).toMatchObject({ candidates: '2', other_area: '2' })
})

test('a number asked for is given, or NUMBER_UNAVAILABLE', async () => {
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const number = lent.numbers[2]!
  expect((await allocate(client, axb(lent, a, b, { number }))).number).toBe(number)
  const error = await refusal(client.allocate(axb(lent, a, person(), { number })))
  expect(`${error.codeName} ${error.reason}`).toBe('FAILED_PRECONDITION NUMBER_UNAVAILABLE')
})

test('an unknown caller reaches the fallback of a pool that has one', async () => {
  const fallbackNumber = person()
  const lent = await lend(client, { pool: { unmatched: Unmatched.UNMATCHED_FALLBACK, fallbackNumber } })
  expect(await ask(other, lent.numbers[0]!, person())).toBe(`fallback ${fallbackNumber}`)
})

test('PACK takes no new number while one in use fits', async () => {
  const lent = await lend(client, { numbers: 20, pool: { sparePercent: 0 } })
  const used = new Set<string>()
  for (let i = 0; i < 40; i += 1) used.add((await allocate(client, axb(lent, person(), person()))).number)
  expect(used.size).toBe(1)
  const hub = person()
  for (let i = 0; i < 10; i += 1) used.add((await allocate(client, axb(lent, hub, person()))).number)
  expect(used.size).toBe(10)
})
