/** Calls as call control reports them: what they hold, count and remember, restarts included. */
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import {
  ReportCallRequest,
  type ReportCallResult,
  type ReportCallStreamResponse,
  ResolutionServiceClient,
} from '../../daemon/generated/xpool/v1/resolution.js'
import {
  type Binding,
  BindingState,
  Callback,
  CallPhase,
  Direction,
  Media,
  Mode,
} from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import {
  allocate,
  ask,
  axb,
  type Lent,
  lend,
  nowOf,
  party,
  person,
  refusal,
  refused,
  ttl,
  untilTime,
  type Wanted,
} from './world.js'

const hourMs = 3_600_000
const { CALL_PHASE_STARTED, CALL_PHASE_ANSWERED, CALL_PHASE_ENDED } = CallPhase
const { BINDING_STATE_ACTIVE, BINDING_STATE_ENDED } = BindingState

let data: string
let daemon: Daemon
let client: XpoolClient
let other: XpoolClient

async function start(): Promise<void> {
  daemon = await startDaemon(data)
  client = daemon.connect()
  other = daemon.connect()
}

async function restart(): Promise<void> {
  await daemon.kill()
  await start()
}

beforeAll(async () => {
  data = await dataFolder()
  await start()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

type Told = Partial<ReportCallRequest>

/** One report on a connection of its own. */
function report({ bindingId, number }: Binding, callId: string, phase: CallPhase, told: Told = {}) {
  return other.reportCall({ bindingId, number, callId, phase, ...told })
}

interface Pair {
  readonly lent: Lent
  readonly a: string
  readonly b: string
  readonly x: string
  readonly binding: Binding
}

/** A and B on the only number of a pool, without a cooldown unless asked for. */
async function pair(more: Wanted = {}): Promise<Pair> {
  const lent = await lend(client, { numbers: 1 })
  const [a, b] = [person(), person()]
  const binding = await allocate(client, axb(lent, a, b, { cooldownMs: 0, ...more }))
  return { lent, a, b, x: binding.number, binding }
}

const release = async ({ bindingId }: Binding) => (await client.release({ bindingId })).binding!
const exhausted = 'RESOURCE_EXHAUSTED POOL_EXHAUSTED'

describe('I11: a call in progress holds the routes of its binding', () => {
  test('with release_on_hangup: STARTED, a Release, then an Allocate for one of the parties waits for ENDED', async () => {
    const { lent, a, b, x, binding } = await pair({ releaseOnHangup: true })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    await release(binding)
    expect([await ask(other, x, a), await ask(other, x, b)]).toEqual(['ENDED', 'ENDED'])
    for (const party of [a, b]) expect(await refused(client.allocate(axb(lent, party, person())))).toBe(exhausted)
    // Not even the same pair, whose cooldown could be taken over.
    expect(await refused(client.allocate(axb(lent, a, b)))).toBe(exhausted)
    const ended = await report(binding, 'c', CALL_PHASE_ENDED, { caller: a, answered: true })
    expect(ended).toMatchObject({ recorded: true, state: BINDING_STATE_ENDED })
    const next = await allocate(client, axb(lent, a, person()))
    expect(next.number).toBe(x)
  })

  test('without ENDED it is held for max_call_ms from STARTED, and a refusal says so', async () => {
    const { lent, a, b, x, binding } = await pair({ releaseOnHangup: true, maxCallMs: 1_500 })
    const before = await nowOf(client)
    const started = await report(binding, 'c', CALL_PHASE_STARTED, { caller: b })
    const after = await nowOf(client)
    const { cooldownUntilMs } = await release(binding)
    expect(cooldownUntilMs).toBeGreaterThanOrEqual(before + 1_500)
    expect(cooldownUntilMs).toBeLessThanOrEqual(after + 1_500)
    expect(started.recorded).toBe(true)
    const error = await refusal(client.allocate(axb(lent, a, person())))
    expect(error.reason).toBe('POOL_EXHAUSTED')
    expect(error.retryAfterMs).toBeGreaterThan(0)
    expect(error.retryAfterMs).toBeLessThanOrEqual(1_500)
    await untilTime(client, cooldownUntilMs)
    expect((await allocate(client, axb(lent, a, person()))).number).toBe(x)
  })

  test('past an end by time likewise, and over a restart', async () => {
    const { lent, a, b, x, binding } = await pair({ expiry: ttl(700) })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    await untilTime(client, binding.endMs)
    await restart()
    expect([await ask(other, x, a), await ask(other, x, b)]).toEqual(['ENDED', 'ENDED'])
    expect(await refused(client.allocate(axb(lent, a, person())))).toBe(exhausted)
    await report(binding, 'c', CALL_PHASE_ENDED, { caller: a })
    expect((await allocate(client, axb(lent, a, person()))).number).toBe(x)
  })

  test('the cooldown counts from the hang-up', async () => {
    const cooldownMs = 60_000
    const { binding, a } = await pair({ cooldownMs })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    const { endMs } = await release(binding)
    await untilTime(client, endMs + 50)
    const atMs = await nowOf(client)
    const ended = await report(binding, 'c', CALL_PHASE_ENDED, { atMs })
    expect(ended.cooldownUntilMs).toBe(atMs + cooldownMs)
    const { binding: shown } = await client.getBinding({ bindingId: binding.bindingId })
    expect(shown).toMatchObject({ endMs, cooldownUntilMs: atMs + cooldownMs })
  })

  test('a hang-up before the end changes nothing: the cooldown counts from the end', async () => {
    const { binding, a } = await pair({ cooldownMs: 60_000 })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    await report(binding, 'c', CALL_PHASE_ENDED, { answered: true })
    const { endMs, cooldownUntilMs } = await release(binding)
    expect(cooldownUntilMs).toBe(endMs + 60_000)
  })

  test('grace counts from the end, not from the hang-up', async () => {
    const { a, b, x, binding } = await pair({ graceMs: 600, cooldownMs: 600 })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    const { endMs } = await release(binding)
    expect(await ask(other, x, b)).toBe(`grace ${a} sees ${x}`)
    await untilTime(client, endMs + 600)
    expect([await ask(other, x, a), await ask(other, x, b)]).toEqual(['ENDED', 'ENDED'])
  })

  test('each of two calls holds', async () => {
    const { lent, a, b, binding } = await pair()
    await report(binding, 'one', CALL_PHASE_STARTED, { caller: a })
    await report(binding, 'two', CALL_PHASE_STARTED, { caller: b })
    await release(binding)
    await report(binding, 'one', CALL_PHASE_ENDED)
    expect(await refused(client.allocate(axb(lent, a, person())))).toBe(exhausted)
    await report(binding, 'two', CALL_PHASE_ENDED)
    await allocate(client, axb(lent, a, person()))
  })
})

describe('release_on_hangup', () => {
  test('ends the binding when an answered call ends, not when an unanswered one does', async () => {
    const { a, x, b, binding } = await pair({ releaseOnHangup: true, cooldownMs: 60_000 })
    await report(binding, 'one', CALL_PHASE_STARTED, { caller: a })
    const unanswered = await report(binding, 'one', CALL_PHASE_ENDED, { cause: 'no answer' })
    expect(unanswered.state).toBe(BINDING_STATE_ACTIVE)
    await report(binding, 'two', CALL_PHASE_STARTED, { caller: a })
    await report(binding, 'two', CALL_PHASE_ANSWERED)
    expect(await ask(other, x, a)).toBe(`${b} sees ${x}`)
    const ended = await report(binding, 'two', CALL_PHASE_ENDED)
    expect(ended.state).toBe(BINDING_STATE_ENDED)
    expect(await ask(other, x, a)).toBe('ENDED')
  })

  test.each([
    ['STARTED and ANSWERED are lost', []],
    ['STARTED is lost', [CALL_PHASE_ANSWERED]],
    ['ANSWERED is lost', [CALL_PHASE_STARTED]],
  ])('ends it although %s, when ENDED says that the call was answered', async (_, phases) => {
    const { a, binding } = await pair({ releaseOnHangup: true })
    for (const phase of phases) await report(binding, 'c', phase, { caller: a })
    const ended = await report(binding, 'c', CALL_PHASE_ENDED, { caller: a, answered: true })
    expect(ended.state).toBe(BINDING_STATE_ENDED)
  })

  test('waits for the last call in progress', async () => {
    const { a, b, binding } = await pair({ releaseOnHangup: true })
    for (const [callId, caller] of [
      ['one', a],
      ['two', b],
    ] as const) {
      await report(binding, callId, CALL_PHASE_STARTED, { caller })
      await report(binding, callId, CALL_PHASE_ANSWERED)
    }
    expect((await report(binding, 'one', CALL_PHASE_ENDED)).state).toBe(BINDING_STATE_ACTIVE)
    expect((await report(binding, 'two', CALL_PHASE_ENDED)).state).toBe(BINDING_STATE_ENDED)
  })

  test('is off by default', async () => {
    const { a, binding } = await pair()
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    expect((await report(binding, 'c', CALL_PHASE_ENDED, { answered: true })).state).toBe(BINDING_STATE_ACTIVE)
  })
})

describe('repeated, late and out-of-order reports do no harm', () => {
  test('a repeat tells nothing new and changes nothing', async () => {
    const { a, binding } = await pair({ cooldownMs: 60_000, maxCalls: 9 })
    const atMs = await nowOf(client)
    const twice = async (phase: CallPhase, told: Told) => {
      const first = await report(binding, 'c', phase, told)
      const second = await report(binding, 'c', phase, told)
      expect([first.recorded, second.recorded]).toEqual([true, false])
      expect(second.cooldownUntilMs).toBe(first.cooldownUntilMs)
    }
    await twice(CALL_PHASE_STARTED, { caller: a, atMs })
    await twice(CALL_PHASE_ANSWERED, { caller: a, atMs })
    await release(binding)
    await twice(CALL_PHASE_ENDED, { atMs: await nowOf(client) })
  })

  test('ENDED before STARTED and ANSWERED: the call is over', async () => {
    const { lent, a, binding } = await pair()
    await report(binding, 'c', CALL_PHASE_ENDED, { caller: a, answered: true })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a })
    await report(binding, 'c', CALL_PHASE_ANSWERED, { caller: a })
    const { endMs, cooldownUntilMs } = await release(binding)
    expect(cooldownUntilMs).toBe(endMs)
    await allocate(client, axb(lent, a, person()))
  })

  test('reports that arrive when the number is lent again change nothing of the new binding (I2)', async () => {
    const { lent, a, x, binding } = await pair()
    await release(binding)
    const c = person()
    const next = await allocate(client, axb(lent, a, c))
    await report(binding, 'late', CALL_PHASE_STARTED, { caller: a, atMs: binding.startMs })
    expect([await ask(other, x, a), await ask(other, x, c)]).toEqual([`${c} sees ${x}`, `${a} sees ${x}`])
    await report(binding, 'late', CALL_PHASE_ENDED, { answered: true })
    expect(await ask(other, x, a)).toBe(`${c} sees ${x}`)
    expect((await client.getBinding({ bindingId: next.bindingId })).binding!.state).toBe(BINDING_STATE_ACTIVE)
  })

  test('what lies ahead is taken for now', async () => {
    const { binding, a } = await pair({ maxCallMs: 1_000 })
    await report(binding, 'c', CALL_PHASE_STARTED, { caller: a, atMs: (await nowOf(client)) + hourMs })
    const { cooldownUntilMs } = await release(binding)
    expect(cooldownUntilMs).toBeLessThanOrEqual((await nowOf(client)) + 1_000)
  })

  test('a report without a call, a phase or a binding is refused, field by field', async () => {
    const { binding } = await pair()
    const { bindingId } = binding
    const phase = CALL_PHASE_STARTED
    const faults = [
      [{ bindingId, phase }, 'call_id'],
      [{ bindingId, phase, callId: 'c'.repeat(129) }, 'call_id'],
      [{ bindingId, callId: 'c' }, 'phase'],
      [{ callId: 'c', phase }, 'binding_id'],
      [{ bindingId, callId: 'c', phase, cause: 'c'.repeat(129) }, 'cause'],
    ] as const
    for (const [told, field] of faults) {
      const error = await refusal(client.reportCall(told))
      expect([error.codeName, error.metadata['field']]).toEqual(['INVALID_ARGUMENT', field])
    }
    const absent = `${bindingId.slice(0, -1)}${bindingId.endsWith('Z') ? 'Y' : 'Z'}`
    const unknown = client.reportCall({ bindingId: absent, callId: 'c', phase })
    expect(await refused(unknown)).toBe('NOT_FOUND BINDING_NOT_FOUND')
  })
})

