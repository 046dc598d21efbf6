import { describe, expect, it } from 'vitest'
import { addNumbers, DecisionFixture } from '../../test/directory/decision-fixture.js'
import type { DirectoryAnswer, DirectoryCommand } from './commands.js'
import { decideSweep } from './decide-numbers.js'

type AddNumbers = Extract<DirectoryCommand, { type: 'add-numbers' }>

function fixture(): DecisionFixture {
  const made = new DecisionFixture(1)
  made.createPool('p')
  made.createPool('q')
  made.addNumbers('p', { numbers: ['700123456780000'] })
  return made
}

function expectRefused(answer: DirectoryAnswer, reason: string, field: string | undefined): void {
  expect(answer).toMatchObject({ ok: false, reason, ...(field === undefined ? {} : { field }) })
}

const many = (count: number) => Array.from({ length: count }, (_, i) => String(10_000_000 + i))

describe('add-numbers refuses', () => {
  it.each<[string, string | undefined, Partial<AddNumbers>]>([
    ['POOL_NOT_FOUND', 'pool', { pool: 'nowhere', numbers: ['12345'] }],
    ['INVALID_OPTION', 'numbers', {}],
    ['INVALID_OPTION', 'numbers', { importName: 'i', last: true }],
    ['FIELD_TOO_LONG', 'area', { numbers: ['12345'], area: 'é'.repeat(33) }],
    ['FIELD_TOO_LONG', 'import_id', { numbers: ['12345'], importName: 'x'.repeat(129) }],
    ['INVALID_NUMBER', 'numbers[1]', { numbers: ['12345', '12'] }],
    ['INVALID_NUMBER', 'numbers[0]', { numbers: ['1'.repeat(21)] }],
    ['INVALID_NUMBER', 'numbers[0]', { numbers: ['12a45'] }],
    ['INVALID_NUMBER', 'blocks[0].first', { blocks: [{ first: '', count: 1 }] }],
    ['INVALID_NUMBER', 'blocks[0].count', { blocks: [{ first: '998', count: 3 }] }],
    ['INVALID_NUMBER', 'blocks[0].count', { blocks: [{ first: '9'.repeat(20), count: 2 }] }],
    ['INVALID_OPTION', 'blocks[0].count', { blocks: [{ first: '12345', count: 0 }] }],
    [
      'INVALID_OPTION',
      'blocks[1].count',
      {
        blocks: [
          { first: '12345', count: 1 },
          { first: '1234', count: -1 },
        ],
      },
    ],
    ['INVALID_OPTION', 'blocks[0].count', { blocks: [{ first: '12345', count: Number.NaN }] }],
    ['TOO_MANY', 'blocks[0].count', { blocks: [{ first: '12345678', count: 50_001 }] }],
    ['TOO_MANY', 'blocks', { blocks: [{ first: '12345678', count: 50_000 }], numbers: ['12345'] }],
    ['TOO_MANY', 'numbers', { numbers: many(50_001) }],
    ['NUMBER_EXISTS', 'numbers', { numbers: ['12345', '+12345'] }],
    ['NUMBER_EXISTS', 'numbers', { blocks: [{ first: '12340', count: 10 }], numbers: ['12345'] }],
    ['NUMBER_EXISTS', 'numbers', { numbers: ['12345', '700123456780000'] }],
    ['NUMBER_EXISTS', 'numbers', { pool: 'q', numbers: ['700123456780000'] }],
  ])('%s naming %s', (reason, field, change) => {
    const there = fixture()
    const before = there.model.load(0).numbers
    expectRefused(there.addNumbers('p', change), reason, field)
    expect(there.model.load(0).numbers).toBe(before)
  })

  it('names the number that exists, those of open imports included', () => {
    const there = fixture()
    there.addNumbers('p', { numbers: ['5550001'], importName: 'open' })
    expect(there.addNumbers('q', { numbers: ['5550000', '5550001'] })).toMatchObject({
      reason: 'NUMBER_EXISTS',
      metadata: { number: '5550001' },
    })
  })

  it('more areas than a pool may have', () => {
    const there = fixture()
    for (let i = 0; i < 1_024; i += 1) there.addNumbers('p', { numbers: [String(20_000 + i)], area: `area ${i}` })
    expectRefused(there.addNumbers('p', { numbers: ['99999'], area: 'one more' }), 'TOO_MANY', 'area')
    expect(there.addNumbers('p', { numbers: ['99999'], area: 'area 7' })).toMatchObject({ ok: true })
  })
})

