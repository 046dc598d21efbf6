/**
 * Rounds of kill -9 under load. XPOOL_CRASH_ROUNDS says how many (5; 50 before
 * a release). After each start everything acknowledged is there and whole,
 * what was not answered is there wholly or not at all, and retries give the same bindings.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { XpoolError } from '../../daemon/client/error.js'
import { type Binding, BindingState, Mode } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from '../e2e/daemon.js'
import { ask, axb, type Lent, lend, nowOf, person, type Wanted } from '../e2e/world.js'
import { type Known, Ledger, permitted } from './ledger.js'

const rounds = Number(process.env['XPOOL_CRASH_ROUNDS'] ?? 5)
const connections = 4
const workersPerConnection = 16
const loadMs = { least: 50, most: 400 }
/** The load counts from so many acknowledgements on: a busy machine starts slowly. */
const warmUp = 100
/** Bindings looked at after each round, the latest; after the last round all. */
const checkedEachRound = 3_000
/** Calls at once while checking. */
const checksAtOnce = 64

let data: string
let daemon: Daemon
let lent: Lent
const ledger = new Ledger()
let serial = 0

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
  lent = await lend(daemon.connect(), { numbers: 300 })
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

function nextRequest(): Wanted {
  serial += 1
  const mode = serial % 4 === 0 ? Mode.MODE_AXYB : Mode.MODE_AXB
  return axb(lent, person(), person(), {
    mode,
    requestId: `request-${serial}`,
    userData: Buffer.from(`data-${serial}`),
  })
}

async function allocate(client: XpoolClient): Promise<void> {
  const request = nextRequest()
  ledger.sent(request)
  try {
    ledger.allocated(request, (await client.allocate(request)).binding!)
  } catch (error) {
    if (isRefusal(error)) ledger.refused(request)
    throw error
  }
}

/** The daemon answered, rather than dying. */
function isRefusal(error: unknown): boolean {
  return error instanceof XpoolError && error.domain === 'xpool'
}

async function release(client: XpoolClient, known: Known): Promise<void> {
  known.doubt = { type: 'release' }
  const { bindingId } = known.binding
  ledger.changed(known, (await client.release({ bindingId, reason: 'crash' })).binding!)
}

async function update(client: XpoolClient, known: Known): Promise<void> {
  serial += 1
  const orderId = `order-${serial}`
  known.doubt = { type: 'update', orderId }
  const { bindingId } = known.binding
  ledger.changed(known, (await client.update({ bindingId, orderId })).binding!)
}

/** A live binding that nothing is under way for. */
function idle(): Known | undefined {
  const all = [...ledger.known.values()].slice(-200)
  const free = all.filter(({ doubt, binding }) => doubt === undefined && binding.state === active)
  return free[Math.floor(Math.random() * free.length)]
}

const active = BindingState.BINDING_STATE_ACTIVE

async function worker(client: XpoolClient, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const known = Math.random() < 0.4 ? idle() : undefined
    try {
      if (known === undefined) await allocate(client)
      else await (Math.random() < 0.5 ? release(client, known) : update(client, known))
    } catch (error) {
      if (isOver()) return
      throw error
    }
  }
}

async function loadUntilKilled(): Promise<void> {
  let over = false
  const clients = Array.from({ length: connections }, () => daemon.connect())
  const workers = clients.flatMap((client) =>
    Array.from({ length: workersPerConnection }, () => worker(client, () => over)),
  )
  const work = Promise.all(workers)
  await Promise.race([warmedUp(), work])
  await Promise.race([pause(loadMs.least + Math.random() * (loadMs.most - loadMs.least)), work])
  over = true
  await daemon.kill()
  await work
}

async function warmedUp(): Promise<void> {
  const enough = ledger.acknowledged + warmUp
  while (ledger.acknowledged < enough) await pause(1)
}

async function each<T>(items: Iterable<T>, job: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const take = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await job(item)
  }
  await Promise.all(Array.from({ length: checksAtOnce }, take))
}

/** Both routes of a binding, as calls see them. */
async function routes(client: XpoolClient, { number: x, numberY: y, a, b }: Binding): Promise<string[]> {
  return Promise.all([ask(client, y || x, a!.number), ask(client, x, b!.number)])
}

function wholeRoutes({ number: x, numberY: y, a, b, state }: Binding): string[] {
  if (state !== active) return ['ENDED', 'ENDED']
  return [`${b!.number} sees ${x}`, `${a!.number} sees ${y || x}`]
}

/** I5: one binding as it is now against what was acknowledged; settles what was in doubt. */
async function checkKnown(client: XpoolClient, known: Known): Promise<void> {
  const { bindingId } = known.binding
  const found = (await client.getBinding({ bindingId })).binding!
  expect(permitted(known, found), `${JSON.stringify(known)} is now ${JSON.stringify(found)}`).toBe(true)
  expect(await routes(client, found), bindingId).toEqual(wholeRoutes(found))
  expect(found.userData.toString()).toBe(known.request.userData!.toString())
  known.binding = found
  known.doubt = undefined
}

/** I7: acknowledged requests replay; unanswered ones are made now, or were made whole before the crash. */
async function checkRetries(client: XpoolClient): Promise<void> {
  await each([...ledger.known.values()].slice(-300), async ({ request, binding }) => {
    const again = await client.allocate(request)
    expect([again.replayed, again.binding!.bindingId]).toEqual([true, binding.bindingId])
  })
  const made = new Set(await listed(client))
  await each([...ledger.unanswered.values()], async (request) => {
    const { replayed, binding } = await client.allocate(request)
    expect(replayed, 'a binding that survived is the one that a retry gives').toBe(made.has(binding!.bindingId))
    expect(await routes(client, binding!)).toEqual(wholeRoutes(binding!))
    ledger.allocated(request, binding!)
  })
}

async function listed(client: XpoolClient): Promise<string[]> {
  const ids: string[] = []
  let pageToken = ''
  do {
    const page = await client.listBindings({ tenant: lent.tenant, pageSize: 1_000, pageToken })
    ids.push(...page.bindings.map((binding) => binding.bindingId))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return ids
}

test(
  `I5 I7: ${rounds} rounds of kill -9 under load lose nothing acknowledged and leave nothing half done`,
  async () => {
    let clockMs = 0
    for (let round = 1; round <= rounds; round += 1) {
      const before = ledger.acknowledged
      await loadUntilKilled()
      expect(ledger.acknowledged, `round ${round} acknowledged something`).toBeGreaterThanOrEqual(before + warmUp)
      daemon = await startDaemon(data)
      const client = daemon.connect()
      const now = await nowOf(client)
      expect(now, 'I9: the clock never falls').toBeGreaterThanOrEqual(clockMs)
      clockMs = now
      const known = [...ledger.known.values()].slice(round === rounds ? 0 : -checkedEachRound)
      await each(known, (one) => checkKnown(client, one))
      await checkRetries(client)
      // Nothing that nobody asked for: every binding there is one that was acknowledged, before or just now.
      expect(new Set(await listed(client))).toEqual(new Set(ledger.known.keys()))
      const live = [...ledger.known.values()].filter(({ binding }) => binding.state === active).length
      const { tenants } = await client.getStats({})
      expect(tenants.find(({ tenant }) => tenant === lent.tenant)).toMatchObject({ liveBindings: live })
    }
  },
  60_000 + rounds * 20_000,
)
