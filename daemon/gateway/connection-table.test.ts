import { describe, expect, test } from 'vitest'
import { bounds } from './bounds.js'
import { ConnectionTable, type RetireReason } from './connection-table.js'
import { FairShare, shareMemory } from './fair-share.js'

const rules = { ageMs: 60_000, graceMs: 10_000 }

/** A table, and connections that note what is done to them. */
function setUp(given = rules, share?: FairShare) {
  const counted: string[] = []
  const table = new ConnectionTable(given, share, {
    opened: () => void counted.push('opened'),
    retired: (reason: RetireReason) => void counted.push(reason),
  })
  const done: string[] = []
  const connect = (name: string, nowMs: number, streams = 0, random = 0.5) =>
    table.add(
      {
        retire: (closeMs) => void done.push(`${name} goes in ${closeMs}`),
        streams: () => streams,
        endStreams: () => void done.push(`${name} ends`),
      },
      nowMs,
      random,
    )
  return { table, done, counted, connect }
}

describe('age', () => {
  test('a connection goes at its age; its streams end when the grace is over, and it closes soon after', () => {
    const { table, done, counted, connect } = setUp()
    connect('one', 0)
    table.tick(59_999)
    expect([done, table.staying, table.leaving]).toEqual([[], 1, 0])
    table.tick(60_000)
    expect(done).toEqual([`one goes in ${10_000 + bounds.lastAnswersMs}`])
    expect([table.staying, table.leaving]).toEqual([0, 1])
    table.tick(69_999)
    table.tick(70_000)
    table.tick(70_250)
    expect(done.slice(1)).toEqual(['one ends'])
    expect(counted).toEqual(['opened', 'age'])
  })

  test('those of one moment do not go together: a tenth earlier to a tenth later', () => {
    const { table, done, connect } = setUp()
    connect('early', 0, 0, 0)
    connect('late', 0, 0, 1)
    table.tick(54_000)
    expect(done).toHaveLength(1)
    expect(done[0]).toContain('early')
    table.tick(65_999)
    expect(table.staying).toBe(1)
    table.tick(66_000)
    expect(table.staying).toBe(0)
  })

  test('0 is no age at all', () => {
    const { table, done, connect } = setUp({ ...rules, ageMs: 0 })
    connect('one', 0)
    table.tick(1e12)
    expect(done).toEqual([])
  })

  test('a closed connection is forgotten', () => {
    const { table, done, connect } = setUp()
    const close = connect('one', 0)
    close()
    table.tick(100_000)
    expect([done, table.staying, table.leaving]).toEqual([[], 0, 0])
  })
})

describe('spread', () => {
  function two() {
    const memory = shareMemory(2)
    const other = new FairShare({ memory, index: 1 })
    return { other, ...setUp(rules, new FairShare({ memory, index: 0 })) }
  }

  test('the connection with the fewest streams goes, one at each tick, until the other has its share', () => {
    const { other, table, done, connect } = two()
    for (const [i, streams] of [2, 0, 1, 0].entries()) connect(`c${i}`, 0, streams)
    other.tell(1, 5_000)
    table.tick(5_000)
    expect(done).toEqual([`c1 goes in ${65_000 + bounds.lastAnswersMs}`])
    other.tell(1, 5_250)
    table.tick(5_250)
    expect(done).toHaveLength(2)
    expect(done[1]).toContain('c3')
    other.tell(1, 5_500)
    table.tick(5_500)
    expect(done).toHaveLength(2)
  })

  test('streams of a connection that was moved run on to its age and grace, no shorter', () => {
    const { other, table, done, connect } = two()
    for (const name of ['one', 'two']) connect(name, 0, 1)
    other.tell(0, 5_000)
    table.tick(5_000)
    expect(done).toHaveLength(1)
    const moved = done[0]!.slice(0, 3)
    other.tell(1, 69_999)
    table.tick(69_999)
    expect(done).not.toContain(`${moved} ends`)
    table.tick(70_000)
    expect(done).toContain(`${moved} ends`)
  })

  test('a connection is left alone until it has settled', () => {
    const { other, table, done, connect } = two()
    for (const name of ['one', 'two']) connect(name, 5_000)
    const settledMs = 5_000 + bounds.connectionSettleMs
    other.tell(0, settledMs - 1)
    table.tick(settledMs - 1)
    expect(done).toEqual([])
    table.tick(settledMs)
    expect(done).toHaveLength(1)
  })

  test('without an age a moved connection is still closed some day, and its streams are not ended', () => {
    const memory = shareMemory(2)
    const { table, done, connect } = setUp({ ...rules, ageMs: 0 }, new FairShare({ memory, index: 0 }))
    for (const name of ['one', 'two']) connect(name, 0)
    new FairShare({ memory, index: 1 }).tell(0, 2_000)
    table.tick(2_000)
    expect(done).toEqual([`one goes in ${2 ** 31 - 1}`])
  })

  test('others learn what is here, newcomers included, and nothing more once it is closed', () => {
    const { other, table, connect } = two()
    connect('one', 0)
    table.tick(2_000)
    expect(other.isAbove(2, 2_000)).toBe(false)
    expect(other.isAbove(3, 2_000)).toBe(true)
    table.close()
    expect(other.isAbove(3, 2_000)).toBe(false)
  })
})
