import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReleaseBoard, releaseBoardMemory } from './release-board.js'

const slots = 16
const half32 = 2 ** 32
/** Neighbours, and seqs that only their high half tells apart. */
const seqs = fc.constantFrom(...Array.from({ length: 24 }, (_, i) => 1 + (i % 12) + (i < 12 ? 0 : 7 * half32)))
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: seqs, at: fc.nat(2 ** 41) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.array(seqs, { maxLength: 4 }) }) },
)
const release = (seq: number, ms: number) => ({
  ...{ seq, endMs: ms, freeAtMs: ms + 1_800_000, page: ms % 2 ** 40, place: ms % 1_000, hasReason: ms % 2 === 0 },
})

describe('the board of releases', () => {
  it('holds what was added and not taken away, for every thread that has its memory', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memory = releaseBoardMemory(slots)
        const [board, reader] = [new ReleaseBoard(memory), new ReleaseBoard(memory)]
        const expected = new Map<number, ReturnType<typeof release>>()
        for (const one of steps) {
          if ('remove' in one) {
            const before = reader.generation
            board.removeAll(one.remove)
            for (const seq of one.remove) expected.delete(seq)
            expect(reader.settled()).not.toBe(before)
          } else if (expected.size < board.capacity && !expected.has(one.add)) {
            board.add(release(one.add, one.at))
            expected.set(one.add, release(one.add, one.at))
          }
          expect(board.size).toBe(expected.size)
          expect(board.seqs().sort()).toEqual([...expected.keys()].sort())
          for (let seq = 1; seq <= 13; seq += 1) {
            for (const asked of [seq, seq + 7 * half32]) expect(reader.get(asked)).toEqual(expected.get(asked))
          }
        }
      }),
    )
  })

  it('stays in order over a hundred times its size of comings and goings', () => {
    const board = new ReleaseBoard(releaseBoardMemory(1_024))
    for (let seq = 1; seq <= 100_000; seq += 1) {
      board.add(release(seq, seq))
      if (seq > 400) board.removeAll([seq - 400])
    }
    expect(board.size).toBe(400)
    expect(board.find(100_000)).toBe(true)
    expect(board.find(99_600)).toBe(false)
    expect(board.find(99_601)).toBe(true)
  })

  it('I12: refuses more than half of its slots', () => {
    const board = new ReleaseBoard(releaseBoardMemory(4))
    board.add(release(1, 1))
    board.add(release(2, 1))
    expect(() => board.add(release(3, 1))).toThrow('full')
  })
})
