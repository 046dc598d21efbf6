import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { addNumbers, setState } from '../../test/directory/decision-fixture.js'
import { numbersFrom, openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import { rowKeyOf } from '../store/directory-number-key.js'
import { CorruptRecord } from '../store/record.js'
import { NumberCache } from './number-cache.js'

const opened: WriterFixture[] = []

async function open(): Promise<WriterFixture> {
  const made = await openWriter()
  opened.push(made)
  await made.writer.submit({ type: 'create-tenant', name: 't', wanted: { qualification: 'APPROVED' } })
  await made.writer.submit({ type: 'create-pool', name: 'p', wanted: { tenants: ['t'] } })
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close()
})

describe('a view', () => {
  it('in another thread sees every change at once after the answer (I6)', async () => {
    const { writer, path, shared } = await open()
    const file = new URL('../../test/directory/view-thread.ts', import.meta.url)
    const hook = new URL('../../test/resolve-typescript.ts', import.meta.url).href
    const thread = new Worker(file, {
      workerData: { path, version: shared.buffer },
      execArgv: ['--experimental-transform-types', '--import', hook],
    })
    const ask = async (number: string) => {
      thread.postMessage({ number, tenant: 't' })
      const [seen] = await once(thread, 'message')
      return seen
    }
    expect(await ask('100000')).toMatchObject({ state: undefined, quota: undefined })
    for (let round = 0; round < 50; round += 1) {
      const number = String(100_000 + round)
      await writer.submit(addNumbers('p', { numbers: [number] }))
      expect(await ask(number)).toMatchObject({ state: 'IN_SERVICE', version: writer.version })
      await writer.submit(setState(number, 'FROZEN'))
      expect(await ask(number)).toMatchObject({ state: 'FROZEN', version: writer.version })
      await writer.submit({ type: 'update-tenant', name: 't', wanted: { quotas: { liveBindings: round } } })
      expect(await ask(number)).toMatchObject({ quota: round, version: writer.version })
    }
    thread.postMessage('end')
    await once(thread, 'exit')
  })

  it('shows no number of an import before its last part, also one that it looks up without a refresh', async () => {
    const { writer, view } = await open()
    await writer.submit(addNumbers('p', { numbers: ['111'], importName: 'one' }))
    view.refresh()
    expect(view.number('111')).toBeUndefined()
    await writer.submit(addNumbers('p', { numbers: ['222'], importName: 'two' }))
    expect(view.number('222')).toBeUndefined()
    await writer.submit(addNumbers('p', { importName: 'one', last: true }))
    view.refresh()
    expect(view.number('111')).toMatchObject({ digits: '111', ordinal: 0 })
    expect(view.number('222')).toBeUndefined()
    expect(view.numbers(undefined, 10).numbers.map(({ digits }) => digits)).toEqual(['111'])
  })

  it('lists numbers in order of length and digits, page after page', async () => {
    const { writer, view } = await open()
    const numbers = ['99', '0100', '100', '1000', '99999', '00001'].map((digits) => digits.padStart(3, '0'))
    await writer.submit(addNumbers('p', { numbers, area: 'x' }))
    await writer.submit(addNumbers('p', { numbers: ['500'], importName: 'open' }))
    view.refresh()
    const listed: string[] = []
    let after: string | undefined
    do {
      const page = view.numbers(after, 2)
      listed.push(...page.numbers.map(({ digits }) => digits))
      after = page.next
    } while (after !== undefined)
    expect(listed).toEqual(['099', '100', '0100', '1000', '00001', '99999'])
    expect(view.number('0100')?.area).toBe('x')
  })

  it('throws rather than believe a row with a flipped bit', async () => {
    const { writer, view, environment } = await open()
    await writer.submit(addNumbers('p', { numbers: ['111', '112'] }))
    const numbers = environment.database('number')
    const key = rowKeyOf('111')
    environment.transaction(() => {
      const record = Uint8Array.from(numbers.getBinary(key)!)
      record[5]! ^= 1
      numbers.putSync(key, record)
    })
    view.refresh()
    expect(() => view.number('111')).toThrow(CorruptRecord)
    expect(view.number('112')?.ordinal).toBe(1)
  })

  it('lists tenants and pools in order of name', async () => {
    const { writer, view } = await open()
    for (const name of ['zeta', 'alpha', 'a.b']) {
      await writer.submit({ type: 'create-tenant', name, wanted: { qualification: 'PENDING' } })
      await writer.submit({ type: 'create-pool', name, wanted: {} })
    }
    view.refresh()
    expect(view.tenants('', 3).map(({ name }) => name)).toEqual(['a.b', 'alpha', 't'])
    expect(view.tenants('t', 3).map(({ name }) => name)).toEqual(['zeta'])
    expect(view.pools('alpha', 100).map(({ name }) => name)).toEqual(['p', 'zeta'])
    expect(view.tenantByName('nobody')).toBeUndefined()
    expect(view.pool(77)).toBeUndefined()
  })
})

describe('remembered numbers', () => {
  it('stay bounded, and the ones asked for stay longest (I12)', () => {
    const cache = new NumberCache(10)
    const record = (digits: string) =>
      ({
        digits,
        shard: 0,
        ordinal: 0,
        pool: 1,
        area: '',
        state: 'IN_SERVICE',
        stateBefore: 'IN_SERVICE',
        importId: 0,
      }) as const
    for (const digits of numbersFrom(1_000, 100)) {
      cache.set(digits, record(digits))
      cache.get('1000')
      expect(cache.size).toBeLessThanOrEqual(10)
    }
    expect(cache.get('1000')).toBeDefined()
    expect(cache.get('1050')).toBeUndefined()
  })
})
