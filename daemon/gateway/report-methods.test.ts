import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { formatBindingId } from '../core/binding-id.js'
import { defaults } from '../core/limits.js'
import { ReportCallRequest, type ReportCallStreamResponse } from '../generated/xpool/v1/resolution.js'
import { BindingState, CallPhase } from '../generated/xpool/v1/types.js'
import { bounds } from './bounds.js'
import { a, b, nowMs, serve, unary, x } from './testing/serve.js'

type Served = Awaited<ReturnType<typeof serve>>

const bindingId = formatBindingId({ shard: 0, seq: 1 })
const started = (change: Partial<ReportCallRequest> = {}): ReportCallRequest => ({
  ...ReportCallRequest.decode(new Uint8Array(0)),
  callId: 'c1',
  bindingId,
  phase: CallPhase.CALL_PHASE_STARTED,
  ...change,
})
const report = (one: Served, change: Partial<ReportCallRequest> = {}) =>
  unary(one.resolution.reportCall.bind(one.resolution), started(change))

/** A gateway with one binding of 60 seconds. */
async function called() {
  const one = await serve()
  await one.allocate()
  return one
}

describe('ReportCall', () => {
  test('answers where the binding stands after it, and whether it was news', async () => {
    await using one = await called()
    const held = nowMs + defaults.maxCallMs + defaults.cooldownMs
    const first = await report(one)
    expect(first).toMatchObject({
      ok: { recorded: true, state: BindingState.BINDING_STATE_ACTIVE, cooldownUntilMs: held },
    })
    if (!('ok' in first)) throw new Error(first.reason)
    expect(await one.resolve({ after: first.ok.position })).toHaveProperty('ok')
    expect(await report(one)).toMatchObject({ ok: { recorded: false, cooldownUntilMs: held } })
    one.clock.at += 60_000
    const ended = await report(one, { phase: CallPhase.CALL_PHASE_ENDED, answered: true })
    expect(ended).toMatchObject({ ok: { recorded: true, state: BindingState.BINDING_STATE_ENDED } })
  })

  test('numbers become canonical, and a caller without digits is withheld', async () => {
    await using one = await called()
    await report(one, { caller: `+0086${a}`, number: `+${x}`, atMs: nowMs - 5, cause: 'busy' })
    await report(one, { callId: 'c2', caller: 'anonymous' })
    expect(one.shard.submitted.slice(1)).toMatchObject([
      {
        type: 'report-call',
        seq: 1,
        report: {
          callId: 'c1',
          phase: 'STARTED',
          atMs: nowMs - 5,
          caller: a,
          number: x,
          answered: false,
          cause: 'busy',
        },
      },
      { report: { callId: 'c2', atMs: undefined, caller: undefined, number: '' } },
    ])
  })

  test('a binding that nobody made is not found', async () => {
    await using one = await serve()
    expect(await report(one)).toMatchObject({ code: status.NOT_FOUND, reason: 'BINDING_NOT_FOUND' })
    expect(await report(one, { bindingId: 'none' })).toMatchObject({ reason: 'BINDING_NOT_FOUND' })
  })

  test('is counted by phase, without a number', async () => {
    await using one = await called()
    await report(one, { caller: b })
    await report(one, { phase: CallPhase.CALL_PHASE_ENDED })
    await report(one, { phase: CallPhase.CALL_PHASE_ENDED, bindingId: 'none' })
    const text = await one.registry.metrics()
    expect(text).toContain('xpool_call_reports_total{phase="STARTED"} 1')
    expect(text).toContain('xpool_call_reports_total{phase="ENDED"} 1')
    expect(text).not.toContain(b)
  })
})

describe('ReportCallStream', () => {
  function next(stream: ReturnType<Served['resolution']['reportCallStream']>): Promise<ReportCallStreamResponse> {
    return new Promise((resolve, reject) => {
      stream.once('data', resolve)
      stream.once('error', reject)
    })
  }

  test('results come in the order of the reports, and a bad one fails alone', async () => {
    await using one = await called()
    const stream = one.resolution.reportCallStream()
    const reports = [
      started(),
      started({ callId: '' }),
      started({ phase: CallPhase.CALL_PHASE_ANSWERED }),
      started({ phase: CallPhase.CALL_PHASE_ENDED }),
      started({ phase: CallPhase.CALL_PHASE_ENDED }),
    ]
    stream.write({ batchId: 9, reports })
    const { batchId, results } = await next(stream)
    expect(batchId).toBe(9)
    expect(results.map(({ result }) => (result?.$case === 'reported' ? result.value.recorded : result?.value))).toEqual(
      [true, expect.objectContaining({ reason: 'FIELD_REQUIRED', metadata: { field: 'call_id' } }), true, true, false],
    )
    const phases = one.shard.submitted.slice(1).map((command) => command.type === 'report-call' && command.report.phase)
    expect(phases).toEqual(['STARTED', 'ANSWERED', 'ENDED', 'ENDED'])
    expect(await one.registry.metrics()).toContain('xpool_requests_total{method="ReportCallStream",code="OK"} 4')
    stream.end()
  })

  test('I12: a batch over the limits is refused item by item, and the stream goes on', async () => {
    await using one = await called()
    const stream = one.resolution.reportCallStream()
    stream.write({ batchId: 1, reports: Array.from({ length: bounds.batchItems + 1 }, () => started()) })
    const { results } = await next(stream)
    expect(results).toHaveLength(bounds.batchItems + 1)
    expect(results.every(({ result }) => result?.$case === 'error' && result.value.reason === 'BATCH_TOO_LARGE')).toBe(
      true,
    )
    stream.write({ batchId: 2, reports: [started()] })
    expect((await next(stream)).results).toMatchObject([{ result: { $case: 'reported' } }])
    stream.end()
  })
})
