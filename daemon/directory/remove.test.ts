import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { addNumbers, DecisionFixture, removeNumbers, setState } from '../../test/directory/decision-fixture.js'
import { allRows, numbersFrom, openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import type { DirectoryFact } from '../core/directory.js'
import { directoryRows } from '../store/directory-rebuild.js'
import { rebuild } from '../store/rebuild.js'
import type { Occupied } from './drain.js'
import { directoryLimits } from './limits.js'
import { openDirectoryView } from './open-view.js'
import { openDirectoryWriter } from './open-writer.js'
import { SharedVersion } from './shared-version.js'
import type { DirectoryWriterOptions } from './writer.js'

const opened: WriterFixture[] = []

/** Pools p, with ten numbers from 5550000 on, and q. */
async function open(change: Partial<DirectoryWriterOptions> = {}): Promise<WriterFixture> {
  const made = await openWriter({ shards: 1, ...change })
  opened.push(made)
  for (const name of ['p', 'q']) await made.writer.submit({ type: 'create-pool', name, wanted: {} })
  await made.writer.submit(addNumbers('p', { blocks: [{ first: '5550000', count: 10 }], area: 'north' }))
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close()
})

function states({ view }: WriterFixture): (string | undefined)[] {
  view.refresh()
  return numbersFrom(5_550_000, 10).map((digits) => view.number(digits)?.state)
}

/** Ordinals that a shard which loads now is told of. */
async function loaded({ facts }: Pick<WriterFixture, 'facts'>): Promise<number[]> {
  const ordinals: number[] = []
  await facts.loadFacts(0, (some) => {
    for (const fact of some) {
      if (fact.type === 'numbers') ordinals.push(...fact.digits.map((_, i) => fact.first + i))
    }
  })
  return ordinals
}

