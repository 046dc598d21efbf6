import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addNumbers, setState } from '../../test/directory/decision-fixture.js'
import { numbersFrom } from '../../test/directory/writer-fixture.js'
import { numberPreparer } from '../jobs/prepare-numbers.js'
import { openDirectoryView } from './open-view.js'
import { openDirectoryWriter } from './open-writer.js'
import { SharedVersion } from './shared-version.js'

let path: string

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'xpool-directory-'))
})

afterEach(() => rmSync(path, { recursive: true }))

async function open() {
  const shared = new SharedVersion()
  const writer = await openDirectoryWriter(path, {
    shared,
    shards: 2,
    rules: [],
    clock: () => 1_700_000_000_000,
    prepare: numberPreparer(undefined, []),
    occupied: async () => 0,
    onFault: (error) => {
      throw error
    },
  })
  return { shared, writer }
}

type Opened = Awaited<ReturnType<typeof open>>

/** Everything that anybody can see, and what the shards are told. */
async function everything({ shared }: Opened) {
  const { view, feed, close } = openDirectoryView(path, shared.buffer)
  const facts: unknown[] = []
  for (const shard of [0, 1]) await feed(shard).load((fact) => facts.push(fact))
  const seen = {
    version: view.version,
    tenants: view.tenants('', 100),
    pools: view.pools('', 100),
    numbers: view.numbers(undefined, 1_000).numbers,
    facts,
  }
  await close()
  return seen
}

describe('a directory opened again', () => {
  it('is as it was, and goes on from there (I5)', async () => {
    const first = await open()
    const { writer } = first
    for (const name of ['a', 'b']) {
      const wanted = { qualification: 'APPROVED', quotas: { liveBindings: 0 }, policies: { media: ['SMS'] } } as const
      await writer.submit({ type: 'create-tenant', name, wanted })
      await writer.submit({ type: 'create-pool', name, wanted: { tenants: [name], defaultTtlMs: 5 } })
    }
    await writer.submit({ type: 'update-pool', name: 'b', wanted: { unmatched: 'FALLBACK', fallbackNumber: '95013' } })
    await writer.submit(addNumbers('a', { numbers: numbersFrom(1_000, 300), area: 'Genève' }))
    await writer.submit(addNumbers('b', { numbers: ['0007'], importName: 'i' }))
    await writer.submit(setState({ first: '1010', count: 5 }, 'QUARANTINED'))
    const before = await everything(first)
    expect(before.numbers).toHaveLength(300)
    await writer.close()

    const second = await open()
    expect(await everything(second)).toEqual(before)
    const answers = await Promise.all([
      second.writer.submit({ type: 'create-tenant', name: 'c', wanted: { qualification: 'PENDING' } }),
      second.writer.submit({ type: 'create-pool', name: 'c', wanted: { tenants: ['a', 'c'] } }),
      second.writer.submit(addNumbers('a', { numbers: ['95013'] })),
      second.writer.submit(addNumbers('a', { numbers: ['1300'], area: 'Genève' })),
      second.writer.submit(addNumbers('b', { importName: 'i', last: true })),
    ])
    expect(answers).toMatchObject([
      { tenant: { id: 3 } },
      { pool: { id: 3, shard: 0 } },
      { reason: 'INVALID_NUMBER' },
      { added: 1 },
      { live: 1 },
    ])
    const after = await everything(second)
    expect(after.version).toBe(before.version + 1)
    expect(after.numbers.find(({ digits }) => digits === '1300')).toMatchObject({ ordinal: 300, area: 'Genève' })
    await second.writer.close()
  })

  it('takes no command while it closes, and decides those it has', async () => {
    const { writer } = await open()
    const asked = writer.submit({ type: 'create-tenant', name: 'a', wanted: { qualification: 'APPROVED' } })
    const closed = writer.close()
    expect(await writer.submit(addNumbers('a', { numbers: ['111'] }))).toMatchObject({ reason: 'OVERLOADED' })
    expect(await asked).toMatchObject({ ok: true })
    await closed
    await writer.close()
  })
})