describe('max_calls', () => {
  test('counts answered calls and calls in progress, in both directions, and survives a restart', async () => {
    const { a, b, x, binding } = await pair({ maxCalls: 2 })
    const both = async () => [await ask(other, x, a), await ask(other, x, b)]
    const connected = [`${b} sees ${x}`, `${a} sees ${x}`]
    await report(binding, 'one', CALL_PHASE_STARTED, { caller: a })
    await report(binding, 'one', CALL_PHASE_ANSWERED)
    await report(binding, 'one', CALL_PHASE_ENDED)
    expect(await both()).toEqual(connected)
    await report(binding, 'two', CALL_PHASE_STARTED, { caller: b })
    expect(await both()).toEqual(['CALL_LIMIT', 'CALL_LIMIT'])
    await restart()
    expect(await both()).toEqual(['CALL_LIMIT', 'CALL_LIMIT'])
    // Nobody answered: the second call is still to be had.
    await report(binding, 'two', CALL_PHASE_ENDED)
    expect(await both()).toEqual(connected)
    await report(binding, 'three', CALL_PHASE_ENDED, { answered: true })
    await restart()
    expect(await both()).toEqual(['CALL_LIMIT', 'CALL_LIMIT'])
    expect(await ask(other, x, a, Media.MEDIA_SMS)).toBe(`${b} sees ${x}`)
    await client.update({ bindingId: binding.bindingId, maxCalls: 3 })
    expect(await both()).toEqual(connected)
  })

  test('a call whose ENDED is lost counts no longer than it can last', async () => {
    const { a, b, x, binding } = await pair({ maxCalls: 1, maxCallMs: 1_000 })
    await report(binding, 'one', CALL_PHASE_STARTED, { caller: a })
    const after = await nowOf(client)
    expect(await ask(other, x, a)).toBe('CALL_LIMIT')
    await untilTime(client, after + 1_000)
    expect(await ask(other, x, a)).toBe(`${b} sees ${x}`)
  })

  test('call-backs in grace count too', async () => {
    const { a, x, b, binding } = await pair({ maxCalls: 1, graceMs: 60_000, cooldownMs: 60_000 })
    await release(binding)
    expect(await ask(other, x, b)).toBe(`grace ${a} sees ${x}`)
    await report(binding, 'one', CALL_PHASE_ENDED, { caller: b, answered: true })
    expect(await ask(other, x, b)).toBe('CALL_LIMIT')
  })
})

