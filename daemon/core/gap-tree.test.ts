import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Gap, GapNodes, GapTree } from './gap-tree.js'
import { UndoLog } from './undo.js'

const numbers = 12
const time = fc.integer({ min: 0, max: 40 })

/** Gaps of one number, apart from each other, the last without an end where the draw says so. */
const gaps = fc.tuple(fc.uniqueArray(time, { maxLength: 8 }), fc.boolean()).map(([times, open]): Gap[] => {
  const sorted = times.sort((a, b) => a - b)
  const found: Gap[] = []
  for (let i = 0; i + 1 < sorted.length; i += 2) found.push({ startMs: sorted[i]!, endMs: sorted[i + 1]! })
  if (open) found.push({ startMs: 50, endMs: Number.POSITIVE_INFINITY })
  return found
})
const put = fc.tuple(fc.nat(numbers - 1), gaps)
const wanted = fc
  .tuple(fc.nat(60), fc.nat(30), fc.nat(60))
  .map(([startMs, length, fromMs]) => ({ startMs, endMs: startMs + length, fromMs }))

type Wanted = { readonly startMs: number; readonly endMs: number; readonly fromMs: number }

function bruteForce(model: ReadonlyMap<number, readonly Gap[]>, { startMs, endMs, fromMs }: Wanted): number[] {
  const found = [...model].flatMap(([ordinal, ofNumber]) => ofNumber.map((gap) => ({ ordinal, ...gap })))
  return found
    .filter((gap) => gap.startMs >= fromMs && gap.startMs <= startMs && gap.endMs >= endMs)
    .sort((a, b) => a.startMs - b.startMs || a.ordinal - b.ordinal)
    .map(({ ordinal }) => ordinal)
}

describe('the gaps of exclusive numbers', () => {
  it('I3: names exactly the numbers free for a whole window, in order of their gaps, and undoes a batch', () => {
    const property = fc.property(fc.array(put), fc.array(put), fc.array(wanted), (kept, undone, questions) => {
      const undo = new UndoLog()
      const nodes = new GapNodes(undo)
      const tree = new GapTree(undo, nodes)
      const model = new Map<number, readonly Gap[]>()
      for (const [ordinal, ofNumber] of kept) {
        tree.put(ordinal, ofNumber)
        model.set(ordinal, ofNumber)
      }
      const before = questions.map((question) => [...tree.fitting(question)])
      expect(before).toEqual(questions.map((question) => bruteForce(model, question)))
      for (const question of questions) {
        expect([...tree.fitting(question, true)]).toEqual(bruteForce(model, question).reverse())
      }
      undo.begin()
      for (const [ordinal, ofNumber] of undone) tree.put(ordinal, ofNumber)
      undo.rollBack()
      expect(questions.map((question) => [...tree.fitting(question)])).toEqual(before)
      for (const [ordinal, ofNumber] of model) expect(nodes.gapsOf(ordinal)).toEqual(ofNumber)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('finds one of many without walking them', () => {
    const undo = new UndoLog()
    const tree = new GapTree(undo, new GapNodes(undo))
    for (let ordinal = 0; ordinal < 20_000; ordinal += 1) tree.put(ordinal, [{ startMs: ordinal, endMs: ordinal + 5 }])
    tree.put(20_000, [{ startMs: 7, endMs: 30_000 }])
    let probes = 0
    const { greatest } = (tree as unknown as { nodes: GapNodes }).nodes
    const get = greatest.get.bind(greatest)
    greatest.get = (index) => {
      probes += 1
      return get(index)
    }
    expect([...tree.fitting({ startMs: 15_000, endMs: 25_000, fromMs: 0 })]).toEqual([20_000])
    expect(probes).toBeLessThan(200)
  })
})
