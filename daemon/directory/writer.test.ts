import { afterEach, describe, expect, it } from 'vitest'
import { addNumbers, setState } from '../../test/directory/decision-fixture.js'
import { allRows, numbersFrom, openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import { numberPreparer } from '../jobs/prepare-numbers.js'
import { directoryRows } from '../store/directory-rebuild.js'
import { rebuild } from '../store/rebuild.js'
import { bootstrapDemo } from './bootstrap-demo.js'
import type { Occupied } from './drain.js'
import { directoryLimits } from './limits.js'
import type { DirectoryWriterOptions } from './writer.js'

const opened: WriterFixture[] = []

async function open(change: Partial<DirectoryWriterOptions> = {}): Promise<WriterFixture> {
  const made = await openWriter(change)
  opened.push(made)
  await made.writer.submit({ type: 'create-tenant', name: 't', wanted: { qualification: 'APPROVED' } })
  await made.writer.submit({ type: 'create-pool', name: 'p', wanted: { tenants: ['t'] } })
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close()
})

const tenant = (name: string) => ({ type: 'create-tenant', name, wanted: { qualification: 'APPROVED' } }) as const

describe('the writer', () => {
  it('gives commands of one turn one commit, and each its own answer', async () => {
    const { writer } = await open()
    const before = writer.version
    const answers = await Promise.all(['a', 'b', 'a', 'Bad'].map((name) => writer.submit(tenant(name))))
    expect(answers.map((answer) => (answer.ok ? answer.tenant?.id : answer.reason))).toEqual([
      2,
      3,
      'TENANT_EXISTS',
      'INVALID_NAME',
    ])
    expect(writer.version).toBe(before + 1)
  })

  it('refuses a number that an undurable neighbour in the same commit takes', async () => {
    const { writer } = await open()
    const answers = await Promise.all([
      writer.submit(addNumbers('p', { numbers: ['111', '112'] })),
      writer.submit(addNumbers('p', { numbers: ['113', '112'] })),
      writer.submit(setState('111', 'FROZEN')),
      writer.submit(addNumbers('p', { numbers: ['113'] })),
    ])
    expect(answers).toMatchObject([
      { added: 2 },
      { reason: 'NUMBER_EXISTS', metadata: { number: '112' } },
      { changed: 1 },
      { added: 1 },
    ])
  })

  it('keeps the order in which commands came, a large one among small ones', async () => {
    const { writer, view } = await open()
    const answers = await Promise.all([
      writer.submit(addNumbers('p', { numbers: numbersFrom(100_000, 12_000), importName: 'i' })),
      writer.submit(addNumbers('p', { numbers: ['50'.padEnd(9, '0')], importName: 'i' })),
      writer.submit(addNumbers('p', { numbers: ['777'], importName: 'i', last: true })),
      writer.submit(setState('100000', 'FROZEN')),
    ])
    expect(answers).toMatchObject([{ live: 0 }, { live: 0 }, { added: 1, live: 12_002 }, { changed: 1 }])
    view.refresh()
    expect(view.number('111999')).toMatchObject({ ordinal: 11_999, state: 'IN_SERVICE' })
  })

  it('lets a freeze pass numbers that are still being prepared, and keeps requests for numbers in order', async () => {
    const prepare = numberPreparer(undefined, [])
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const { writer } = await open({
      prepare: (asked) => (asked.numbers.length > 1 ? gate.then(() => prepare(asked)) : prepare(asked)),
    })
    await writer.submit(addNumbers('p', { numbers: ['555'] }))
    const order: string[] = []
    const note = (name: string) => () => order.push(name)
    const slow = writer.submit(addNumbers('p', { numbers: ['111', '112'], importName: 'i' })).then(note('slow'))
    const last = writer.submit(addNumbers('p', { numbers: ['113'], importName: 'i', last: true })).then(note('last'))
    expect(await writer.submit(setState('555', 'FROZEN'))).toMatchObject({ changed: 1 })
    const closed = writer.close().then(note('closed'))
    go()
    await Promise.all([slow, last, closed])
    expect(order).toEqual(['slow', 'last', 'closed'])
  })

  it('refuses more than it queues, and takes commands again afterwards (I12)', async () => {
    const { writer } = await open()
    const many = Array.from({ length: directoryLimits.queuedCommands + 3 }, (_, i) => writer.submit(tenant(`t${i}`)))
    const answers = await Promise.all(many)
    expect(answers.filter((answer) => !answer.ok && answer.reason === 'OVERLOADED')).toHaveLength(3)
    expect(await writer.submit(tenant('later'))).toMatchObject({ ok: true })
  })

  it('refuses everything when the disk is full, remembers none of it, and goes on with space', async () => {
    const { writer, log } = await open()
    log.fullFromPage = writer.version + 1
    const refused = await Promise.all([
      writer.submit(tenant('a')),
      writer.submit(addNumbers('p', { numbers: ['111'] })),
    ])
    expect(refused).toMatchObject([{ reason: 'STORAGE_FULL' }, { reason: 'STORAGE_FULL' }])
    log.fullFromPage = Number.POSITIVE_INFINITY
    expect(await writer.submit(tenant('a'))).toMatchObject({ ok: true, tenant: { id: 2 } })
    expect(await writer.submit(addNumbers('p', { numbers: ['111'] }))).toMatchObject({ ok: true })
  })

  it('drops what a full disk left of a large request', async () => {
    const { writer, log, view } = await open()
    log.fullFromPage = writer.version + 2
    const large = addNumbers('p', { numbers: numbersFrom(100_000, 12_000) })
    expect(await writer.submit(large)).toMatchObject({ reason: 'STORAGE_FULL' })
    view.refresh()
    expect(view.number('100000')).toBeUndefined()
    log.fullFromPage = Number.POSITIVE_INFINITY
    await writer.sweep()
    expect(await writer.submit(large)).toMatchObject({ ok: true, live: 12_000 })
  })

  it('answers nobody and forgets everything of a commit that fails otherwise', async () => {
    const { writer, log } = await open()
    log.fault = new Error('injected')
    await expect(writer.submit(tenant('a'))).rejects.toThrow('injected')
    expect(await writer.submit(tenant('a'))).toMatchObject({ ok: true, tenant: { id: 2 } })
  })

  it('makes the demo once', async () => {
    const made = await openWriter()
    opened.push(made)
    expect(await bootstrapDemo(made.writer)).toBe(true)
    expect(await bootstrapDemo(made.writer)).toBe(false)
    made.view.refresh()
    expect(made.view.number('700123456789999')).toMatchObject({ pool: 1, ordinal: 9_999, state: 'IN_SERVICE' })
    expect(made.view.tenantByName('demo')).toMatchObject({ qualification: 'APPROVED', home: 0 })
    expect(made.view.poolByName('demo')?.tenants).toEqual([1])
  })
})