describe('LAST_CALLER', () => {
  const wanted = { callback: Callback.CALLBACK_LAST_CALLER, b: undefined }

  test.each([Mode.MODE_AX, Mode.MODE_AXE])('is durable, mode %i', async (mode) => {
    const { a, x, binding } = await pair({ ...wanted, mode })
    const [s, t] = [person(), person()]
    await report(binding, 'one', CALL_PHASE_STARTED, { caller: s })
    await restart()
    expect(await ask(other, x, a)).toBe(`${s} sees ${x}`)
    await report(binding, 'two', CALL_PHASE_STARTED, { caller: `+${t}` })
    await report(binding, 'one', CALL_PHASE_ENDED, { caller: s })
    await restart()
    expect(await ask(other, x, a)).toBe(`${t} sees ${x}`)
  })

  test('is who called last, not whose report came last', async () => {
    const { a, x, binding } = await pair({ ...wanted, mode: Mode.MODE_AX })
    const [early, late] = [person(), person()]
    await untilTime(client, binding.startMs + 20)
    const atMs = await nowOf(client)
    await report(binding, 'late', CALL_PHASE_STARTED, { caller: late, atMs })
    await report(binding, 'early', CALL_PHASE_STARTED, { caller: early, atMs: atMs - 10 })
    expect(await ask(other, x, a)).toBe(`${late} sees ${x}`)
  })

  test('may be called back in grace', async () => {
    const graceDirection = Direction.DIRECTION_A_TO_B
    const { a, x, binding } = await pair({
      ...{ ...wanted, mode: Mode.MODE_AX, graceMs: 60_000, cooldownMs: 60_000 },
      graceDirection,
    })
    const s = person()
    await report(binding, 'one', CALL_PHASE_STARTED, { caller: s })
    await release(binding)
    expect(await ask(other, x, a)).toBe(`grace ${s} sees ${x}`)
    expect(await ask(other, x, s)).toBe('ENDED')
  })
})

