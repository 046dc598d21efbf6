/** Watch: every event once, in order, to whom it concerns, over restarts. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { Policies, type WatchSystemResponse } from '../../daemon/generated/xpool/v1/administration.js'
import type { WatchResponse } from '../../daemon/generated/xpool/v1/allocation.js'
import { CallPhase, NumberState, type WatchEvent, WatchKind } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, axb, lend, nowOf, person, refusal, ttl, untilTime } from './world.js'

/** What an event takes to reach a reader on a loaded machine, at most. */
const patienceMs = 10_000

let data: string
let daemon: Daemon
let client: XpoolClient

async function start(): Promise<void> {
  daemon = await startDaemon(data, ['--shards', '2', '--gateways', '2'])
  client = daemon.connect()
}

beforeAll(async () => {
  data = await dataFolder()
  await start()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

interface Reader {
  readonly events: WatchEvent[]
  /** "KIND binding", in order. */
  readonly told: () => string[]
  /** The token behind the last event that was read. */
  readonly token: () => string
  /** Waits for so many events. */
  until(count: number): Promise<void>
  stop(): Promise<void>
}

const readers: Reader[] = []

afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.stop()
})

type Responses = AsyncGenerator<WatchResponse | WatchSystemResponse, void, void>

/** Reads until stopped; with `most` it takes no response more once it has so many events. */
function read(open: (signal: AbortSignal) => Responses, most = Number.POSITIVE_INFINITY): Reader {
  const stopping = new AbortController()
  const events: WatchEvent[] = []
  let token = ''
  let fault: unknown
  const reading = (async () => {
    for await (const response of open(stopping.signal)) {
      events.push(...response.events)
      token = response.resumeToken
      if (events.length >= most) break
    }
  })().catch((error: unknown) => {
    fault = error
  })
  const reader: Reader = {
    events,
    told: () => events.map(({ kind, bindingId }) => `${WatchKind[kind]!.replace('WATCH_KIND_', '')} ${bindingId}`),
    token: () => token,
    async until(count) {
      await vi.waitUntil(() => fault !== undefined || events.length >= count, { timeout: patienceMs })
      if (fault !== undefined) throw fault
    },
    async stop() {
      stopping.abort()
      await reading
    },
  }
  readers.push(reader)
  return reader
}

interface Wish {
  readonly resumeToken?: string
  readonly kinds?: WatchKind[]
}

const watch = (tenant: string, wish: Wish = {}, most?: number) =>
  read((signal) => client.watch({ tenant, ...wish }, { signal, lossesMax: 0 }), most)

const watchSystem = (wish: Wish = {}) => read((signal) => client.watchSystem(wish, { signal, lossesMax: 0 }))

/** A watch that is known to be open: it has told of the binding made for it. */
async function opened(lent: { tenant: string; pool: string }, wish: Wish = {}) {
  const reader = watch(lent.tenant, wish)
  await warm(lent, reader)
  return reader
}

async function warm(lent: { tenant: string; pool: string }, reader: Reader): Promise<void> {
  await vi.waitUntil(
    async () => {
      await allocate(client, axb(lent, person(), person(), { orderId: 'warm' }))
      await vi.waitUntil(() => reader.events.length > 0, { timeout: 200 }).catch(() => undefined)
      return reader.events.length > 0
    },
    { timeout: patienceMs },
  )
  // A second one that came late would be told as well: all of them are read before it begins.
  await vi.waitUntil(async () => {
    const before = reader.events.length
    await new Promise((resolve) => setTimeout(resolve, 150))
    return reader.events.length === before
  })
  reader.events.length = 0
}

const policies = (some: Partial<Policies>): Policies => ({ ...Policies.decode(new Uint8Array()), ...some })

