import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChainTip, checkpointBounds, emptyRun } from './chain-tip.js'
import { hashBytes, leafHash, merkleRoot, proveInclusion, verifyInclusion, zeroHash } from './merkle.js'
import type { Page } from './page.js'
import { decodePage, decodePageHead, encodePage, pageHash } from './page-codec.js'
import { emptyHead, entriesRoot, type SealedPage } from './seal-page.js'
import { UnreadableBytes } from './unreadable-bytes.js'
import { verifyChain } from './verify-chain.js'

let drawn = 0
const entropy = (count: number) => Uint8Array.from({ length: count }, () => (drawn = (drawn * 31 + 7) & 0xff))
const bytes = (text: string) => new TextEncoder().encode(text)

/** A journal of pages, one event each. `stepMs` between pages. */
function journal(count: number, stepMs = 1): SealedPage[] {
  const tip = new ChainTip(emptyHead, emptyRun)
  return Array.from({ length: count }, (_, i) => {
    const events = [bytes(`event ${i}`), bytes('another')]
    const sealed = tip.seal({ epoch: 1, nowMs: 1_000 + i * stepMs, directoryVersion: 0, events }, entropy)
    tip.accept(sealed)
    return sealed
  })
}

const headOf = (pages: readonly SealedPage[]) => ({ seq: pages.at(-1)!.page.seq, hash: pages.at(-1)!.hash })
const pagesOf = (sealed: readonly SealedPage[]) => sealed.map(({ page }) => page)

describe('Merkle tree', () => {
  it('proves every leaf of a tree of any size, and nothing else (I10)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, pick, flip) => {
        const leaves = Array.from({ length: size }, (_, i) => leafHash(new Uint8Array(16), bytes(String(i))))
        const root = merkleRoot(leaves)
        const proof = proveInclusion(leaves, pick % size)
        expect(verifyInclusion(leaves[pick % size]!, proof, root)).toBe(true)
        const other = bytes('x'.repeat(hashBytes))
        expect(verifyInclusion(other, proof, root)).toBe(false)
        if (size > 1) {
          expect(verifyInclusion(leaves[pick % size]!, { ...proof, index: (proof.index + 1) % size }, root)).toBe(false)
          const path = proof.path.map((node) => Uint8Array.from(node))
          path[flip % path.length]![flip % hashBytes]! ^= 1
          expect(verifyInclusion(leaves[pick % size]!, { ...proof, path }, root)).toBe(false)
        }
      }),
    )
  })

  it('has the shape of RFC 6962: three leaves are two and one', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text) => leafHash(new Uint8Array(16), bytes(text))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    expect(merkleRoot([merkleRoot([a, b]), c])).toEqual(merkleRoot([a, b, c]))
    expect(merkleRoot([])).toEqual(zeroHash)
    expect(merkleRoot([a])).toEqual(a)
  })

  it('gives no proof for a leaf that is not there', () => {
    expect(() => proveInclusion([], 0)).toThrow(RangeError)
    expect(verifyInclusion(zeroHash, { index: 1, size: 1, path: [] }, zeroHash)).toBe(false)
  })
})

describe('page codec', () => {
  const entry = fc.record({ salt: fc.uint8Array({ minLength: 16, maxLength: 16 }), event: fc.uint8Array() })
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const count = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  const page: fc.Arbitrary<Page> = fc.record({
    seq: count,
    epoch: count,
    nowMs: count,
    directoryVersion: count,
    previousHash: hash,
    root: hash,
    entries: fc.array(entry, { maxLength: 5 }),
    checkpoint: fc.option(fc.record({ fromSeq: count, root: hash }), { nil: undefined }),
  })

  it('tells the head of a page without its entries', () => {
    fc.assert(
      fc.property(page, (one) => {
        const isCheckpoint = one.checkpoint !== undefined
        expect(decodePageHead(encodePage(one))).toEqual({ nowMs: one.nowMs, isCheckpoint, hash: pageHash(one) })
      }),
    )
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(page, (one) => {
        const back = decodePage(encodePage(one))
        const bare = (p: Page) => ({
          ...p,
          previousHash: [...p.previousHash],
          root: [...p.root],
          entries: p.entries.map(({ salt, event }) => [[...salt], [...event]]),
          checkpoint: p.checkpoint && { fromSeq: p.checkpoint.fromSeq, root: [...p.checkpoint.root] },
        })
        expect(bare(back)).toEqual(bare(one))
      }),
    )
  })

  it('refuses bytes that are cut, longer, or of another version', () => {
    const encoded = encodePage(journal(1)[0]!.page)
    for (let length = 0; length < encoded.length; length += 1) {
      expect(() => decodePage(encoded.subarray(0, length))).toThrow(UnreadableBytes)
    }
    expect(() => decodePage(Buffer.concat([encoded, Buffer.alloc(1)]))).toThrow(UnreadableBytes)
    expect(() => decodePage(Uint8Array.from(encoded, (byte, i) => (i === 0 ? 2 : byte)))).toThrow('version 2')
  })
})

