import { afterEach, describe, expect, it } from 'vitest'
import { addNumbers, removeNumbers, setState } from '../../test/directory/decision-fixture.js'
import { numbersFrom, openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import type { DirectoryFact, NumberState } from '../core/directory.js'
import { FactsGone } from './facts-view.js'
import { directoryLimits } from './limits.js'

const opened: WriterFixture[] = []

/** Pools p0 and p1 on shards 0 and 1. */
async function open(): Promise<WriterFixture> {
  const made = await openWriter()
  opened.push(made)
  for (const n of [0, 1]) {
    await made.writer.submit({ type: 'create-tenant', name: `t${n}`, wanted: { qualification: 'APPROVED' } })
    await made.writer.submit({ type: 'create-pool', name: `p${n}`, wanted: { tenants: [`t${n}`] } })
  }
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close()
})

/** What a shard knows once it has taken up facts: the plainest way to hold it. */
class Known {
  readonly tenants = new Map<string, unknown>()
  readonly pools = new Map<string, unknown>()
  readonly numbers = new Map<number, { digits: string; pool: number; area: string; state: NumberState }>()

  take(facts: readonly DirectoryFact[]): this {
    for (const fact of facts) {
      if (fact.type === 'tenant') this.tenants.set(fact.tenant.name, fact.tenant)
      else if (fact.type === 'pool') this.pools.set(fact.pool.name, fact.pool)
      else if (fact.type === 'numbers') {
        const { pool, area, state, first } = fact
        fact.digits.forEach((digits, i) => {
          this.numbers.set(first + i, { digits, pool, area, state })
        })
      } else if (fact.type === 'numbers-removed') for (const ordinal of fact.ordinals) this.numbers.delete(ordinal)
      else this.#takeState(fact.ordinals, fact.state)
    }
    return this
  }

  /** A number that is gone meanwhile was never loaded. */
  #takeState(ordinals: readonly number[], state: NumberState): void {
    for (const ordinal of ordinals) {
      const number = this.numbers.get(ordinal)
      if (number !== undefined) number.state = state
    }
  }
}

async function loaded(made: WriterFixture, shard: number): Promise<Known> {
  const known = new Known()
  await made.facts.loadFacts(shard, (facts) => known.take(facts))
  return known
}

describe('facts', () => {
  it('of one shard hold its tenants, pools and numbers, and none of the other', async () => {
    const made = await open()
    await made.writer.submit(addNumbers('p0', { numbers: ['111', '112'], area: 'north' }))
    await made.writer.submit(addNumbers('p1', { numbers: ['211'] }))
    const known = await loaded(made, 1)
    expect([...known.tenants.keys()]).toEqual(['t1'])
    expect([...known.pools.keys()]).toEqual(['p1'])
    expect([...known.numbers]).toEqual([[0, { digits: '211', pool: 2, area: '', state: 'IN_SERVICE' }]])
    const north = { type: 'numbers', pool: 1, area: 'north', first: 0, digits: ['111', '112'], state: 'IN_SERVICE' }
    expect(made.facts.factsSince(0, 0).facts).toContainEqual(north)
  })

  it('of an import come when it goes live, and not before', async () => {
    const made = await open()
    await made.writer.submit(addNumbers('p0', { numbers: numbersFrom(100_000, 12_000), importName: 'i' }))
    const before = made.facts.factsSince(0, 0)
    expect(new Known().take(before.facts).numbers.size).toBe(0)
    expect((await loaded(made, 0)).numbers.size).toBe(0)
    await made.writer.submit(addNumbers('p0', { numbers: ['111'], importName: 'i', last: true }))
    const after = made.facts.factsSince(0, before.version)
    expect(after.version).toBe(made.writer.version)
    expect(new Known().take(after.facts).numbers.size).toBe(12_001)
    expect(after.facts.every((fact) => fact.type !== 'numbers' || fact.digits.length <= 5_000)).toBe(true)
    expect((await loaded(made, 0)).numbers).toEqual(new Known().take(after.facts).numbers)
  })

  it('say the state of numbers that are not in service', async () => {
    const made = await open()
    await made.writer.submit(addNumbers('p0', { numbers: numbersFrom(100_000, 10) }))
    const { version } = made.facts.factsSince(0, 0)
    await made.writer.submit(setState({ first: '100003', count: 2 }, 'FROZEN'))
    expect(made.facts.factsSince(0, version).facts).toEqual([
      { type: 'number-state', ordinals: [3, 4], state: 'FROZEN' },
    ])
    const facts: DirectoryFact[] = []
    await made.facts.loadFacts(0, (chunk) => facts.push(...chunk))
    const runs = facts.flatMap((fact) =>
      fact.type === 'numbers' ? [[fact.first, fact.digits.length, fact.state]] : [],
    )
    expect(runs).toEqual([
      [0, 3, 'IN_SERVICE'],
      [3, 2, 'FROZEN'],
      [5, 5, 'IN_SERVICE'],
    ])
  })

  it('are the same loaded at once as taken up one by one, gaps of swept imports included', async () => {
    const made = await open()
    const { writer, time } = made
    await writer.submit(addNumbers('p0', { numbers: numbersFrom(300_000, 6_000), importName: 'swept' }))
    await writer.submit(addNumbers('p0', { numbers: numbersFrom(100_000, 100), area: 'a' }))
    time.now += directoryLimits.importIdleMs
    await writer.sweep()
    for (let i = 0; i < 40; i += 1) await writer.submit(addNumbers('p0', { numbers: [String(200_000 + i)] }))
    await writer.submit(setState({ first: '100000', count: 50 }, 'DRAINING'))
    await writer.submit(setState('100020', 'IN_SERVICE'))
    await writer.submit({ type: 'update-pool', name: 'p0', wanted: { cooldownMs: 1 } })
    const one = new Known()
    for (let version = 0; version < writer.version; ) {
      const next = made.facts.factsSince(0, version)
      one.take(next.facts)
      version = next.version
    }
    const all = await loaded(made, 0)
    expect(all).toEqual(one)
    expect(all.numbers.size).toBe(140)
    expect(Math.min(...all.numbers.keys())).toBe(6_000)
  })

  it('lead to the same when numbers are removed while they are being loaded', async () => {
    const made = await open()
    const { writer } = made
    const numbers = numbersFrom(100_000, 800)
    await Promise.all(numbers.map((digits) => writer.submit(addNumbers('p0', { numbers: [digits] }))))
    const known = new Known()
    const loading = made.facts.loadFacts(0, (facts) => known.take(facts))
    await writer.submit(removeNumbers('p0', { numbers: [numbers[3]!, numbers[799]!] }))
    const { facts } = made.facts.factsSince(0, await loading)
    known.take(facts)
    expect([...known.numbers.keys()]).toEqual([...(await loaded(made, 0)).numbers.keys()])
    expect(known.numbers.size).toBe(798)
  })

  it('that the journal no longer holds must be loaded anew', async () => {
    const made = await open()
    await made.log.truncate(3)
    expect(() => made.facts.factsSince(0, 0)).toThrow(FactsGone)
  })
})
