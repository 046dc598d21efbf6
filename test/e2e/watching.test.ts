/** What probes, dashboards and explorers see; and that no real number of a person ever shows there. */
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { allocate, ask, axb, lend, nowOf, person, refused } from './world.js'

let data: string
let daemon: Daemon
let client: XpoolClient
let raw: Client

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
  client = daemon.connect()
  raw = new Client(daemon.grpc, credentials.createInsecure())
})

afterAll(async () => {
  raw?.close()
  await daemon?.stop()
  await removeFolder(data)
})

const bytes = (buffer: Buffer) => buffer

test.each(['', 'xpool.v1.AllocationService', 'xpool.v1.ResolutionService'])(
  'health of "%s" is SERVING',
  async (name) => {
    const service = Buffer.from(name)
    const request = Buffer.concat([Buffer.from([0x0a, service.length]), service])
    const answer = await new Promise<Buffer>((resolve, reject) => {
      raw.makeUnaryRequest('/grpc.health.v1.Health/Check', bytes, bytes, request, (error, response) => {
        if (error !== null) reject(error)
        else resolve(response!)
      })
    })
    // HealthCheckResponse { status = 1: SERVING = 1 }
    expect([...answer]).toEqual([0x08, 0x01])
  },
)

test('reflection lists the services', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'
    const stream = raw.makeBidiStreamRequest(path, bytes, bytes)
    stream.on('data', (answer: Buffer) => {
      resolve(answer.toString('latin1'))
      stream.cancel()
    })
    stream.on('error', reject)
    // ServerReflectionRequest { list_services = 7: "*" }
    stream.write(Buffer.from([0x3a, 0x01, 0x2a]))
  })
  for (const service of ['Resolution', 'Allocation', 'Administration'])
    expect(text).toContain(`xpool.v1.${service}Service`)
})

test('a method that does not exist is UNIMPLEMENTED', async () => {
  const path = '/xpool.v1.AllocationService/Nothing'
  const code = await new Promise((resolve) => {
    raw.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error) => resolve(error?.code))
  })
  expect(code).toBe(12)
})

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://${daemon.http}${path}`)
  return { status: response.status, text: await response.text() }
}

test('/healthz and /readyz answer 200', async () => {
  expect((await get('/healthz')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(200)
  expect((await get('/nothing-here')).status).toBe(404)
})

test('/metrics counts requests, errors, bindings and numbers, and neither it nor the log shows a party', async () => {
  const lent = await lend(client, { numbers: 1 })
  const people = Array.from({ length: 6 }, person)
  const [a, b, c] = people as [string, string, string]
  const { number: x, bindingId } = await allocate(client, axb(lent, a, b))
  await ask(client, x, a)
  await ask(client, x, c)
  await refused(client.allocate(axb(lent, a, c)))
  await refused(client.allocate(axb(lent, people[3]!, people[3]!)))
  await client.update({ bindingId, endMs: (await nowOf(client)) + 10_000 })
  await client.release({ bindingId })
  const { status, text } = await get('/metrics')
  expect(status).toBe(200)
  expect(text).toContain('Allocate')
  expect(text).toContain('Resolve')
  expect(text).toContain('POOL_EXHAUSTED')
  expect(text).toContain(lent.pool)
  expect(text).toMatch(/_bucket\{/)
  for (const number of people) {
    expect(text).not.toContain(number)
    expect(daemon.log()).not.toContain(number)
  }
})

test('the log is JSON, a line an entry', () => {
  const lines = daemon.log().trim().split('\n')
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(() => JSON.parse(line) as unknown, line).not.toThrow()
})

test('an operator is shown no party', async () => {
  const lent = await lend(client, { numbers: 1 })
  const [a, b] = [person(), person()]
  const { number } = await allocate(client, axb(lent, a, b))
  const shown = JSON.stringify([await client.getNumber({ number }), await client.getStats({})])
  expect(shown).not.toContain(a)
  expect(shown).not.toContain(b)
})
