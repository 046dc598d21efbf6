import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { addNumbers } from '../../test/directory/decision-fixture.js'
import { requestAt, requestNumbers } from '../../test/directory/import-requests.js'
import { numberPreparer } from '../jobs/prepare-numbers.js'
import { openDirectoryView } from './open-view.js'
import { openDirectoryWriter } from './open-writer.js'
import { SharedVersion } from './shared-version.js'

const rounds = 6
const program = fileURLToPath(new URL('../../test/directory/import-process.ts', import.meta.url))
const hook = new URL('../../test/resolve-typescript.ts', import.meta.url).href

/** Lets the process add numbers from request `from` on, kills it, and answers the requests it said were done. */
async function killAfter(path: string, from: number, lifeMs: number): Promise<number[]> {
  const flags = ['--experimental-transform-types', '--no-warnings', '--import', hook]
  const child = spawn(process.execPath, [...flags, program, path, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const done: number[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => done.push(Number(line)))
  await once(lines, 'line')
  await wait(lifeMs)
  child.kill('SIGKILL')
  await Promise.all([once(child, 'exit'), once(lines, 'close')])
  return done
}

function openWriterAt(path: string, shared: SharedVersion) {
  return openDirectoryWriter(path, {
    shared,
    shards: 1,
    rules: [],
    clock: Date.now,
    prepare: numberPreparer(undefined, []),
    occupied: async () => 0,
    onFault: (error) => {
      throw error
    },
  })
}

it('a request for many numbers is whole or absent after kill -9, and an import goes on (I5)', async () => {
  const path = mkdtempSync(join(tmpdir(), 'xpool-directory-'))
  const whole = new Set<number>()
  let next = 0
  for (let round = 0; round < rounds; round += 1) {
    const done = await killAfter(path, next, 20 + 45 * round)
    const shared = new SharedVersion()
    const writer = await openWriterAt(path, shared)
    const { view, close } = openDirectoryView(path, shared.buffer)
    const broken = done.at(-1)! + 1
    for (const index of done) whole.add(index)
    if (await isWhole(writer, view, broken)) whole.add(broken)
    for (const index of whole) expect(shown(view, index)).toBe(index % 2 === 0 ? requestNumbers : 0)
    next = broken + 1
    await close()
    await writer.close()
  }
  const shared = new SharedVersion()
  const writer = await openWriterAt(path, shared)
  const parts = [...whole].filter((index) => index % 2 === 1)
  expect(parts.length).toBeGreaterThan(rounds / 2)
  const answer = await writer.submit(addNumbers('p', { importName: 'long', last: true }))
  expect(answer).toMatchObject({ ok: true, live: parts.length * requestNumbers })
  const { view, close } = openDirectoryView(path, shared.buffer)
  for (const index of whole) expect(shown(view, index)).toBe(requestNumbers)
  await close()
  await writer.close()
  rmSync(path, { recursive: true })
})

type View = ReturnType<typeof openDirectoryView>['view']
type Writer = Awaited<ReturnType<typeof openDirectoryWriter>>

/** How many numbers of a request anybody can see. */
function shown(view: View, index: number): number {
  return requestAt(index).numbers.filter((digits) => view.number(digits) !== undefined).length
}

/** Whether the request that nobody had an answer to is there: all of it or nothing. */
async function isWhole(writer: Writer, view: View, index: number): Promise<boolean> {
  const { numbers, importName } = requestAt(index)
  const seen = shown(view, index)
  if (importName === '') {
    expect([0, requestNumbers]).toContain(seen)
    return seen > 0
  }
  expect(seen).toBe(0)
  const probe = await writer.submit(
    addNumbers('p', { numbers: [numbers[0]!, ...numbers.slice(-10)], importName: 'probe' }),
  )
  // A part that is gone is gone to its last number; one that is there is there from its first.
  if (!probe.ok) expect(probe).toMatchObject({ reason: 'NUMBER_EXISTS', metadata: { number: numbers[0] } })
  return !probe.ok
}