describe('removing numbers', () => {
  it('asks the shard while they drain, and then they are in no pool, for readers and shards', async () => {
    const asked: unknown[] = []
    const made: WriterFixture = await open({
      occupied: async (shard, ordinals) => {
        asked.push(shard, ordinals, states(made).slice(0, 5))
        return 0
      },
    })
    const { writer, view, facts } = made
    await writer.submit(setState('5550001', 'FROZEN'))
    await writer.submit(setState('5550002', 'RETIRED'))
    asked.length = 0
    const { version } = facts.factsSince(0, 0)
    const blocks = [{ first: '5550001', count: 3 }]
    expect(await writer.submit(removeNumbers('p', { blocks, numbers: ['5550003', '5550009'] }))).toEqual({
      ok: true,
      removed: 4,
    })
    expect(asked).toEqual([0, [1, 2, 3, 9], ['IN_SERVICE', 'FROZEN', 'RETIRED', 'DRAINING', 'IN_SERVICE']])
    const gone = states(made).flatMap((state, i) => (state === undefined ? [i] : []))
    expect(gone).toEqual([1, 2, 3, 9])
    expect(view.numbers(undefined, 100).numbers).toHaveLength(6)
    const told: DirectoryFact[] = facts.factsSince(0, version).facts
    expect(told).toEqual([
      { type: 'number-state', ordinals: [3, 9], state: 'DRAINING' },
      { type: 'numbers-removed', ordinals: [1, 2, 3, 9] },
    ])
    expect(await loaded(made)).toEqual([0, 4, 5, 6, 7, 8])
  })

  it('frees their digits, which come back under an ordinal that nobody had', async () => {
    const made = await open()
    const { writer, view } = made
    await writer.submit(removeNumbers('p', { numbers: ['5550009'] }))
    expect(await writer.submit(addNumbers('q', { numbers: ['5550009'] }))).toMatchObject({ live: 1 })
    view.refresh()
    expect(view.number('5550009')).toMatchObject({ ordinal: 10, pool: 2, state: 'IN_SERVICE', area: '' })
    expect(await loaded(made)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 10])
  })

  it.each<[string, Occupied, object]>([
    ['NUMBERS_IN_USE', async () => 2, { metadata: { numbers_in_use: '2' } }],
    ['OVERLOADED', () => Promise.reject(new Error('the shard is gone')), {}],
  ])('is refused with %s and leaves every number as it was', async (reason, occupied, more) => {
    const made = await open({ occupied })
    await made.writer.submit(setState('5550001', 'DRAINING'))
    const before = states(made)
    const answer = await made.writer.submit(removeNumbers('p', { blocks: [{ first: '5550000', count: 3 }] }))
    expect(answer).toMatchObject({ ok: false, reason, ...more })
    expect(states(made)).toEqual(before)
  })

  it('leaves them DRAINING when the last commit fails, and can be asked again', async () => {
    const made: WriterFixture = await open({
      occupied: async () => {
        made.log.fullFromPage = full ? made.writer.version + 1 : Number.POSITIVE_INFINITY
        return 0
      },
    })
    let full = true
    const command = removeNumbers('p', { numbers: ['5550000'] })
    expect(await made.writer.submit(command)).toMatchObject({ reason: 'STORAGE_FULL' })
    expect(states(made)[0]).toBe('DRAINING')
    full = false
    expect(await made.writer.submit(command)).toEqual({ ok: true, removed: 1 })
    expect(states(made)[0]).toBeUndefined()
  })

  it('is one commit, of however many numbers, and the journal rebuilds the rows byte for byte (I8)', async () => {
    const { writer, environment, view } = await open()
    const many = numbersFrom(100_000, 12_000)
    await writer.submit(addNumbers('p', { numbers: many }))
    const version = writer.version
    expect(await writer.submit(removeNumbers('p', { numbers: many, reason: 'sold' }))).toMatchObject({
      removed: 12_000,
    })
    expect(writer.version).toBe(version + 2)
    view.refresh()
    expect(view.number(many[11_999]!)).toBeUndefined()
    const rows = allRows(environment)
    const copy = await openWriter()
    opened.push(copy)
    await rebuild(environment, copy.environment, directoryRows)
    expect(allRows(copy.environment)).toEqual(rows)
  })

  it('after kill -9 in the middle leaves numbers DRAINING, and is asked again (I5)', async () => {
    const path = mkdtempSync(join(tmpdir(), 'xpool-directory-'))
    const program = fileURLToPath(new URL('../../test/directory/remove-process.ts', import.meta.url))
    const hook = new URL('../../test/resolve-typescript.ts', import.meta.url).href
    const flags = ['--experimental-transform-types', '--no-warnings', '--import', hook]
    const child = spawn(process.execPath, [...flags, program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const shared = new SharedVersion()
    const writer = await openDirectoryWriter(path, {
      shared,
      shards: 1,
      rules: [],
      clock: Date.now,
      prepare: () => Promise.reject(new Error('nothing to prepare')),
      occupied: async () => 0,
      onFault: (error) => {
        throw error
      },
    })
    const { view, close } = openDirectoryView(path, shared.buffer)
    const seen = () => ['111', '112', '113'].map((digits) => view.number(digits)?.state)
    expect(seen()).toEqual(['DRAINING', 'DRAINING', 'IN_SERVICE'])
    expect(await writer.submit(removeNumbers('p', { numbers: ['111', '112'] }))).toMatchObject({ removed: 2 })
    view.refresh()
    expect(seen()).toEqual([undefined, undefined, 'IN_SERVICE'])
    await close()
    await writer.close()
    rmSync(path, { recursive: true })
  })
})

describe('remove-numbers refuses', () => {
  it.each([
    ['POOL_NOT_FOUND', 'pool', 'nobody', { numbers: ['5550000'] }],
    ['INVALID_OPTION', 'numbers', 'p', {}],
    ['INVALID_NUMBER', 'numbers[1]', 'p', { numbers: ['5550000', '12'] }],
    ['INVALID_NUMBER', 'blocks[0].first', 'p', { blocks: [{ first: 'x', count: 1 }] }],
    ['TOO_MANY', 'blocks[0].count', 'p', { blocks: [{ first: '5550000', count: 50_001 }] }],
    ['NUMBER_NOT_FOUND', 'numbers', 'p', { numbers: ['5550000', '5550010'] }],
    ['NUMBER_NOT_FOUND', 'numbers', 'q', { numbers: ['5550000'] }],
    ['NUMBER_NOT_FOUND', 'numbers', 'p', { numbers: ['777'] }],
    ['FIELD_TOO_LONG', 'reason', 'p', { numbers: ['5550000'], reason: 'x'.repeat(129) }],
  ] as const)('%s naming %s', async (reason, field, pool, change) => {
    const made = await open()
    await made.writer.submit(addNumbers('p', { numbers: ['777'], importName: 'open' }))
    const { version } = made.writer
    expect(await made.writer.submit(removeNumbers(pool, change))).toMatchObject({ ok: false, reason, field })
    expect(made.writer.version).toBe(version)
  })

  it('names the number that is not there', async () => {
    const { writer } = await open()
    const answer = await writer.submit(removeNumbers('p', { numbers: ['5550000', '123'] }))
    expect(answer).toMatchObject({ metadata: { number: '123' } })
  })

  it('numbers in service, where nobody has drained them', () => {
    const there = new DecisionFixture(1)
    there.createPool('p')
    there.addNumbers('p', { numbers: ['111', '112'] })
    const command = removeNumbers('p', { numbers: ['111', '111'] })
    expect(there.decide(command).answer).toMatchObject({ reason: 'INVALID_OPTION' })
    there.setState('111', 'DRAINING')
    expect(there.decide(command).answer).toEqual({ ok: true, removed: 1 })
  })

  it('more numbers than can wait at once (I12)', async () => {
    const { writer } = await open()
    const blocks = [{ first: '100000', count: 50_000 }]
    const fits = directoryLimits.queuedNumbers / 50_000
    const answers = await Promise.all(
      Array.from({ length: fits + 1 }, () => writer.submit(removeNumbers('p', { blocks }))),
    )
    const reasons = answers.map((answer) => (answer.ok ? '' : answer.reason))
    expect(reasons).toEqual([...Array.from({ length: fits }, () => 'NUMBER_NOT_FOUND'), 'OVERLOADED'])
  })
})