describe('kinds', () => {
  test('a binding is told of as it is allocated, updated, called and released, with all of it', async () => {
    const lent = await lend(client)
    const reader = await opened(lent)
    const [a, b] = [person(), person()]
    const made = await allocate(client, axb(lent, a, b, { orderId: 'o-1' }))
    const { bindingId } = made
    const { binding: updated } = await client.update({ bindingId, orderId: 'o-2' })
    await client.reportCall({ bindingId, callId: 'c-1', phase: CallPhase.CALL_PHASE_STARTED, caller: a })
    const over = { phase: CallPhase.CALL_PHASE_ENDED, caller: a, answered: true, cause: 'hung up' }
    await client.reportCall({ bindingId, callId: 'c-1', ...over })
    const { binding: released } = await client.release({ bindingId, reason: 'done' })
    await reader.until(5)
    expect(reader.told()).toEqual(
      ['ALLOCATED', 'UPDATED', 'CALL', 'CALL', 'ENDED'].map((kind) => `${kind} ${bindingId}`),
    )
    const [first, second, third, fourth, fifth] = reader.events
    expect(first).toMatchObject({ tenant: lent.tenant, pool: lent.pool, binding: made })
    expect(second!.binding).toEqual(updated)
    expect(third!.call).toMatchObject({ callId: 'c-1', phase: CallPhase.CALL_PHASE_STARTED, caller: a })
    expect(fourth!.call).toMatchObject({ callId: 'c-1', ...over })
    expect(fifth!.binding).toEqual(released)
  })

  test('an end by time is told of, and so is that it is near, by the lead of the tenant', async () => {
    const lent = await lend(client, { tenant: { policies: policies({ expiringLeadMs: 800 }) } })
    const reader = await opened(lent)
    const { bindingId, endMs } = await allocate(client, axb(lent, person(), person(), { expiry: ttl(1_600) }))
    await reader.until(3)
    expect(reader.told()).toEqual(['ALLOCATED', 'EXPIRING', 'ENDED'].map((kind) => `${kind} ${bindingId}`))
    const [, expiring, ended] = reader.events
    expect(expiring!.atMs).toBeGreaterThanOrEqual(endMs - 800)
    expect(expiring!.atMs).toBeLessThan(endMs)
    expect(ended!.atMs).toBeGreaterThanOrEqual(endMs)
  })

  test('an end that release_on_hangup brings is told of after its call', async () => {
    const lent = await lend(client)
    const reader = await opened(lent)
    const { bindingId } = await allocate(client, axb(lent, person(), person(), { releaseOnHangup: true }))
    await client.reportCall({ bindingId, callId: 'c', phase: CallPhase.CALL_PHASE_ENDED, answered: true })
    await reader.until(3)
    expect(reader.told()).toEqual(['ALLOCATED', 'CALL', 'ENDED'].map((kind) => `${kind} ${bindingId}`))
  })

  test('those chosen alone are told', async () => {
    const lent = await lend(client)
    const kinds = [WatchKind.WATCH_KIND_ALLOCATED]
    const reader = await opened(lent, { kinds })
    const first = await allocate(client, axb(lent, person(), person()))
    await client.release({ bindingId: first.bindingId })
    const second = await allocate(client, axb(lent, person(), person()))
    await reader.until(2)
    expect(reader.told()).toEqual([first, second].map(({ bindingId }) => `ALLOCATED ${bindingId}`))
  })

  test('an operator hears that a pool runs low and that it no longer does, and of numbers that change state', async () => {
    const lent = await lend(client, { numbers: 3, pool: { lowNumbers: 2 } })
    const kinds = [WatchKind.WATCH_KIND_POOL_LOW, WatchKind.WATCH_KIND_NUMBER_STATE, WatchKind.WATCH_KIND_ALLOCATED]
    const reader = watchSystem({ kinds })
    await warm(await lend(client, { numbers: 1 }), reader)
    const hub = person()
    const made = [await allocate(client, axb(lent, hub, person(), { cooldownMs: 0 }))]
    made.push(await allocate(client, axb(lent, hub, person(), { cooldownMs: 0 })))
    const ofPool = (kind: WatchKind) => reader.events.filter((event) => event.pool === lent.pool && event.kind === kind)
    const levels = () => ofPool(WatchKind.WATCH_KIND_POOL_LOW).map(({ poolLevel }) => poolLevel)
    await vi.waitUntil(() => levels().length > 0, { timeout: patienceMs })
    expect(levels()).toEqual([{ low: true, freeNumbers: 1 }])
    for (const { bindingId } of made) await client.release({ bindingId })
    await vi.waitUntil(() => levels().length > 1, { timeout: patienceMs })
    expect(levels()[1]).toMatchObject({ low: false })
    const state = NumberState.NUMBER_STATE_DRAINING
    const first = lent.numbers[0]!
    await client.setNumberState({ target: { $case: 'block', value: { first, count: 2 } }, state })
    const states = () => ofPool(WatchKind.WATCH_KIND_NUMBER_STATE)
    await vi.waitUntil(() => states().length > 0, { timeout: patienceMs })
    expect(states().map(({ numbers }) => numbers)).toEqual([{ first, count: 2, state }])
  })
})