describe('add-numbers', () => {
  it('keeps leading zeros and tells lengths apart', () => {
    const there = fixture()
    expect(
      there.addNumbers('p', { blocks: [{ first: '0098', count: 3 }], numbers: ['100', '0100x'.slice(0, 3)] }),
    ).toMatchObject({ ok: true, added: 5, live: 5 })
    expect(there.numbers.get('0100')).toBeDefined()
    expect(there.numbers.get('100')).toBeDefined()
    expect(there.numbers.get('098')).toBeUndefined()
  })

  it('applies the number rules', () => {
    const there = new DecisionFixture(1, [{ prefix: '86', length: 13, drop: 2 }])
    there.createPool('p')
    there.addNumbers('p', { numbers: ['+8613800000000'] })
    expect(there.numbers.get('13800000000')).toBeDefined()
  })

  it('gives dense ordinals in order of arrival', () => {
    const there = fixture()
    there.addNumbers('q', { numbers: ['333', '222'] })
    there.addNumbers('p', { numbers: ['111'] })
    expect(['222', '333', '111'].map((digits) => there.numbers.get(digits)?.ordinal)).toEqual([1, 2, 3])
  })

  it('writes a small request in one page and a large one as a part that only its last page makes live', () => {
    const there = fixture()
    const small = there.decide(addNumbers('p', { numbers: many(5_000) }))
    expect(small.pages.map((page) => page.map(({ type }) => type))).toEqual([['numbers']])
    const large = there.decide(addNumbers('p', { numbers: many(12_000) }))
    expect(large.pages.map((page) => page.map(({ type }) => type))).toEqual([
      ['part-begun', 'numbers'],
      ['numbers'],
      ['numbers', 'part-filled', 'parts-live'],
    ])
  })

  it('shows an import only from its last part on, and counts all of it then', () => {
    const there = fixture()
    expect(there.addNumbers('p', { numbers: ['111', '112'], importName: 'i' })).toMatchObject({ added: 2, live: 0 })
    expect(there.setState('111', 'FROZEN')).toMatchObject({ reason: 'NUMBER_NOT_FOUND' })
    expect(there.addNumbers('q', { numbers: ['113'], importName: 'i', last: true })).toMatchObject({
      added: 1,
      live: 3,
    })
    expect(there.setState('111', 'FROZEN')).toMatchObject({ ok: true, changed: 1 })
    expect(there.model.partCount).toBe(0)
  })

  it('closes an import with a last part that has no numbers', () => {
    const there = fixture()
    there.addNumbers('p', { numbers: ['111', '112'], importName: 'i' })
    expect(there.addNumbers('p', { importName: 'i', last: true })).toMatchObject({ ok: true, added: 0, live: 2 })
  })
})

describe('the sweep', () => {
  it('takes imports without a new part for an hour, whole, and parts that are not whole', () => {
    const there = fixture()
    there.addNumbers('p', { numbers: ['111'], importName: 'old' })
    there.addNumbers('p', { numbers: ['112'], importName: 'kept' })
    there.now += 3_599_999
    expect(decideSweep(there.model.parts(), there.now)).toEqual([])
    there.addNumbers('p', { numbers: ['113'], importName: 'kept' })
    there.now += 1
    expect(decideSweep(there.model.parts(), there.now)).toEqual([{ type: 'parts-dropping', parts: [1] }])
    there.apply(there.decide(addNumbers('p', { numbers: many(6_000) })).pages[0]!)
    expect(decideSweep(there.model.parts(), there.now)).toEqual([{ type: 'parts-dropping', parts: [1, 4] }])
  })

  it('takes a part on its way out from the import it was of', () => {
    const there = fixture()
    there.addNumbers('p', { numbers: ['111'], importName: 'i' })
    there.now += 3_600_000
    there.apply(decideSweep(there.model.parts(), there.now))
    expect(there.addNumbers('p', { numbers: ['222'], importName: 'i', last: true })).toMatchObject({ live: 1 })
    expect(there.model.part(1)?.phase).toBe('DROPPING')
  })
})
