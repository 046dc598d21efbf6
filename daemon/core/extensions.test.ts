import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extensionAt } from './extension-cycle.js'
import { chooseExtension } from './extensions.js'
import { checkInvariants } from './invariants.js'
import { limits } from './limits.js'
import { sampleAllocate } from './testing.js'
import { Bench, reason } from './testing-bench.js'

const a = (i: number) => `138000000${String(i).padStart(2, '0')}`
const axe = { mode: 'AXE', b: undefined } as const

describe('the cycle of extensions', () => {
  it.each([1, 2, 3, 4])('goes through every extension of %i digits once, never to a neighbour', (digits) => {
    const count = 10 ** digits
    const cycle = Array.from({ length: count }, (_, position) => extensionAt(41, position, digits))
    expect(new Set(cycle).size).toBe(count)
    for (const extension of cycle) expect(extension).toMatch(new RegExp(`^\\d{${digits}}$`))
    for (let i = 1; i < count; i += 1) expect(Math.abs(Number(cycle[i]) - Number(cycle[i - 1]))).toBeGreaterThan(1)
  })

  it('keeps to whole numbers at its longest, so that no two positions meet', () => {
    const position = fc.nat(10 ** limits.extensionDigitsMax - 1)
    const property = fc.property(position, position, fc.nat(0xffff_ffff), (one, other, ordinal) => {
      const digits = limits.extensionDigitsMax
      const [first, second] = [extensionAt(ordinal, one, digits), extensionAt(ordinal, other, digits)]
      expect(first).toMatch(/^\d{8}$/)
      expect(first === second).toBe(one === other)
    })
    fc.assert(property)
  })
})

describe('extensions chosen', () => {
  it('gives each once before any again, then the one given longest ago', () => {
    const bench = new Bench(1, { pool: { extensionDigits: 1, cooldownMs: 0 } })
    const given: string[] = []
    for (let i = 0; i < 12; i += 1) {
      const { seq, extension } = bench.allocate(a(i), '', axe)
      given.push(extension)
      bench.release(seq)
    }
    expect(new Set(given.slice(0, 10)).size).toBe(10)
    expect(given.slice(10)).toEqual(given.slice(0, 2))
  })

  it('passes over an extension that somebody asked for, though it cools down only', () => {
    const bench = new Bench(1, { pool: { extensionDigits: 1 } })
    const next = chooseExtension(bench.state, 0, 1).extension
    const asked = bench.allocate(a(1), '', { ...axe, extension: next })
    bench.release(asked.seq)
    expect(bench.allocate(a(2), '', axe).extension).not.toBe(next)
    checkInvariants(bench.state)
  })

  it('counts a number whose extensions are all owned as at capacity, and has room again when one is free', () => {
    const bench = new Bench(1, { pool: { extensionDigits: 1, cooldownMs: 1_000 } })
    for (let i = 0; i < 10; i += 1) bench.allocate(a(i), '', axe)
    checkInvariants(bench.state)
    const full = bench.run(sampleAllocate(a(10), '', axe))
    expect(full).toMatchObject({ refusal: { reason: 'POOL_EXHAUSTED', metadata: { at_capacity: '1' } } })
    bench.release(4)
    expect(reason(bench.run(sampleAllocate(a(10), '', axe)))).toBe('POOL_EXHAUSTED')
    bench.pass(1_000)
    expect(bench.allocate(a(10), '', axe).extension).toBe(bench.bindings.get(4)!.extension)
    checkInvariants(bench.state)
  })

  it('undoes a batch: the cycle goes on where it was [I5]', () => {
    const bench = new Bench(1, { pool: { extensionDigits: 1 } })
    bench.allocate(a(1), '', axe)
    bench.state.undo.begin()
    const undone = bench.allocate(a(2), '', axe)
    bench.state.undo.rollBack()
    checkInvariants(bench.state)
    expect(bench.allocate(a(2), '', axe).extension).toBe(undone.extension)
  })
})
