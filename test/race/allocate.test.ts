/** Ten thousand Allocates at once over several connections and gateways: the invariants of allocation under a race. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { XpoolError } from '../../daemon/client/error.js'
import type { Quotas } from '../../daemon/generated/xpool/v1/administration.js'
import { type Binding, Mode } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from '../e2e/daemon.js'
import { ask, axb, lend, person, type Wanted } from '../e2e/world.js'

const connections = 8
/** Calls unanswered at once over all connections. */
const outstanding = 800

let data: string
let daemon: Daemon
let clients: XpoolClient[]

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data, ['--gateways', '2'])
  clients = Array.from({ length: connections }, () => daemon.connect())
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

/** Runs `job` for each item, `outstanding` at once. */
async function race<T, R>(items: readonly T[], job: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await job(items[i]!, i)
  }
  await Promise.all(Array.from({ length: outstanding }, worker))
  return results
}

/** The binding, or the reason of the refusal. Anything that is not a refusal of the core fails the test. */
async function attempt(client: XpoolClient, request: Wanted): Promise<Binding | string> {
  try {
    return (await client.allocate(request, { timeoutMs: 30_000 })).binding!
  } catch (error) {
    if (error instanceof XpoolError && error.codeName === 'RESOURCE_EXHAUSTED' && error.reason !== 'OVERLOADED') {
      return error.reason
    }
    throw error
  }
}

/** I6: both sides, each on a connection other than the one that was answered. */
async function seen(binding: Binding, index: number): Promise<string[]> {
  const { number: x, numberY: y, a, b } = binding
  const [one, two] = [clients[(index + 1) % connections]!, clients[(index + 3) % connections]!]
  const answers = [ask(one, y || x, a!.number), ask(two, x, b!.number)]
  const expected = [`${b!.number} sees ${x}`, `${a!.number} sees ${y || x}`]
  const got = await Promise.all(answers)
  return got.flatMap((answer, i) => (answer === expected[i] ? [] : [`${binding.bindingId}: ${answer}`]))
}

/** I1: (number, caller) -> how many live bindings. */
function sharedRoutes(bindings: readonly Binding[]): string[] {
  const owners = new Map<string, string>()
  const shared: string[] = []
  for (const { bindingId, number: x, numberY: y, a, b } of bindings) {
    for (const key of [`${y || x} from ${a!.number}`, `${x} from ${b!.number}`]) {
      if (owners.has(key)) shared.push(`${key}: ${owners.get(key)} and ${bindingId}`)
      owners.set(key, bindingId)
    }
  }
  return shared
}

test('I1 I4 I6: 10,000 concurrent Allocates, many for the same parties', async () => {
  const quotas: Partial<Quotas> = { liveBindings: 6_000, liveBindingsPerParty: 150 }
  const one = await lend(clients[0]!, { numbers: 200, pool: { maxBindingsPerNumber: 40 } })
  const two = await lend(clients[0]!, { numbers: 200, quotas })
  const hubs = Array.from({ length: 40 }, person)
  const requests = Array.from({ length: 10_000 }, (_, i) => {
    const lent = i % 2 === 0 ? one : two
    const mode = i % 5 === 0 ? Mode.MODE_AXYB : Mode.MODE_AXB
    const hub = hubs[(i * 7) % hubs.length]!
    const friend = i % 3 === 0 ? hubs[(i * 11 + 1) % hubs.length]! : person()
    return axb(lent, i % 4 < 2 ? hub : friend, i % 4 < 2 ? friend : hub, { mode })
  }).filter((request) => request.a!.number !== request.b!.number)
  const unseen: string[] = []
  const outcomes = await race(requests, async (request, i) => {
    const outcome = await attempt(clients[i % connections]!, request)
    if (typeof outcome !== 'string') unseen.push(...(await seen(outcome, i)))
    return outcome
  })
  const granted = outcomes.filter((outcome) => typeof outcome !== 'string')
  expect(unseen).toEqual([])
  expect(sharedRoutes(granted)).toEqual([])
  for (const [number, count] of loads(granted.filter((binding) => binding.pool === one.pool))) {
    expect(count, number).toBeLessThanOrEqual(40)
  }
  expect(granted.length).toBeGreaterThan(4_000)
  await expectCounted(one.tenant, granted)
  await expectCounted(two.tenant, granted)
})

