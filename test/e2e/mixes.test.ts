/** Modes mixed at random on shared pools, over gRPC: a number never carries two families, nobody reaches a stranger. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { XpoolError } from '../../daemon/client/error.js'
import { Outcome, ResolveRequest, type ResolveResponse } from '../../daemon/generated/xpool/v1/resolution.js'
import { type Binding, Callback, CallPhase, Mode } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, axb, type Lent, lend, nowOf, party, person, ttl, type Wanted } from './world.js'

const steps = 160
const { MODE_AXB, MODE_AXYB, MODE_AX, MODE_AXE, MODE_AXG } = Mode
const modes = [MODE_AXB, MODE_AXYB, MODE_AX, MODE_AXE, MODE_AXG] as const

let data: string
let daemon: Daemon
let client: XpoolClient

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data, ['--gateways', '2'])
  client = daemon.connect()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

/** The numbers of one seed, each in [0, 1): a linear congruence is random enough to mix modes. */
function draws(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const familyOf = ({ mode }: Binding) => {
  if (mode === MODE_AX) return 'exclusive'
  return mode === MODE_AXE ? 'extension' : 'pair'
}
const numbersOf = ({ number, numberY }: Binding) => (numberY === '' ? [number] : [number, numberY])

/** The caller keys of a binding on one of its numbers, each with whom it stands for. */
function keysOn({ mode, number: x, numberY: y, a, b, members, extension }: Binding, number: string) {
  const keys = new Map<string, string>()
  const [one, other] = [a!.number, b?.number ?? '']
  if (mode === MODE_AXB || (mode === MODE_AXYB && number === y)) keys.set(one, other)
  if (mode === MODE_AXB || (mode === MODE_AXYB && number === x)) keys.set(other, one)
  if (mode === MODE_AX || mode === MODE_AXE || mode === MODE_AXG) keys.set(one, one)
  if (mode === MODE_AX) keys.set('any', one)
  if (mode === MODE_AXE) keys.set(`extension ${extension}`, one)
  for (const member of members) keys.set(member.number, one)
  return keys
}

class Mix {
  readonly bindings = new Map<string, Binding>()
  readonly granted = new Set<Mode>()
  /** When a later binding took over what was cooling: by the id of the former, number and caller key. */
  private readonly takenOverMs = new Map<string, number>()
  private readonly people = Array.from({ length: 9 }, person)
  private calls = 0

  constructor(
    private readonly lent: Lent,
    private readonly draw: () => number,
  ) {}

  one<T>(from: readonly T[]): T {
    return from[Math.floor(this.draw() * from.length)]!
  }

  async step(): Promise<void> {
    const known = [...this.bindings.values()]
    const roll = this.draw()
    if (known.length === 0 || roll < 0.55) return this.allocate()
    const { bindingId } = this.one(known)
    if (roll < 0.8) this.keep((await client.release({ bindingId })).binding!)
    else if (roll < 0.9) await this.call(bindingId)
    else await this.update(bindingId)
  }

  private async allocate(): Promise<void> {
    const mode = this.one(modes)
    const [a, b, m] = this.people.toSorted(() => this.draw() - 0.5) as [string, string, string]
    const wanted: Wanted = {
      mode,
      b: mode === MODE_AXB || mode === MODE_AXYB ? party(b) : undefined,
      members: mode === MODE_AXG ? [party(b), party(m)] : [],
      cooldownMs: this.one([0, 0, 100, 60_000]),
      expiry: ttl(this.one([150, 60_000])),
      startMs: this.draw() < 0.2 ? (await nowOf(client)) + this.one([100, 120_000]) : undefined,
      maxCallMs: 1_000,
    }
    const made = await this.tried(allocate(client, axb(this.lent, a, b, wanted)))
    if (made === undefined) return
    this.granted.add(mode)
    this.judgeFamilies(made)
    this.keep(made)
  }

  private async call(bindingId: string): Promise<void> {
    this.calls += 1
    const phase = this.draw() < 0.5 ? CallPhase.CALL_PHASE_STARTED : CallPhase.CALL_PHASE_ENDED
    await client.reportCall({ bindingId, callId: `c${this.calls % 4}`, phase, caller: this.one(this.people) })
    this.keep((await client.getBinding({ bindingId })).binding!)
  }

  private async update(bindingId: string): Promise<void> {
    const change = this.draw() < 0.5 ? { a: party(this.one(this.people)) } : { endMs: (await nowOf(client)) + 30_000 }
    const updated = await this.tried(client.update({ bindingId, ...change }))
    if (updated?.binding !== undefined) this.keep(updated.binding)
  }

  keep(binding: Binding): void {
    this.bindings.set(binding.bindingId, binding)
  }

  /** Refusals are part of the game; faults are not. */
  private async tried<T>(promise: Promise<T>): Promise<T | undefined> {
    return promise.catch((error: unknown) => {
      if (!(error instanceof XpoolError) || error.domain !== 'xpool') throw error
      expect(['RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'INVALID_ARGUMENT']).toContain(error.codeName)
      return undefined
    })
  }

  /** I3: whatever is still held on the new binding's numbers is of its family; an exclusive number is nobody else's. */
  private judgeFamilies(made: Binding): void {
    for (const number of numbersOf(made)) {
      const known = [...this.bindings.values()].filter((one) => numbersOf(one).includes(number))
      const there = known.filter((one) => this.heldUntilMs(one, number) > made.createdMs)
      expect([...new Set([...there, made].map(familyOf))]).toEqual([familyOf(made)])
      for (const one of there) {
        const apart = this.heldUntilMs(one, number) <= made.startMs || made.cooldownUntilMs <= one.startMs
        // The same A takes its own cooldown over, or has its own cut by its later booking.
        const own = one.a!.number === made.a!.number && (one.endMs <= made.startMs || made.endMs <= one.startMs)
        if (familyOf(made) === 'exclusive') expect(apart || own, JSON.stringify({ one, made })).toBe(true)
        this.noteTakeOver(one, made, number)
      }
    }
  }

  private heldUntilMs(binding: Binding, number: string): number {
    const { bindingId, cooldownUntilMs } = binding
    const untils = [...keysOn(binding, number).keys()].map((key) =>
      this.takenOverMs.get(`${bindingId} ${number} ${key}`),
    )
    return Math.max(0, ...untils.map((until) => Math.min(until ?? cooldownUntilMs, cooldownUntilMs)))
  }

  private noteTakeOver(former: Binding, made: Binding, number: string): void {
    if (former.startMs > made.startMs) return
    const keys = keysOn(made, number)
    for (const [key, owner] of keysOn(former, number)) {
      if (keys.get(key) === owner) this.takenOverMs.set(`${former.bindingId} ${number} ${key}`, made.startMs)
    }
  }

  /** I2: whoever is connected is put through to a party of a binding that knows the caller. */
  async judgeRoutes(): Promise<void> {
    const extensions = ['', ...new Set([...this.bindings.values()].map(({ extension }) => extension).filter(Boolean))]
    const asked = this.lent.numbers.flatMap((number) =>
      this.people.flatMap((caller) =>
        extensions.slice(0, 3).map((extension) => ({ ...blankQuestion, number, caller, extension })),
      ),
    )
    await using stream = client.resolveStream()
    const before = await nowOf(client)
    const answers: ResolveResponse[] = []
    for (let i = 0; i < asked.length; i += 1_000) answers.push(...(await stream.send(asked.slice(i, i + 1_000))))
    const after = await nowOf(client)
    for (const [i, answer] of answers.entries()) {
      expect(answer.error).toBeUndefined()
      if (answer.outcome === Outcome.OUTCOME_CONNECT) this.judgeConnected(asked[i]!, answer, before, after)
    }
  }

  private judgeConnected(
    { number, caller, extension }: ResolveRequest,
    { bindingId, callee, display }: ResolveResponse,
    before: number,
    after: number,
  ): void {
    const binding = this.bindings.get(bindingId)!
    expect(binding.startMs <= after && before < binding.endMs).toBe(true)
    expect(numbersOf(binding)).toEqual(expect.arrayContaining([number, display]))
    const { mode, a, b, members } = binding
    const others = [b, ...members].flatMap((one) => (one === undefined ? [] : [one.number]))
    if (mode === MODE_AXE) expect([callee, binding.extension]).toEqual([a!.number, extension])
    else if (mode === MODE_AX) expect([callee, caller === callee]).toEqual([a!.number, false])
    else if (caller === a!.number) expect(others).toContain(callee)
    else expect([others.includes(caller), callee]).toEqual([true, a!.number])
  }
}

const blankQuestion = ResolveRequest.decode(new Uint8Array())

test.each([1, 2, 3])(
  'I1 I2 I3: modes mixed at random on a shared pool keep their families, round %i',
  async (round) => {
    const draw = draws(Number(process.env['XPOOL_SEED'] ?? 1) + round)
    const lent = await lend(client, { numbers: 6, pool: { sparePercent: 0, extensionDigits: 1 } })
    const mix = new Mix(lent, draw)
    for (let i = 0; i < steps; i += 1) {
      await mix.step()
      if (i % 20 === 19) await mix.judgeRoutes()
    }
    expect(mix.granted.size).toBeGreaterThan(1)
    expect(mix.bindings.size).toBeGreaterThan(10)
  },
)

test('I3: an exclusive number, an extension number and a pair number do not change their family while held', async () => {
  const lent = await lend(client, { numbers: 1 })
  for (const mode of [MODE_AXB, MODE_AX, MODE_AXE]) {
    const held = await allocate(client, axb(lent, person(), person(), { ...shape(mode), cooldownMs: 0 }))
    for (const other of modes) {
      const fits = familyOf({ ...held, mode: other }) === familyOf(held) && mode !== MODE_AX && other !== MODE_AXYB
      const made = await allocate(client, axb(lent, person(), person(), { ...shape(other), cooldownMs: 0 })).then(
        (binding) => binding,
        (error: XpoolError) => error,
      )
      if (fits) await client.release({ bindingId: (made as Binding).bindingId })
      else expect((made as XpoolError).reason).toBe('POOL_EXHAUSTED')
    }
    await client.release({ bindingId: held.bindingId })
  }
})

function shape(mode: Mode): Wanted {
  if (mode === MODE_AXB || mode === MODE_AXYB) return { mode }
  const members = mode === MODE_AXG ? [party(person())] : []
  return { mode, b: undefined, members, callback: Callback.CALLBACK_NONE }
}