/** One batch as a client of another make could send it: ours refuses one that is too large by itself. */
async function sendAnySize(reports: ReportCallRequest[]): Promise<ReportCallResult[]> {
  const raw = new ResolutionServiceClient(daemon.grpc, credentials.createInsecure())
  try {
    return await new Promise((resolve, reject) => {
      const stream = raw.reportCallStream()
      stream.on('data', ({ results }: ReportCallStreamResponse) => resolve(results))
      stream.on('error', reject)
      stream.write({ batchId: 1, reports })
      stream.end()
    })
  } finally {
    raw.close()
  }
}

describe('ReportCallStream', () => {
  const told = (more: Told): ReportCallRequest => ({ ...ReportCallRequest.decode(new Uint8Array()), ...more })
  const gist = ({ result }: ReportCallResult) =>
    result?.$case === 'error' ? result.value.reason : result?.value.recorded

  test('takes batches, answers in the order of the reports, and one bad item fails alone', async () => {
    const { a, x, binding } = await pair({ maxCalls: 1 })
    const { bindingId } = binding
    await using stream = other.reportCallStream()
    const results = await stream.send([
      told({ bindingId, callId: 'c', phase: CALL_PHASE_STARTED, caller: a }),
      told({ bindingId, callId: '', phase: CALL_PHASE_STARTED }),
      told({ bindingId: 'nothing', callId: 'c', phase: CALL_PHASE_STARTED }),
      told({ bindingId, callId: 'c', phase: CALL_PHASE_STARTED, caller: a }),
      told({ bindingId, callId: 'c', phase: CALL_PHASE_ENDED, answered: true }),
    ])
    expect(results.map(gist)).toEqual([true, 'FIELD_REQUIRED', 'BINDING_NOT_FOUND', false, true])
    expect(await ask(client, x, a)).toBe('CALL_LIMIT')
  })

  test('I12: a batch over the limit is refused item by item and nothing of it happens', async () => {
    const { a, b, x, binding } = await pair({ maxCalls: 1 })
    const reports = Array.from({ length: 1_025 }, (_, i) =>
      told({ bindingId: binding.bindingId, callId: `c${i}`, phase: CALL_PHASE_ENDED, answered: true }),
    )
    expect(new Set((await sendAnySize(reports)).map(gist))).toEqual(new Set(['BATCH_TOO_LARGE']))
    await using stream = other.reportCallStream()
    expect(await ask(client, x, a)).toBe(`${b} sees ${x}`)
    expect(new Set((await stream.send(reports.slice(1))).map(gist))).toEqual(new Set([true]))
  })
})

test('an Update of A clears whom A would call back', async () => {
  const lent = await lend(client)
  const [a, next, s] = [person(), person(), person()]
  const callback = Callback.CALLBACK_LAST_CALLER
  const binding = await allocate(client, axb(lent, a, '', { mode: Mode.MODE_AX, b: undefined, callback }))
  await report(binding, 'c', CALL_PHASE_STARTED, { caller: s })
  expect(await ask(other, binding.number, a)).toBe(`${s} sees ${binding.number}`)
  await client.update({ bindingId: binding.bindingId, a: party(next) })
  expect(await ask(other, binding.number, next)).toBe('NO_CALLBACK')
  expect(await ask(other, binding.number, a)).toBe('ENDED')
})