describe('to whom', () => {
  test('a tenant hears of its own bindings alone', async () => {
    const [mine, theirs] = [await lend(client), await lend(client)]
    const reader = await opened(mine)
    const foreign = await allocate(client, axb(theirs, person(), person()))
    await client.release({ bindingId: foreign.bindingId })
    const own = await allocate(client, axb(mine, person(), person()))
    await client.release({ bindingId: own.bindingId })
    await reader.until(2)
    expect(reader.told()).toEqual([`ALLOCATED ${own.bindingId}`, `ENDED ${own.bindingId}`])
    expect(new Set(reader.events.map(({ tenant }) => tenant))).toEqual(new Set([mine.tenant]))
  })

  test('an operator hears of all of them, and sees no party, order or user data', async () => {
    const lents = [await lend(client), await lend(client), await lend(client)]
    const reader = watchSystem()
    await warm(lents[0]!, reader)
    const people: string[] = []
    const made: string[] = []
    for (const lent of lents) {
      const [a, b] = [person(), person()]
      people.push(a, b)
      const more = { orderId: 'secret-order', userData: Buffer.from('secret-data') }
      const { bindingId } = await allocate(client, axb(lent, a, b, more))
      await client.reportCall({ bindingId, callId: 'c', phase: CallPhase.CALL_PHASE_STARTED, caller: a })
      await client.release({ bindingId })
      made.push(bindingId)
    }
    const ours = () => reader.told().filter((one) => made.includes(one.split(' ')[1]!))
    await vi.waitUntil(() => ours().length >= 9, { timeout: patienceMs })
    for (const bindingId of made) {
      const kinds = ours().filter((one) => one.endsWith(bindingId))
      expect(kinds).toEqual(['ALLOCATED', 'CALL', 'ENDED'].map((kind) => `${kind} ${bindingId}`))
    }
    const shown = JSON.stringify(reader.events)
    const data = JSON.stringify(Buffer.from('secret-data')).slice(0, 60)
    for (const secret of [...people, 'secret-order', data]) expect(shown).not.toContain(secret)
  })

  test('a tenant that is not named, or that nobody knows, is refused', async () => {
    for (const [tenant, code] of [
      ['', 'INVALID_ARGUMENT'],
      ['nobody', 'NOT_FOUND'],
    ] as const) {
      expect((await refusal(watch(tenant).until(1))).codeName).toBe(code)
    }
  })

  test('a token that no answer gave is refused', async () => {
    const { tenant } = await lend(client)
    expect((await refusal(watch(tenant, { resumeToken: 'invented' }).until(1))).codeName).toBe('INVALID_ARGUMENT')
  })
})

describe('resumption', () => {
  test('goes on right behind the token, without a gap or a repeat, over kill -9 and over SIGTERM', async () => {
    const lent = await lend(client, { numbers: 2 })
    const first = await opened(lent)
    const told: string[] = []
    const expected: string[] = []
    const act = async () => {
      const { bindingId } = await allocate(client, axb(lent, person(), person()))
      await client.update({ bindingId, record: true })
      await client.release({ bindingId })
      expected.push(...['ALLOCATED', 'UPDATED', 'ENDED'].map((kind) => `${kind} ${bindingId}`))
    }
    for (let i = 0; i < 4; i += 1) await act()
    await first.until(12)
    await first.stop()
    told.push(...first.told())
    let resumeToken = first.token()
    for (const end of ['kill', 'stop'] as const) {
      for (let i = 0; i < 3; i += 1) await act()
      await daemon[end]()
      await start()
      await act()
      const next = watch(lent.tenant, { resumeToken })
      await next.until(12)
      await act()
      await next.until(15)
      await next.stop()
      told.push(...next.told())
      resumeToken = next.token()
    }
    expect(told).toEqual(expected)
  })

  test('from any of its tokens: whatever was read before it comes no more, whatever came after comes again', async () => {
    const lent = await lend(client, { numbers: 2 })
    const reader = await opened(lent)
    const begin = reader.token()
    for (let i = 0; i < 10; i += 1) {
      const { bindingId } = await allocate(client, axb(lent, person(), person()))
      await client.release({ bindingId })
    }
    await reader.until(20)
    const all = reader.told()
    for (const most of [1, 7, 13]) {
      const part = watch(lent.tenant, { resumeToken: begin }, most)
      await part.until(most)
      await part.stop()
      const rest = watch(lent.tenant, { resumeToken: part.token() })
      if (part.events.length < 20) await rest.until(20 - part.events.length)
      expect([...part.told(), ...rest.told()]).toEqual(all)
      await rest.stop()
    }
  })

  test('an end that came while the daemon was down is told', async () => {
    const lent = await lend(client)
    const reader = await opened(lent)
    const { bindingId, endMs } = await allocate(client, axb(lent, person(), person(), { expiry: ttl(500) }))
    await reader.until(1)
    await reader.stop()
    await daemon.kill()
    await start()
    await untilTime(client, endMs)
    const next = watch(lent.tenant, { resumeToken: reader.token() })
    await next.until(1)
    expect(reader.told().concat(next.told())).toEqual([`ALLOCATED ${bindingId}`, `ENDED ${bindingId}`])
  })
})

test('without a token a watch begins now: what was before is not told', async () => {
  const lent = await lend(client)
  const before = await allocate(client, axb(lent, person(), person()))
  const reader = await opened(lent)
  const after = await allocate(client, axb(lent, person(), person()))
  await reader.until(1)
  expect(reader.told()).toEqual([`ALLOCATED ${after.bindingId}`])
  expect(reader.told().join()).not.toContain(before.bindingId)
  expect(reader.events[0]!.atMs).toBeLessThanOrEqual(await nowOf(client))
})
