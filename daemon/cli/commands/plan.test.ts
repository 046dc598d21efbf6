/** With the built program: job threads load built files. No daemon runs. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CorePool } from '../../plan/core-pool.js'
import { generate } from '../../plan/generate.js'
import { simulate } from '../../plan/simulate.js'
import { traceOf } from '../../plan/trace.js'
import { runBare } from '../canned-run.js'

const root = join(import.meta.dirname, '../../..')
const program = join(root, 'dist/daemon/cli/main.js')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xpool-plan-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function xpool(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.stderr.on('data', (chunk) => (err += String(chunk)))
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

test('the numbers it names are what the core needs: they do, and one fewer does not', async () => {
  const { out } = await xpool('plan', 'generate', 'rides', '--bindings', '1500', '--seed', '3')
  await writeFile(join(folder, 'rides.csv'), out)
  const ran = await xpool(
    'plan',
    'rides.csv',
    '--json',
    '--refusals',
    '0.01',
    '--cooldown',
    '0s,2h',
    '--policies',
    'pack',
  )
  expect(ran.code).toBe(0)
  const { cooldowns, bindings } = JSON.parse(ran.out)
  expect(bindings).toBe(1_500)
  const trace = traceOf(generate('rides', 3, 1_500))
  for (const { cooldown_ms: cooldownMs, policies, lower_bound: least } of cooldowns) {
    const [{ numbers, refused }] = policies
    const play = (size: number) => {
      const terms = { cooldownMs, bindingsPerNumber: 1_000, sparePercent: 15 }
      return simulate(trace, new CorePool(size, trace, 'PACK', terms))!.refused
    }
    expect(play(numbers)).toBe(refused)
    expect(refused).toBeLessThanOrEqual(15)
    expect(play(numbers - 1)).toBeGreaterThan(15)
    expect(least).toBeGreaterThanOrEqual(numbers)
  }
  expect(cooldowns[1].policies[0].numbers).toBeGreaterThan(cooldowns[0].policies[0].numbers)
})

test('bad lines end with 2, each with its line and field', async () => {
  const text = 'start,end,a,b\n2026-03-02T11:05:00Z,2026-03-02T11:05:00Z,x,y\nnoon,2026-03-02T12:40:00Z,x,z\n'
  await writeFile(join(folder, 'bad.csv'), text)
  const { code, out, err } = await xpool('plan', 'bad.csv')
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(
    'xpool: bad.csv: nothing was planned:\n  line 2: end: the end is not after the start\n  line 3: start:',
  )
})

test.each([
  [['plan', 'no-such.csv'], 'no-such.csv: there is no such file'],
  [['plan', '/'], '/: this is a folder'],
  [['plan'], "missing required argument 'trace'"],
  [['plan', 'x.csv', '--refusals', '1'], 'from 0 to less than 1'],
  [['plan', 'x.csv', '--cooldown', '1h,soon'], 'at most 7d each'],
  [['plan', 'x.csv', '--cooldown', '8d'], 'at most 7d each'],
  [['plan', 'x.csv', '--policies', 'pack,best'], 'some of pack,spread,random'],
  [['plan', 'generate', 'taxis'], 'Allowed choices are food, rides, parcels, stars, cliques'],
])('wrong usage ends with 2: %j', async (args, why) => {
  const { code, err } = await runBare(...args)
  expect(code).toBe(2)
  expect(err).toContain(why)
})

/** `npx vitest run daemon/cli/commands/plan.test.ts --update` writes what a run gave into the page. */
test('docs/planning.md shows what its commands print', async () => {
  const page = join(root, 'docs/planning.md')
  const text = await readFile(page, 'utf8')
  let rerun = text
  for (const [, block] of text.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    for (const step of block!.split(/^(?=\$ )/m)) rerun = rerun.replace(step, await rerunStep(step))
  }
  expect(rerun).toContain('$ xpool plan generate')
  await expect(rerun).toMatchFileSnapshot(page)
})

async function rerunStep(step: string): Promise<string> {
  const [command, ...shown] = step.trimEnd().split('\n')
  const [line, file] = command!.replace('$ xpool ', '').split(' > ')
  const { out } = await xpool(...line!.split(' '))
  if (file !== undefined) {
    await writeFile(join(folder, file), out)
    return step
  }
  return stable(out) === stable(shown.join('\n')) ? step : `${command}\n${out}`
}

/** Without the speed of the machine. */
function stable(text: string): string {
  return text.trimEnd().replace(/in [\d.]+ s, up to .*$/m, 'in TIME')
}