describe('checkpoint pages', () => {
  it('close a run after its most pages, and cover exactly the pages since the last', () => {
    const pages = journal(2 * checkpointBounds.pages + 3)
    const marked = pagesOf(pages).filter((page) => page.checkpoint !== undefined)
    const { pages: run } = checkpointBounds
    expect(marked.map((page) => [page.seq, page.checkpoint!.fromSeq])).toEqual([
      [run + 1, 1],
      [2 * run + 1, run + 1],
    ])
    expect(marked[1]!.checkpoint!.root).toEqual(merkleRoot(pages.slice(run, 2 * run).map(({ hash }) => hash)))
  })

  it('close a run after its longest time', () => {
    const pages = pagesOf(journal(7, checkpointBounds.ageMs / 2))
    expect(pages.filter((page) => page.checkpoint !== undefined).map((page) => page.seq)).toEqual([3, 5, 7])
  })

  it('go on from a run that was read back, as if the process had not stopped', () => {
    const pages = journal(10, checkpointBounds.ageMs / 4)
    const last = pagesOf(pages).findLast((page) => page.checkpoint !== undefined)!
    const run = pages.filter(({ page }) => page.seq >= last.seq)
    const tip = new ChainTip(headOf(pages), {
      fromSeq: last.seq,
      hashes: run.map(({ hash }) => hash),
      sinceMs: last.nowMs,
    })
    const nowMs = last.nowMs + checkpointBounds.ageMs
    const next = tip.seal({ epoch: 1, nowMs, directoryVersion: 0, events: [] }, entropy)
    expect(verifyChain([...pagesOf(pages), next.page], { head: { seq: 11, hash: next.hash } }).problem).toBeUndefined()
    expect(next.page.checkpoint?.fromSeq).toBe(last.seq)
  })
})

describe('chain verification finds what was done to a journal (I10)', () => {
  const good = journal(12)
  const head = headOf(good)
  const pages = pagesOf(good)
  const problem = (list: readonly Page[]) => verifyChain(list, { head }).problem

  it('nothing in a sound one, whole or from a later page on', () => {
    expect(verifyChain(pages, { head })).toEqual({ valid: true, pages: 12, head, problem: undefined })
    expect(verifyChain(pages.slice(5), { start: undefined, head }).pages).toBe(7)
    expect(verifyChain([], { head: emptyHead }).valid).toBe(true)
  })

  it('a changed event, salt, header or root, at its page', () => {
    for (let i = 0; i < pages.length; i += 1) {
      const put = (page: Page) => problem(pages.with(i, page))
      const page = pages[i]!
      const entries = page.entries.with(0, { ...page.entries[0]!, event: bytes('forged') })
      const salted = page.entries.with(0, { ...page.entries[0]!, salt: new Uint8Array(16) })
      const where = { kind: 'changed', seq: i + 1 }
      expect(put({ ...page, entries })).toMatchObject(where)
      expect(put({ ...page, entries: salted })).toMatchObject(where)
      expect(put({ ...page, entries, root: entriesRoot(entries) })).toMatchObject(where)
      expect(put({ ...page, nowMs: page.nowMs + 1 })).toMatchObject({ kind: 'changed' })
      expect(put({ ...page, directoryVersion: 9 })).toMatchObject(where)
      expect(put({ ...page, previousHash: bytes('x'.repeat(32)) })).toMatchObject(where)
    }
  })

  it('a checkpoint that does not cover its run, though its page fits the chain', () => {
    const run = journal(4, checkpointBounds.ageMs / 2)
    const third = { ...run[2]!.page, checkpoint: { fromSeq: 1, root: zeroHash } }
    const fourth = { ...run[3]!.page, previousHash: pageHash(third) }
    const forged = verifyChain([run[0]!.page, run[1]!.page, third, fourth], { head: undefined })
    expect(forged.problem).toMatchObject({ kind: 'changed', seq: 3 })
  })

  it('a missing page, first or in the middle', () => {
    expect(problem(pages.toSpliced(4, 1))).toMatchObject({ kind: 'missing', seq: 5 })
    expect(problem(pages.slice(1))).toMatchObject({ kind: 'missing', seq: 1 })
  })

  it('pages that changed places', () => {
    const swapped = pages.with(3, pages[6]!).with(6, pages[3]!)
    expect(problem(swapped)).toMatchObject({ kind: 'reordered', seq: 4 })
    expect(problem([...pages.slice(0, 5), pages[2]!, ...pages.slice(5)])).toMatchObject({ kind: 'reordered', seq: 3 })
  })

  it('a cut end', () => {
    expect(problem(pages.slice(0, 9))).toMatchObject({ kind: 'truncated', seq: 10 })
    expect(problem([])).toMatchObject({ kind: 'truncated', seq: 1 })
  })
})
