/** Against a folder that the real daemon wrote, and the built program: job threads load built files. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, startDaemon } from '../../../test/e2e/daemon.js'
import type { XpoolClient } from '../../client/client.js'
import { Outcome } from '../../generated/xpool/v1/resolution.js'
import { type Binding, Mode } from '../../generated/xpool/v1/types.js'

const program = join(import.meta.dirname, '../../../dist/daemon/cli/main.js')
const bindingsMade = 40

let data: string
let bindings: Binding[]

beforeAll(async () => {
  data = await dataFolder()
  const daemon = await startDaemon(data, ['--shards', '2'])
  const client = daemon.connect()
  bindings = await Promise.all(Array.from({ length: bindingsMade }, (_, i) => allocate(client, i)))
  await client.release({ bindingId: bindings[0]!.bindingId })
  expect(await xpool('check', '--data', data)).toMatchObject({ code: 1, err: expect.stringContaining('is held by') })
  await daemon.stop()
})
afterAll(() => removeFolder(data))

async function allocate(client: XpoolClient, i: number): Promise<Binding> {
  const party = (digits: number) => ({ number: String(digits), verificationRef: '' })
  const answer = await client.allocate({
    tenant: 'demo',
    pool: 'demo',
    mode: Mode.MODE_AXB,
    a: party(13_800_000_000 + i),
    b: party(13_900_000_000 + i),
    requestId: `r-${i}`,
    userData: Buffer.from(`data ${i}`),
    expiry: { $case: 'ttlMs', value: 3_600_000 },
  })
  return answer.binding!
}

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function xpool(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.stderr.on('data', (chunk) => (err += String(chunk)))
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

test('check finds nothing wrong in a folder at rest, and changes nothing', async () => {
  const { code, out } = await xpool('check', '--data', data, '--json')
  expect(code).toBe(0)
  const report = JSON.parse(out)
  expect(report.valid).toBe(true)
  expect(report.environments.map((e: { name: string }) => e.name)).toEqual(['directory', 'shard-000', 'shard-001'])
  expect(report.environments[1].records.binding).toBe(bindingsMade)
  const table = await xpool('check', '--data', data)
  expect(table.out).toMatch(/shard-000 +\d+ +\d+ +0/)
})

test('I8: a rebuilt folder has the same records, and the daemon answers the same from it', async () => {
  const before = JSON.parse((await xpool('check', '--data', data, '--json')).out)
  const { code, out, err } = await xpool('rebuild', '--data', data)
  expect([code, err]).toEqual([0, ''])
  for (const name of ['directory', 'shard-000', 'shard-001']) {
    expect(out).toMatch(new RegExp(`${name} +\\d+ +.*${name}/before-\\d+\\.mdb`))
  }
  const after = JSON.parse((await xpool('check', '--data', data, '--json')).out)
  expect(after.valid).toBe(true)
  expect(pagesOf(after)).toEqual(pagesOf(before))
  expect(readdirSync(data).filter((name) => name.includes('rebuilding'))).toEqual([])

  const daemon = await startDaemon(data)
  const client = daemon.connect()
  for (const [i, { number, a, b }] of bindings.entries()) {
    const answer = await client.resolve({ number, caller: a!.number })
    if (i === 0) expect(answer.outcome).toBe(Outcome.OUTCOME_REJECT)
    else expect([answer.callee, answer.userData.toString()]).toEqual([b!.number, `data ${i}`])
  }
  const again = await allocate(client, 7)
  expect(again.bindingId).toBe(bindings[7]!.bindingId)
  await daemon.stop()
})

function pagesOf(report: { environments: { name: string; pages: number }[] }) {
  return report.environments.map(({ name, pages }) => [name, pages])
}

test('a flipped byte in the file is found, and ends with 1', async () => {
  const handle = await open(join(data, 'shard-000', 'data.mdb'), 'r+')
  const { size } = await handle.stat()
  const bytes = Buffer.alloc(size)
  await handle.read(bytes, 0, size, 0)
  // The user data of one binding, wherever copy-on-write has left it: in its row, in the journal, in old pages.
  const wanted = Buffer.from('data 23')
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) await handle.write('X', at)
  await handle.close()
  const { code, out, err } = await xpool('check', '--data', data)
  expect(code).toBe(1)
  expect(out).toContain('shard-000: user_data: corrupt record')
  expect(err).toContain('something is wrong with this data folder')
  const rebuilt = await xpool('rebuild', '--data', data)
  expect(rebuilt).toMatchObject({ code: 1, err: expect.stringContaining('corrupt record in database journal') })
})

test('a truncated file is a finding, not the end of the process', async () => {
  const handle = await open(join(data, 'shard-000', 'data.mdb'), 'r+')
  await handle.truncate(8_192)
  await handle.close()
  const { code, out } = await xpool('check', '--data', data)
  expect(code).toBe(1)
  expect(out).toMatch(/shard-000 +0 +0 +1/)
})

test('a folder that is none is refused, and not made', async () => {
  const nowhere = join(data, 'nowhere')
  expect(await xpool('check', '--data', nowhere)).toMatchObject({
    code: 1,
    err: expect.stringContaining('no data folder'),
  })
  await expect(rm(nowhere)).rejects.toThrow('ENOENT')
})
