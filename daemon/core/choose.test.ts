import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Callback, Mode, Selection } from './binding.js'
import type { AllocateCommand, UpdateCommand } from './commands.js'
import { decide } from './decide.js'
import { explainAllocate } from './explain.js'
import { checkInvariants } from './invariants.js'
import { noWishes, sampleAllocate } from './testing.js'
import { Bench, reason, t0 } from './testing-bench.js'

const facts = { known: undefined, binding: undefined, calls: undefined }
const minuteMs = 60_000
const party = (i: number) => ({ number: `1380000000${i}`, verificationRef: '' })
const modes: readonly Mode[] = ['AXB', 'AX', 'AXE', 'AXG']

/** A command of any mode, with all that the mode needs and nothing else. */
function command(mode: Mode, a: number, others: readonly number[], change: Partial<AllocateCommand> = {}) {
  const rest = others.filter((other) => other !== a)
  const b = mode === 'AXB' || mode === 'AXYB' ? party(rest[0] ?? 9) : undefined
  const members = mode === 'AXG' ? [...new Set(rest.length === 0 ? [9] : rest)].map(party) : []
  return sampleAllocate('', '', { mode, a: party(a), b, members, ttlMs: minuteMs, ...change })
}

const step = fc.record({
  mode: fc.constantFrom(...modes),
  a: fc.nat(4),
  others: fc.array(fc.nat(7), { minLength: 1, maxLength: 3 }),
  startMs: fc.constantFrom(undefined, 20_000, 90_000, 200_000),
  ttlMs: fc.constantFrom(10_000, minuteMs, 150_000),
  cooldownMs: fc.constantFrom(0, 30_000, 100_000),
  extension: fc.constantFrom('', '', '3', '7'),
  draw: fc.double({ min: 0, max: 0.999, noNaN: true }),
  tenant: fc.constantFrom(1, 1, 2),
  passMs: fc.constantFrom(0, 0, 5_000, 40_000),
  releases: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  changes: fc.option(fc.record({ seq: fc.integer({ min: 1, max: 12 }), a: fc.nat(7), forMs: fc.nat(200_000) }), {
    nil: undefined,
  }),
  calls: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function commandOf(bench: Bench, { mode, a, others, startMs, extension, ...rest }: Step): AllocateCommand {
  return command(mode, a, others, {
    startMs: startMs === undefined ? undefined : t0 + Math.max(startMs, bench.now - t0),
    ttlMs: rest.ttlMs,
    extension: mode === 'AXE' ? extension : '',
    tenant: rest.tenant,
    draw: rest.draw,
    wanted: { ...noWishes, cooldownMs: rest.cooldownMs },
  })
}

/** A call, a change and an end of earlier bindings: whatever may move the gaps of a number. */
function disturb(bench: Bench, { calls, changes, releases }: Step): void {
  if (calls !== undefined && bench.bindings.has(calls)) bench.report(calls, 'STARTED', { callId: `c${calls}` })
  if (changes !== undefined && bench.bindings.has(changes.seq)) bench.run(changeOf(bench, changes))
  if (releases !== undefined && bench.bindings.has(releases)) bench.release(releases)
}

function changeOf(bench: Bench, { seq, a, forMs }: NonNullable<Step['changes']>): UpdateCommand {
  const nothing = { tenant: undefined, expectedRevision: undefined, b: undefined, members: [], wanted: noWishes }
  const rest = { orderId: undefined, userData: undefined, request: undefined, banned: [] }
  return { type: 'update', seq, a: a > 4 ? undefined : party(a), endMs: bench.now + 1 + forMs, ...nothing, ...rest }
}

function twoTenants(numbers: number, selection: Selection): Bench {
  const pool = { tenants: [1, 2], selection, extensionDigits: 1, maxBindingsPerNumber: 3, sparePercent: 0 }
  const bench = new Bench(numbers, { pool })
  bench.state.adopt({ type: 'tenant', tenant: { ...bench.state.tenants.get(1)!.facts, id: 2, name: 'other' } })
  return bench
}

/** The numbers that would be granted if they were asked for one by one. */
function grantable(bench: Bench, wanted: AllocateCommand): number[] {
  const ordinals = Array.from({ length: bench.state.numbers.end }, (_, ordinal) => ordinal)
  return ordinals.filter((ordinal) => {
    const x = { ordinal, digits: bench.state.numbers.digits(ordinal) }
    return decide(bench.state, { ...wanted, x }, facts, bench.now).outcome.ok
  })
}

/** Whether the command would be granted after all, half way and at the last moment before a retry is said to help. */
function grantedBefore(bench: Bench, wanted: AllocateCommand, retryAtMs = bench.now + 10_000_000): boolean {
  const { now } = bench
  if (retryAtMs - now < 2) return false
  bench.state.undo.begin()
  const granted = [Math.floor((retryAtMs - now) / 2), Math.ceil((retryAtMs - now) / 2) - 1].map((ms) => {
    bench.pass(ms)
    return decide(bench.state, wanted, facts, bench.now).outcome.ok
  })
  bench.state.undo.rollBack()
  bench.now = now
  return granted.includes(true)
}

describe('the choice of a number', () => {
  it.each(['PACK', 'SPREAD', 'RANDOM'] as const)(
    'I1 I3: %s finds a number in every mode when, and only when, one is to be had, and counts all others once',
    (selection) => {
      const property = fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const bench = twoTenants(4, selection)
        for (const one of steps) {
          bench.pass(one.passMs)
          disturb(bench, one)
          const wanted = commandOf(bench, one)
          const possible = grantable(bench, wanted)
          const explained = explainAllocate(bench.state, wanted, facts, bench.now)
          const passed = Object.values(explained.passedOver).reduce((sum, count) => sum + count, 0)
          expect(passed).toBe(4 - possible.length)
          const idle = possible.filter((ordinal) => bench.state.numbers.family(ordinal) === undefined)
          const outcome = bench.run(wanted)
          checkInvariants(bench.state)
          expect(outcome.ok).toBe(possible.length > 0)
          expect(explained.outcome.granted).toBe(outcome.ok)
          if (!outcome.ok) {
            expect(grantedBefore(bench, wanted, outcome.refusal.retryAtMs)).toBe(false)
            const counts = Object.entries(outcome.refusal.metadata ?? {}).filter(([cause]) => cause !== 'candidates')
            expect(Object.fromEntries(counts.map(([cause, n]) => [cause, Number(n)]))).toEqual(explained.passedOver)
            continue
          }
          const { x } = bench.bindings.get(outcome.seq)!
          expect(possible).toContain(x.ordinal)
          if (!explained.outcome.granted) throw new Error('granted, and explained otherwise')
          expect(explained.outcome.binding).toEqual(bench.bindings.get(outcome.seq))
          // PACK takes no idle number while one in use fits.
          if (selection === 'PACK' && idle.includes(x.ordinal)) expect(idle).toEqual(possible)
        }
      })
      fc.assert(property, { numRuns: 60 })
    },
  )

  it('I3: an exclusive number is booked between its reservations, cooldowns included, and packed before an idle one', () => {
    const bench = new Bench(2)
    const ax = (a: number, fromMs: number, forMs: number) =>
      command('AX', a, [], { startMs: t0 + fromMs, ttlMs: forMs, wanted: { ...noWishes, cooldownMs: 10_000 } })
    const ordinals = [ax(1, 0, 10_000), ax(2, 100_000, 10_000), ax(3, 20_000, 70_000), ax(4, 20_000, 70_001)].map(
      (wanted) => {
        const outcome = bench.run(wanted)
        return outcome.ok ? bench.bindings.get(outcome.seq)!.x.ordinal : undefined
      },
    )
    expect(ordinals).toEqual([0, 0, 0, 1])
    expect(reason(bench.run(ax(5, 95_000, 1_000)))).toBe('POOL_EXHAUSTED')
    expect(reason(bench.run(ax(5, 0, 10_000)))).toBe('OK')
    expect(bench.run(ax(6, 0, 1_000))).toMatchObject({ refusal: { metadata: { in_use_by_b: '2', cooling: '0' } } })
    checkInvariants(bench.state)
  })

  it('I2: an exclusive number goes back to its A alone while it cools, in place of what cooled there', () => {
    const bench = new Bench(2, { pool: { selection: 'SPREAD' } })
    const first = bench.allocate('13800000001', '', { mode: 'AX', b: undefined })
    bench.release(first.seq)
    expect(bench.allocate('13800000002', '', { mode: 'AX', b: undefined }).x).not.toEqual(first.x)
    expect(explainAllocate(bench.state, command('AX', 1, []), facts, bench.now).outcome).toMatchObject({
      chosenBy: 'STICKY',
    })
    expect(bench.allocate('13800000001', '', { mode: 'AX', b: undefined }).x).toEqual(first.x)
    const refused = bench.run(command('AX', 3, []))
    expect(refused).toMatchObject({ refusal: { reason: 'POOL_EXHAUSTED', metadata: { in_use_by_b: '2' } } })
    checkInvariants(bench.state)
  })

  it('cuts the cooldown of an exclusive number at a later booking of the same A', () => {
    const bench = new Bench(1)
    const later = command('AX', 1, [], { startMs: t0 + 100_000 })
    expect(reason(bench.run(later))).toBe('OK')
    expect(reason(bench.run(command('AX', 2, [])))).toBe('POOL_EXHAUSTED')
    expect(reason(bench.run(command('AX', 1, [])))).toBe('OK')
    checkInvariants(bench.state)
  })

  it('gives a pair of AXE its number again while it cools, and a given extension to nobody else', () => {
    const bench = new Bench(2, { pool: { selection: 'SPREAD' } })
    const first = bench.allocate('13800000001', '', { mode: 'AXE', b: undefined, extension: '0042' })
    bench.release(first.seq)
    expect(bench.allocate('13800000001', '', { mode: 'AXE', b: undefined, extension: '0042' }).x).toEqual(first.x)
    const wanted = command('AXE', 2, [], { extension: '0042', x: first.x })
    expect(bench.run(wanted)).toMatchObject({ refusal: { reason: 'NUMBER_UNAVAILABLE' } })
    expect(reason(bench.run({ ...wanted, x: undefined }))).toBe('OK')
    checkInvariants(bench.state)
  })

  it('I1: a group shares no member with another on one number, its fixed call-back number included', () => {
    const bench = new Bench(1)
    const fixed = { ...noWishes, callback: 'FIXED' as Callback, callbackNumber: party(7).number }
    expect(reason(bench.run(command('AXG', 1, [2, 3], { wanted: fixed })))).toBe('OK')
    for (const member of [1, 2, 3, 7]) expect(reason(bench.run(command('AXG', 5, [member, 6])))).toBe('POOL_EXHAUSTED')
    expect(reason(bench.run(command('AXG', 5, [6])))).toBe('OK')
    checkInvariants(bench.state)
  })

  it('I1: a fixed call-back number that is a member has one route, not two', () => {
    const bench = new Bench(1)
    const wanted = { ...noWishes, callback: 'FIXED' as Callback, callbackNumber: party(2).number }
    expect(reason(bench.run(command('AXG', 1, [2, 3], { wanted })))).toBe('OK')
    expect(bench.state.numbers.reservations.get(0)).toBe(3)
    checkInvariants(bench.state)
  })
})
