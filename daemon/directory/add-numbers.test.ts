/** AddNumbers against the plainest model there is: a set of the numbers that are held. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addNumbers } from '../../test/directory/decision-fixture.js'
import { openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import type { Block } from './commands.js'
import { prepareNumbers } from './prepared-numbers.js'

let made: WriterFixture

beforeAll(async () => {
  made = await openWriter()
  await made.writer.submit({ type: 'create-pool', name: 'p', wanted: {} })
})

afterAll(() => made.close())

const digits = fc.stringMatching(/^[0-3]{3,4}$/)
const request = fc.record({
  numbers: fc.array(fc.oneof({ weight: 30, arbitrary: digits }, { weight: 1, arbitrary: fc.constant('1x') }), {
    maxLength: 4,
  }),
  blocks: fc.array(fc.record({ first: digits, count: fc.integer({ min: 0, max: 12 }) }), { maxLength: 2 }),
  importName: fc.constantFrom('', '', 'i', 'j'),
  last: fc.boolean(),
})

/** The numbers that a request names, in the model's own way; undefined for one that is malformed. */
function named({ numbers, blocks }: { numbers: string[]; blocks: Block[] }): string[] | undefined {
  const all = [...numbers]
  for (const { first, count } of blocks) {
    if (count === 0) return undefined
    for (let i = 0; i < count; i += 1) all.push(String(Number(first) + i).padStart(first.length, '0'))
    if (all.at(-1)!.length > first.length) return undefined
  }
  return all.every((number) => /^[0-9]+$/.test(number)) ? all : undefined
}

describe('add-numbers', () => {
  it('holds and shows exactly what a set would', async () => {
    const held = new Set<string>()
    const live = new Set<string>()
    const open = new Map<string, string[]>()
    const step = async (asked: typeof request extends fc.Arbitrary<infer T> ? T : never) => {
      const numbers = named(asked)
      const wanted = new Set(numbers)
      const repeats = numbers !== undefined && wanted.size < numbers.length
      const closes = asked.last && open.has(asked.importName)
      const empty = numbers?.length === 0 && !closes
      const taken = numbers?.some((number) => held.has(number))
      const answer = await made.writer.submit(addNumbers('p', asked))
      expect(answer.ok).toBe(!(numbers === undefined || repeats || empty || taken))
      if (!answer.ok || numbers === undefined) return
      expect(answer.added).toBe(numbers.length)
      const part = [...(open.get(asked.importName) ?? []), ...numbers]
      const shown = asked.importName === '' || asked.last
      expect(answer.live).toBe(shown ? part.length : 0)
      for (const number of numbers) held.add(number)
      if (asked.importName !== '') open.set(asked.importName, part)
      if (!shown) return
      open.delete(asked.importName)
      for (const number of part) live.add(number)
    }
    for (const asked of fc.sample(request, 300)) await step(asked)
    made.view.refresh()
    const listed = made.view.numbers(undefined, 1_000).numbers.map((record) => record.digits)
    expect(listed).toEqual([...live].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)))
    expect(live.size).toBeGreaterThan(50)
  })
})

describe('preparing numbers', () => {
  it('sorts, and finds a number that is there twice, as a set does', () => {
    const any = fc.array(fc.stringMatching(/^[0-9]{3,20}$/), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(any, (numbers) => {
        const prepared = prepareNumbers({ numbers, blocks: [] }, [])
        expect(prepared.ok).toBe(new Set(numbers).size === numbers.length)
        if (prepared.ok) expect(prepared.keys.byteLength).toBe(11 * numbers.length)
      }),
    )
  })
})
