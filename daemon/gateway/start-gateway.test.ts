import { connect } from 'node:http2'
import { credentials, loadPackageDefinition, makeClientConstructor, status } from '@grpc/grpc-js'
import { service as healthService } from 'grpc-health-check'
import { describe, expect, test } from 'vitest'
import { Outcome, Reason } from '../generated/xpool/v1/resolution.js'
import { BindingState, type Mode } from '../generated/xpool/v1/types.js'
import { a, allocateRequest, b, nowMs, resolveRequest, serve, unary, x, y } from './testing/serve.js'

describe('a gateway over gRPC', () => {
  test('allocates, resolves from both sides, releases, and then answers ENDED', async () => {
    await using one = await serve()
    const made = await one.allocate({ userData: Buffer.from('note'), orderId: 'o1' })
    if (!('ok' in made)) throw new Error(made.reason)
    const { binding } = made.ok
    expect(binding).toMatchObject({ number: x, tenant: 'demo', pool: 'demo', revision: 1, orderId: 'o1' })
    expect(made.ok.position).toHaveLength(8)
    expect(await one.resolve({ after: made.ok.position })).toMatchObject({
      ok: {
        outcome: Outcome.OUTCOME_CONNECT,
        callee: b,
        display: x,
        bindingId: binding!.bindingId,
        tenant: 'demo',
        userData: Buffer.from('note'),
      },
    })
    expect(await one.resolve({ caller: `+0086${b}` })).toMatchObject({ ok: { callee: a } })
    const released = await unary(one.allocation.release.bind(one.allocation), {
      bindingId: binding!.bindingId,
      reason: 'done',
      tenant: '',
    })
    expect(released).toMatchObject({
      ok: { binding: { state: BindingState.BINDING_STATE_ENDED, revision: 2, releaseReason: 'done' } },
    })
    expect(await one.resolve()).toMatchObject({
      ok: { outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_ENDED, bindingId: binding!.bindingId },
    })
  })

  test('I6: renews the snapshot before each Resolve, then reads the clock', async () => {
    await using one = await serve()
    const { refreshes } = one.shard
    await one.resolve()
    await one.resolve()
    expect(one.shard.refreshes).toBe(refreshes + 2)
    expect(one.directory.refreshes).toBeGreaterThanOrEqual(2)
  })

  test('shares its port where the platform can', async () => {
    await using one = await serve({ shared: true })
    expect(await one.allocate()).toHaveProperty('ok')
    expect(await one.resolve()).toMatchObject({ ok: { outcome: Outcome.OUTCOME_CONNECT } })
  })

  test('health tells Resolve from the rest while the shards load', async () => {
    await using one = await serve()
    const Health = makeClientConstructor(healthService as never, 'health')
    const client = new Health(one.address, credentials.createInsecure())
    const ask = async (service: string) => {
      const came = await unary<{ service: string }, { status: string }>(client['check']!.bind(client) as never, {
        service,
      })
      return 'ok' in came ? came.ok.status : came.code
    }
    expect(await ask('')).toBe('NOT_SERVING')
    expect(await ask('xpool.v1.ResolutionService')).toBe('SERVING')
    one.gateway.setReady()
    expect(await ask('')).toBe('SERVING')
    expect(await ask('xpool.v1.AllocationService')).toBe('SERVING')
    client.close()
  })

  test('reflection shows the contract', async () => {
    await using one = await serve()
    const { loadSync } = await import('@grpc/proto-loader')
    const { createRequire } = await import('node:module')
    const { dirname, join } = await import('node:path')
    const folder = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'))
    const loaded = loadSync('grpc/reflection/v1/reflection.proto', { includeDirs: [join(folder, 'build', 'proto')] })
    const definition = loadPackageDefinition(loaded) as never as {
      grpc: { reflection: { v1: { ServerReflection: ReturnType<typeof makeClientConstructor> } } }
    }
    const client = new definition.grpc.reflection.v1.ServerReflection(one.address, credentials.createInsecure())
    const stream = (
      client['serverReflectionInfo'] as never as () => import('@grpc/grpc-js').ClientDuplexStream<object, object>
    ).call(client)
    stream.write({ listServices: '' })
    stream.on('error', () => {})
    const answer = await new Promise((resolve) => stream.once('data', resolve))
    expect(JSON.stringify(answer)).toContain('xpool.v1.AllocationService')
    stream.cancel()
    client.close()
  })

  test('a corrupt record is INTERNAL for that call and a line for the operator, never an answer', async () => {
    await using one = await serve()
    one.shard.corruptOrdinal = 0
    expect(await one.resolve()).toMatchObject({ code: status.INTERNAL, reason: 'CORRUPT_RECORD' })
    expect(one.logged).toMatchObject([{ id: 'STORE_DAMAGED' }])
    expect(JSON.stringify(one.logged)).not.toContain(a)
    expect(await one.resolve({ number: y })).toMatchObject({ ok: { reason: Reason.REASON_NO_BINDING } })
  })

  test('refusals and faults carry ErrorInfo, and RetryInfo where a retry can succeed', async () => {
    await using one = await serve()
    one.shard.refuseNext = {
      reason: 'POOL_EXHAUSTED',
      message: 'no number',
      retryAtMs: nowMs + 1_500,
      metadata: { cooling: '2' },
    }
    expect(await one.allocate()).toEqual({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'POOL_EXHAUSTED',
      metadata: { cooling: '2' },
      retryMs: 1_500,
    })
    one.shard.faultNext = { kind: 'fault', fault: 'SHARD_RESTARTING', message: 'loading', retryAfterMs: 200 }
    expect(await one.allocate()).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHARD_RESTARTING', retryMs: 200 })
  })

  test('I9: while the clock waits for an operator nothing is allocated', async () => {
    await using one = await serve()
    one.clock.jumped = true
    expect(await one.allocate()).toMatchObject({ code: status.UNAVAILABLE, reason: 'CLOCK_JUMPED' })
    expect(one.shard.submitted).toHaveLength(0)
  })

  test("the caller's deadline reaches the shard in process time, and its patience as a signal", async () => {
    await using one = await serve()
    let open = () => {}
    one.shard.gate = new Promise((resolve) => {
      open = resolve
    })
    const came = await unary(one.allocation.allocate.bind(one.allocation), allocateRequest(), 200)
    expect(came).toMatchObject({ code: status.DEADLINE_EXCEEDED })
    expect(one.shard.deadlines[0]).toBeGreaterThan(nowMs)
    expect(one.shard.deadlines[0]).toBeLessThanOrEqual(nowMs + 200)
    await expect.poll(() => one.shard.signals[0]?.aborted).toBe(true)
    open()
    const line = 'xpool_requests_total{method="Allocate",code="DEADLINE_EXCEEDED"} 1'
    await expect.poll(() => one.registry.metrics()).toContain(line)
  })

  test('bytes that are no message are INVALID_ARGUMENT, and a message over 4 MiB is RESOURCE_EXHAUSTED', async () => {
    await using one = await serve()
    expect(await rawCall(one.address, '/xpool.v1.AllocationService/Allocate', Buffer.from([0x0a, 0xff]))).toBe('3')
    const large = await one.allocate({ userData: Buffer.alloc(4_200_000) })
    expect(large).toMatchObject({ code: status.RESOURCE_EXHAUSTED })
    const three = await one.allocate({ userData: Buffer.alloc(3 * 1_048_576) })
    expect(three).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: 'FIELD_TOO_LONG',
      metadata: { field: 'user_data' },
    })
  })

  test('metrics count by method, code and reason, and name no party', async () => {
    await using one = await serve()
    await one.allocate()
    await one.allocate({ mode: 99 as Mode })
    await one.resolve()
    await one.resolve({ caller: '999' })
    const text = await one.registry.metrics()
    expect(text).toContain('xpool_requests_total{method="Allocate",code="OK"} 1')
    expect(text).toContain('xpool_requests_total{method="Allocate",code="INVALID_ARGUMENT"} 1')
    expect(text).toContain('xpool_request_errors_total{method="Allocate",reason="INVALID_MODE"} 1')
    expect(text).toContain('xpool_resolve_outcomes_total{outcome="CONNECT",reason=""} 1')
    expect(text).toContain('xpool_resolve_outcomes_total{outcome="REJECT",reason="NO_BINDING"} 1')
    expect(text).toContain('xpool_request_duration_seconds_count{method="Resolve"} 2')
    expect(text).toContain('xpool_requests_in_flight{method="Resolve"} 0')
    for (const party of [a, b, x]) expect(text).not.toContain(party)
  })

  test.each([false, true])(
    'draining ends streams with SHUTTING_DOWN and then the server (shared port: %s)',
    async (shared) => {
      const one = await serve({ shared })
      const stream = one.resolution.resolveStream()
      const ended = new Promise<{ code: number }>((resolve) => stream.on('error', (error) => resolve(error as never)))
      stream.on('data', () => {})
      stream.write({ batchId: 1, requests: [resolveRequest()] })
      await new Promise((resolve) => stream.once('data', resolve))
      const startedMs = performance.now()
      await one.gateway.drain(20_000)
      expect(performance.now() - startedMs).toBeLessThan(20_000)
      expect((await ended).code).toBe(status.UNAVAILABLE)
      await one[Symbol.asyncDispose]()
    },
  )
})

/** A unary call by hand, its message as given; returns grpc-status. */
function rawCall(address: string, path: string, message: Buffer): Promise<string> {
  const session = connect(`http://${address}`)
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message])
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  return new Promise((resolve) => {
    const take = (headers: object) => {
      const code = (headers as Record<string, unknown>)['grpc-status']
      if (code !== undefined) resolve(String(code))
    }
    stream.on('response', take)
    stream.on('trailers', take)
    stream.on('close', () => session.close())
    stream.resume()
    stream.end(frame)
  })
}