describe('retiring', () => {
  it('is done when the shard says that no number carries a route', async () => {
    const asked: unknown[] = []
    const made: WriterFixture = await open({
      occupied: async (shard, ordinals) => {
        made.view.refresh()
        asked.push([shard, ordinals, made.view.number('5550000')?.state])
        return 0
      },
    })
    await made.writer.submit(addNumbers('p', { blocks: [{ first: '5550000', count: 3 }] }))
    expect(await made.writer.submit(setState({ first: '5550000', count: 2 }, 'RETIRED'))).toMatchObject({ changed: 2 })
    expect(asked).toEqual([[0, [0, 1], 'DRAINING']])
    made.view.refresh()
    expect(made.view.number('5550001')?.state).toBe('RETIRED')
    expect(made.view.number('5550002')?.state).toBe('IN_SERVICE')
  })

  it.each<[string, Occupied]>([
    ['NUMBERS_IN_USE', async () => 2],
    ['OVERLOADED', () => Promise.reject(new Error('the shard is gone'))],
  ])('is refused with %s and leaves every number as it was', async (reason, occupied) => {
    const { writer, view } = await open({ occupied })
    await writer.submit(addNumbers('p', { blocks: [{ first: '5550000', count: 3 }] }))
    await writer.submit(setState('5550001', 'DRAINING'))
    const answer = await writer.submit(setState({ first: '5550000', count: 3 }, 'RETIRED'))
    expect(answer).toMatchObject({ reason })
    if (reason === 'NUMBERS_IN_USE') expect(answer).toMatchObject({ metadata: { numbers_in_use: '2' } })
    view.refresh()
    const states = ['5550000', '5550001', '5550002'].map((digits) => view.number(digits)?.state)
    expect(states).toEqual(['IN_SERVICE', 'DRAINING', 'IN_SERVICE'])
  })
})

describe('the sweep', () => {
  it('gives the numbers of an abandoned import back after an hour', async () => {
    const { writer, time, environment } = await open()
    const before = allRows(environment)
    const part = addNumbers('p', { numbers: numbersFrom(100_000, 7_000), importName: 'gone' })
    await writer.submit(part)
    time.now += directoryLimits.importIdleMs - 1
    await writer.sweep()
    expect(await writer.submit(addNumbers('p', { numbers: ['100000'] }))).toMatchObject({ reason: 'NUMBER_EXISTS' })
    time.now += 1
    await writer.sweep()
    const left = [...allRows(environment).keys()].filter((row) => !row.startsWith('counter'))
    expect(left).toEqual([...before.keys()].filter((row) => !row.startsWith('counter')))
    expect(await writer.submit({ ...part, last: true })).toMatchObject({ added: 7_000, live: 7_000 })
  })
})

describe('the journal', () => {
  it('rebuilds the same keys and values, byte for byte (I8)', async () => {
    const { writer, environment, time } = await open()
    await writer.submit(addNumbers('p', { numbers: numbersFrom(100_000, 6_000), area: 'north' }))
    await writer.submit(addNumbers('p', { numbers: ['111', '112'], importName: 'open', area: 'south' }))
    await writer.submit(setState({ first: '100100', count: 2_000 }, 'FROZEN'))
    await writer.submit(setState('100100', 'IN_SERVICE'))
    time.now += directoryLimits.importIdleMs
    await writer.sweep()
    await writer.submit(addNumbers('p', { numbers: ['112', '113'], importName: 'open' }))
    const copy = await openWriter()
    opened.push(copy)
    await rebuild(environment, copy.environment, directoryRows)
    const rows = allRows(environment)
    expect(rows.size).toBeGreaterThan(8_000)
    expect(allRows(copy.environment)).toEqual(rows)
  })
})
