import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../core/limits.js'
import { RecentRequests } from './recent-requests.js'

const id = fc.string({ maxLength: 6 })
const made = fc.record({ tenant: fc.integer({ min: 1, max: 2 }), pool: fc.integer({ min: 1, max: 2 }), id })
const nowMs = 1_700_000_000_000

const candidates = (recent: RecentRequests, tenant: number, pool: number, asked: string) => {
  const seqs: number[] = []
  recent.find(tenant, pool, asked, (seq) => {
    seqs.push(seq)
    return undefined
  })
  return seqs
}

describe('recent requests', () => {
  it('I7: names every binding that an id has made, whatever came before or after', () => {
    fc.assert(
      fc.property(
        fc.array(made, { maxLength: 300 }),
        fc.integer(),
        fc.constantFrom(0, 2 ** 31, 2 ** 40),
        (all, seed, base) => {
          const recent = new RecentRequests(seed)
          for (const [i, { tenant, pool, id: one }] of all.entries()) recent.add(tenant, pool, one, base + i + 1, nowMs)
          for (const [i, { tenant, pool, id: one }] of all.entries())
            expect(candidates(recent, tenant, pool, one)).toContain(base + i + 1)
        },
      ),
    )
  })

  it('finds over many segments, in any order of arrival, and hardly ever what is not there', () => {
    const recent = new RecentRequests(7)
    const count = 40_000
    for (let seq = count; seq > 0; seq -= 1) recent.add(1, 1, `id-${seq}`, seq, nowMs)
    for (let seq = 1; seq <= count; seq += 97) expect(candidates(recent, 1, 1, `id-${seq}`)).toContain(seq)
    const strangers = Array.from({ length: count }, (_, i) => candidates(recent, 1, 1, `other-${i}`).length)
    expect(strangers.filter((found) => found > 0).length).toBeLessThan(10)
    expect(recent.size).toBe(count)
  })

  it('takes an id alike as text and as the bytes of a row, or leaves it', () => {
    fc.assert(
      fc.property(made, fc.integer(), ({ tenant, pool, id: one }, seed) => {
        const recent = new RecentRequests(seed)
        const row = Buffer.from(`${one}.`)
        const taken = recent.addAscii({ tenant, pool, seq: 9, madeMs: nowMs }, row, 0, row.length - 1)
        expect(taken).toBe([...one].every((char) => char < '\u0080'))
        expect(candidates(recent, tenant, pool, one)).toEqual(taken ? [9] : [])
      }),
    )
  })

  it('stops at the first that is it', () => {
    const recent = new RecentRequests(7)
    recent.add(1, 1, 'same', 1, nowMs)
    recent.add(1, 1, 'same', 2, nowMs)
    expect(recent.find(1, 1, 'same', (seq) => (seq === 2 ? 'two' : undefined))).toBe('two')
  })

  it('drops segments of which all are older than a day, and keeps the others whole', () => {
    const recent = new RecentRequests(7)
    for (let i = 1; i <= 5_000; i += 1) recent.add(1, 1, `early-${i}`, i, nowMs)
    for (let i = 1; i <= 5_000; i += 1) recent.add(1, 1, `late-${i}`, 5_000 + i, nowMs + DAY_MS / 2)
    recent.dropOld(nowMs + DAY_MS)
    expect(candidates(recent, 1, 1, 'early-1')).toEqual([])
    expect(candidates(recent, 1, 1, 'late-5000')).toContain(10_000)
    recent.dropOld(nowMs + 2 * DAY_MS)
    expect(recent.size).toBe(0)
  })
})