/** Live bindings by number. */
function loads(bindings: readonly Binding[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { number, numberY } of bindings) {
    for (const x of numberY === '' ? [number] : [number, numberY]) counts.set(x, (counts.get(x) ?? 0) + 1)
  }
  return counts
}

/** What was acknowledged is what the daemon counts. */
async function expectCounted(tenant: string, granted: readonly Binding[]): Promise<void> {
  const { tenants } = await clients[1]!.getStats({})
  const mine = granted.filter((binding) => binding.tenant === tenant).length
  expect(tenants.find((found) => found.tenant === tenant)).toMatchObject({ liveBindings: mine })
}

test('I4: with more demand than quota, the quotas are met exactly and never exceeded by one', async () => {
  const lent = await lend(clients[0]!, { numbers: 60, quotas: { liveBindings: 500, liveBindingsPerParty: 20 } })
  const hubs = Array.from({ length: 20 }, person)
  const requests = Array.from({ length: 3_000 }, (_, i) => axb(lent, hubs[i % 20]!, person()))
  const outcomes = await race(requests, (request, i) => attempt(clients[i % connections]!, request))
  const granted = outcomes.filter((outcome) => typeof outcome !== 'string')
  const perHub = hubs.map((hub) => granted.filter((binding) => binding.a!.number === hub).length)
  expect(perHub).toEqual(hubs.map(() => 20))
  expect(new Set(outcomes.filter((outcome) => typeof outcome === 'string'))).toEqual(new Set(['QUOTA_PER_PARTY']))
  const strangers = Array.from({ length: 500 }, () => axb(lent, person(), person()))
  const more = await race(strangers, (request, i) => attempt(clients[i % connections]!, request))
  expect(more.filter((outcome) => typeof outcome !== 'string')).toHaveLength(100)
  expect(more.filter((outcome) => outcome === 'QUOTA_LIVE_BINDINGS')).toHaveLength(400)
})

test('I7: the same request from every connection at once makes one binding', async () => {
  const lent = await lend(clients[0]!, { numbers: 20 })
  const requests = Array.from({ length: 100 }, (_, i) => axb(lent, person(), person(), { requestId: `once-${i}` }))
  const copies = requests.flatMap((request) => clients.map(() => request))
  const answers = await race(copies, async (request, i) => {
    const { binding, replayed } = await clients[i % connections]!.allocate(request)
    return { id: request.requestId!, bindingId: binding!.bindingId, replayed }
  })
  for (const { requestId } of requests) {
    const mine = answers.filter(({ id }) => id === requestId)
    expect(new Set(mine.map(({ bindingId }) => bindingId)).size).toBe(1)
    expect(mine.filter(({ replayed }) => !replayed)).toHaveLength(1)
  }
})

test('I1: releases, updates and allocations of the same few parties race, and every route still has one owner', async () => {
  const lent = await lend(clients[0]!, { numbers: 12, pool: { cooldownMs: 0 } })
  const people = Array.from({ length: 8 }, person)
  const live = new Map<string, Binding>()
  const steps = Array.from({ length: 4_000 }, (_, i) => i)
  await race(steps, async (i) => {
    const client = clients[i % connections]!
    const taken = i % 3 === 0 ? live.keys().next().value : undefined
    if (taken !== undefined) {
      live.delete(taken)
      await client.release({ bindingId: taken })
      return
    }
    const [a, b] = [people[i % 8]!, people[(i * 5 + 1 + (i % 3)) % 8]!]
    if (a === b) return
    const outcome = await attempt(client, axb(lent, a, b))
    if (typeof outcome !== 'string') live.set(outcome.bindingId, outcome)
  })
  expect(sharedRoutes([...live.values()])).toEqual([])
  for (const binding of live.values()) expect(await seen(binding, 0)).toEqual([])
  await expectCounted(lent.tenant, [...live.values()])
})
