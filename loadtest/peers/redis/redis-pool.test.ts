import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { scratch } from '../../server-process.js'
import {
  allocateCommand,
  churnRedis,
  fillRedis,
  makeRedisPool,
  type RedisPool,
  releaseCommand,
  verifyRedis,
} from './redis-pool.js'
import { preparePipelines, resolveRedis } from './redis-resolve.js'
import { type RedisServer, redisMissing, startRedis } from './redis-server.js'
import { RespConnection } from './resp.js'

const missing = redisMissing()
if (missing !== undefined) process.stdout.write(`skipped, the peer: ${missing}\n`)

describe.skipIf(missing !== undefined)('the peer does the same job', () => {
  let folder: Awaited<ReturnType<typeof scratch>>
  let server: RedisServer
  let connection: RespConnection

  beforeAll(async () => {
    folder = await scratch('redis')
    server = await startRedis(folder.path)
    connection = await RespConnection.open(server.port)
  })

  afterAll(async () => {
    connection?.close()
    await server?.stop()
    await folder?.[Symbol.asyncDispose]()
  })

  beforeEach(async () => {
    // All but the functions.
    await connection.command('FLUSHALL')
  })

  const place = (wanted: { numbers?: number; cooldownMs?: number; quota?: number } = {}): Promise<RedisPool> => {
    return makeRedisPool({ port: server.port, numbers: 5, cooldownMs: 60_000, seed: 1, ...wanted })
  }

  const say = async (command: string): Promise<string[]> => {
    let said = ''
    await connection.pipeline(command, 1, (bytes, from, to) => {
      said = bytes.toString('latin1', from, to)
    })
    return said.split(' ')
  }

  const allocate = async (a: string, b: string, request: string, ttlMs = 60_000) => {
    const [id, x, endMs, freeAtMs] = await say(allocateCommand({ a, b }, request, ttlMs))
    return { id: id!, x: x!, endMs: Number(endMs), freeAtMs: Number(freeAtMs) }
  }

  test('two parties are put through to each other, for their window', async () => {
    await place()
    const { id, x, endMs, freeAtMs } = await allocate('13800000001', '15900000001', 'one')
    expect(freeAtMs - endMs).toBe(60_000)
    const route = await connection.command('HGET', `r:${x}`, '15900000001')
    expect(route).toMatch(new RegExp(`^13800000001 ${id} \\d{13} ${endMs} ${freeAtMs}$`))
    expect(await connection.command('HGET', `r:${x}`, '13800000002')).toBeUndefined()
  })

  test('a party in two bindings has two numbers, and strangers share one: first fit', async () => {
    await place()
    const one = await allocate('13800000001', '15900000001', 'one')
    const other = await allocate('13800000002', '15900000001', 'two')
    const stranger = await allocate('13800000003', '15900000003', 'three')
    expect(other.x).not.toBe(one.x)
    expect(stranger.x).toBe(one.x)
  })

  test('the same request id gives the same binding, and another request under it is refused', async () => {
    await place()
    const one = await allocate('13800000001', '15900000001', 'one')
    expect(await allocate('13800000001', '15900000001', 'one')).toEqual(one)
    await expect(allocate('13800000001', '15900000002', 'one')).rejects.toThrow('REQUEST_ID_REUSED')
  })

  test('a released route is nobody else`s until its cooldown is over, and the pool then has it again', async () => {
    await place({ numbers: 1, cooldownMs: 200 })
    const { id, x } = await allocate('13800000001', '15900000001', 'one')
    await expect(allocate('13800000001', '15900000002', 'two')).rejects.toThrow('POOL_EXHAUSTED')
    const [, , endMs, freeAtMs] = await say(releaseCommand(id))
    expect(Number(freeAtMs) - Number(endMs)).toBe(200)
    // A second time it says the same.
    expect((await say(releaseCommand(id)))[2]).toBe(endMs)
    await expect(allocate('13800000001', '15900000002', 'three')).rejects.toThrow('POOL_EXHAUSTED')
    await wait(250)
    expect((await allocate('13800000001', '15900000002', 'four')).x).toBe(x)
    expect(await connection.command('HGET', `r:${x}`, '15900000001')).toBeUndefined()
  })

  test('a quota counts what lives, ends by time are given back before anybody is refused', async () => {
    await place({ cooldownMs: 1, quota: 2 })
    await allocate('13800000001', '15900000001', 'one', 100)
    const two = await allocate('13800000002', '15900000002', 'two')
    await expect(allocate('13800000003', '15900000003', 'three')).rejects.toThrow('QUOTA_LIVE_BINDINGS')
    await wait(150)
    await allocate('13800000003', '15900000003', 'three')
    await expect(allocate('13800000004', '15900000004', 'four')).rejects.toThrow('QUOTA_LIVE_BINDINGS')
    await say(releaseCommand(two.id))
    await allocate('13800000004', '15900000004', 'four')
    expect(await connection.command('HGET', 't:peer', 'live')).toBe('2')
  })

  test('what cannot be is refused', async () => {
    await place()
    await expect(allocate('13800000001', '13800000001', 'one')).rejects.toThrow('SAME_PARTY')
    await expect(allocate('12', '13800000001', 'one')).rejects.toThrow('INVALID_NUMBER')
    await expect(say(releaseCommand('77'))).rejects.toThrow('BINDING_NOT_FOUND')
  })

  test.each([1, 16])('churn in pipelines of %i keeps what lives, and its routes apart', async (pipeline) => {
    const redis = await place({ numbers: 20, cooldownMs: 50 })
    await fillRedis(redis, 400)
    const load = { clients: 4, pipeline, durationMs: 400, expiring: 0.5, ttlMs: 100 }
    const { allocated, released } = await churnRedis(redis, load)
    expect(allocated).toBeGreaterThan(0)
    expect(released).toBeGreaterThan(0)
    expect(await verifyRedis(redis)).toBe(2 * (redis.lasting.size + redis.passing.size))
    const live = Number(await connection.command('HGET', 't:peer', 'live'))
    expect(live).toBeGreaterThanOrEqual(400)
  })

  test('a route that is another`s is found', async () => {
    const redis = await place()
    await fillRedis(redis, 10)
    const [one] = [redis.lasting.pick({ below: () => 0 } as never)!]
    await connection.command('HSET', `r:${one.x}`, one.a, '13000000000 99 0 0 0')
    await expect(verifyRedis(redis)).rejects.toThrow(/was due/)
    const load = { port: server.port, prepared: preparePipelines(redis, 64), clients: 2, durationMs: 100 }
    await expect(resolveRedis(load)).rejects.toThrow('somebody else')
  })

  test('pipelined look-ups find who is to be put through', async () => {
    const redis = await place()
    await fillRedis(redis, 100)
    const load = { port: server.port, prepared: preparePipelines(redis, 64), clients: 2, durationMs: 200 }
    expect((await resolveRedis(load)).resolved).toBeGreaterThan(0)
  })
})
