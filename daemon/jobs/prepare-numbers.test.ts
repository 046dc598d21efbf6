import { Piscina } from 'piscina'
import { expect, it } from 'vitest'
import { addNumbers } from '../../test/directory/decision-fixture.js'
import { openWriter } from '../../test/directory/writer-fixture.js'
import { digitsOf } from '../store/directory-number-key.js'
import { numberPreparer } from './prepare-numbers.js'

const hook = new URL('../../test/resolve-typescript.ts', import.meta.url).href
const source = new URL('./prepare-numbers.ts', import.meta.url).href
const threads = { minThreads: 1, maxThreads: 1, execArgv: ['--experimental-transform-types', '--import', hook] }

/** Fifteen digits, all different, in no order. */
function scattered(count: number): string[] {
  const numbers = new Set<string>()
  for (let i = 0; numbers.size < count; i += 1)
    numbers.add(String(700_000_000_000_000 + ((i * 2_654_435_761_001) % 99_999_999_999_977)))
  return [...numbers]
}

it('a job thread prepares large requests, and a small one is done where it stands', async () => {
  const pool = new Piscina({ ...threads, maxQueue: 2 })
  const prepare = numberPreparer(pool, [{ prefix: '86', length: 0, drop: 2 }], source)
  expect(await prepare({ numbers: ['86333', '222'], blocks: [] })).toMatchObject({ ok: true })
  expect(pool.completed).toBe(0)
  const numbers = scattered(5_000)
  const prepared = await prepare({ numbers, blocks: [{ first: '86000', count: 1 }] })
  expect(pool.completed).toBe(1)
  expect(prepared.ok && digitsOf(prepared.keys)).toEqual(['000', ...numbers.sort()])
  expect(await prepare({ numbers: [...numbers, numbers[0]!], blocks: [] })).toMatchObject({ reason: 'NUMBER_EXISTS' })
  const many = await Promise.all(Array.from({ length: 5 }, () => prepare({ numbers, blocks: [] })))
  expect(many.filter((answer) => !answer.ok)).toMatchObject([{ reason: 'OVERLOADED' }, { reason: 'OVERLOADED' }])
  await pool.close()
})

it('200,000 scattered numbers go in, live, and out to a shard; the times are printed', async () => {
  const pool = new Piscina({ ...threads, maxQueue: 16 })
  const made = await openWriter({ prepare: numberPreparer(pool, [], source) })
  await made.writer.submit({ type: 'create-pool', name: 'p', wanted: {} })
  const numbers = scattered(200_000)
  const times: string[] = []
  for (let part = 0; part < 4; part += 1) {
    const slice = numbers.slice(part * 50_000, (part + 1) * 50_000)
    const since = performance.now()
    const answer = await made.writer.submit(addNumbers('p', { numbers: slice, importName: 'long', last: part === 3 }))
    times.push(`${Math.round(performance.now() - since)} ms`)
    expect(answer).toMatchObject({ ok: true, added: 50_000, live: part === 3 ? 200_000 : 0 })
  }
  const since = performance.now()
  let loaded = 0
  await made.feed(0).load((fact) => {
    if (fact.type === 'numbers') loaded += fact.digits.length
  })
  const loadMs = performance.now() - since
  expect(loaded).toBe(200_000)
  made.view.refresh()
  const asked = performance.now()
  const missing = numbers.filter((digits) => made.view.number(digits) === undefined)
  const lookUpUs = ((performance.now() - asked) * 1_000) / numbers.length
  expect(missing).toEqual([])
  process.stdout.write(
    `parts of 50,000: ${times.join(', ')}; load of 200,000: ${Math.round(loadMs)} ms; ` +
      `look-up of a number not remembered: ${lookUpUs.toFixed(1)} us\n`,
  )
  await made.close()
  await pool.close()
})
