/** What a start refuses, and says. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { dataFolder, removeFolder, startDaemon } from './daemon.js'
import { ask, axb, lend, person } from './world.js'

const entry = join(import.meta.dirname, '../../dist/daemon/main.js')
const rules = (prefix: string) => ['--number-rules', JSON.stringify([{ prefix, length: 13, drop: 2 }])]

let data: string

beforeAll(async () => {
  data = await dataFolder()
})

afterAll(() => removeFolder(data))

/** Runs a start that is not to succeed. */
function start(flags: readonly string[]) {
  const loopback = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']
  return spawnSync(process.execPath, [entry, '--data', data, '--dev', ...loopback, ...flags], {
    encoding: 'utf8',
    timeout: 20_000,
  })
}

test('every fault of the settings in one message, and nothing is started', () => {
  const { status, stdout, stderr } = start(['--listen', '0.0.0.0:7700', '--gateways', 'many', '--colour', 'red'])
  expect(status).toBe(2)
  expect(stdout).toBe('')
  for (const part of ['--listen', 'loopback', '--gateways', '--colour']) expect(stderr).toContain(part)
})

test('number rules hold for a party however it is spelt, and are fixed once bindings exist', async () => {
  let daemon = await startDaemon(data, rules('86'))
  const client = daemon.connect()
  const lent = await lend(client)
  const [a, b] = [person(), person()]
  const { binding } = await client.allocate(axb(lent, `+86${a}`, b))
  expect(await ask(client, binding!.number, `86${a}`)).toBe(`${b} sees ${binding!.number}`)
  expect(await ask(client, binding!.number, b)).toBe(`${a} sees ${binding!.number}`)
  await daemon.stop()
  const refused = start(rules('99'))
  expect(refused.stderr).toContain('number_rules are fixed once bindings exist')
  expect(refused.stdout).toBe('')
  daemon = await startDaemon(data, rules('86'))
  expect(await ask(daemon.connect(), binding!.number, a)).toBe(`${b} sees ${binding!.number}`)
  await daemon.stop()
})

test('a folder that another daemon holds is refused by the name of its holder', async () => {
  const daemon = await startDaemon(data, rules('86'))
  expect(start(rules('86')).stderr).toContain('is held by xpoold')
  expect(await daemon.stop()).toBe(0)
})

test('a larger number of shards adds empty ones, a smaller one changes nothing', async () => {
  const more = await startDaemon(data, [...rules('86'), '--shards', '3'])
  expect(more.log()).toContain('"SHARDS_ADDED"')
  const homes = await Promise.all([1, 2, 3, 4, 5, 6].map(() => lend(more.connect())))
  const tenants = homes.map(({ tenant }) => tenant)
  await more.stop()
  const fewer = await startDaemon(data, [...rules('86'), '--shards', '1'])
  expect(fewer.log()).toContain('"SHARDS_KEPT"')
  const stats = await fewer.connect().getStats({})
  expect(stats.tenants.map(({ tenant }) => tenant)).toEqual(expect.arrayContaining(tenants))
  await fewer.stop()
})

test('what a fresh daemon in dev mode prints to type next works as printed', async () => {
  const fresh = await dataFolder()
  const daemon = await startDaemon(fresh)
  const cli = join(import.meta.dirname, '../../dist/daemon/cli/main.js')
  // The lines come right after the one that says ready.
  await vi.waitUntil(() => daemon.output().includes('Ctrl-C'))
  const lines = [...daemon.output().matchAll(/^ {2}npx xpool (.+)$/gm)].map((match) => match[1]!.trim().split(/ +/))
  const printed = lines.map((args) => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' }))
  expect(printed.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0])
  const [, fromA, fromB, , after] = printed.map(({ stdout }) => stdout)
  expect([fromA, fromB, after].map((text) => /outcome +(\w+)/.exec(text!)?.[1])).toEqual([
    'connect',
    'connect',
    'reject',
  ])
  await daemon.stop()
  await removeFolder(fresh)
})
