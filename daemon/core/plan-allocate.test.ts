import { describe, expect, it } from 'vitest'
import type { Mode } from './binding.js'
import type { AllocateCommand, UpdateCommand, WantedTerms } from './commands.js'
import { noWishes, sampleAllocate } from './testing.js'
import { Bench } from './testing-bench.js'

const [ann, bob, cid] = ['13800000001', '13900000002', '13900000003'] as const
const b = { number: bob, verificationRef: '' }

function allocate(bench: Bench, mode: Mode, wanted: Partial<WantedTerms>, change: Partial<AllocateCommand> = {}) {
  const parties = {
    AXB: {},
    AXYB: {},
    AX: { b: undefined },
    AXE: { b: undefined },
    AXG: { b: undefined, members: [b] },
  }[mode]
  return bench.run(sampleAllocate(ann, bob, { mode, ...parties, wanted: { ...noWishes, ...wanted }, ...change }))
}

function update(bench: Bench, seq: number, change: Partial<UpdateCommand>) {
  const nothing = { tenant: undefined, expectedRevision: undefined, endMs: undefined, a: undefined, b: undefined }
  const rest = { members: [], wanted: noWishes, orderId: undefined, userData: undefined, request: undefined }
  return bench.run({ type: 'update', seq, ...nothing, ...rest, banned: [], ...change })
}

const refused = (reason: string, field: string) => ({ ok: false, refusal: { reason, field } })

describe('the gates of an Allocate', () => {
  it.each(['AXB', 'AXYB', 'AX', 'AXE', 'AXG'] as const)('mode %s is served', (mode) => {
    expect(allocate(new Bench(3), mode, {})).toMatchObject({ ok: true })
  })

  it.each(['AXB', 'AXYB'] as const)('mode %s has no call-back, now or by an update', (mode) => {
    const bench = new Bench(3)
    expect(allocate(bench, mode, { callback: 'LAST_CALLER' })).toMatchObject(refused('INVALID_OPTION', 'callback'))
    expect(allocate(bench, mode, { callback: 'NONE' })).toMatchObject({ ok: true })
    const wanted = { ...noWishes, callback: 'FIXED' as const, callbackNumber: cid }
    expect(update(bench, 1, { wanted })).toMatchObject(refused('INVALID_OPTION', 'callback'))
  })

  it.each(['AX', 'AXE', 'AXG'] as const)('mode %s calls A back at no number of its own', (mode) => {
    const bench = new Bench(3)
    const own = { callback: 'FIXED', callbackNumber: ann } as const
    expect(allocate(bench, mode, own)).toMatchObject(refused('SAME_PARTY', 'callback_number'))
    expect(allocate(bench, mode, { ...own, callbackNumber: cid })).toMatchObject({ ok: true })
    const wanted = { ...noWishes, callbackNumber: ann }
    expect(update(bench, 1, { wanted })).toMatchObject(refused('SAME_PARTY', 'callback_number'))
    const a = { number: cid, verificationRef: '' }
    expect(update(bench, 1, { a })).toMatchObject(refused('SAME_PARTY', 'callback_number'))
  })

  it('forgets a fixed number with the call-back it was for', () => {
    const bench = new Bench(1)
    allocate(bench, 'AX', { callback: 'FIXED', callbackNumber: cid })
    update(bench, 1, { wanted: { ...noWishes, callback: 'LAST_CALLER' } })
    expect(bench.bindings.get(1)!.terms).toMatchObject({ callback: 'LAST_CALLER', callbackNumber: '' })
  })

  it('takes extensions of the length that the pool has, in AXE alone', () => {
    const bench = new Bench(3, { pool: { extensionDigits: 3 } })
    for (const extension of ['12', '1234']) {
      expect(allocate(bench, 'AXE', {}, { extension })).toMatchObject(refused('INVALID_EXTENSION', 'extension'))
    }
    expect(allocate(bench, 'AX', {}, { extension: '123' })).toMatchObject(refused('INVALID_OPTION', 'extension'))
    expect(allocate(bench, 'AXE', {}, { extension: '123' })).toMatchObject({ ok: true })
    expect(bench.bindings.get(1)!.extension).toBe('123')
  })

  it('refuses a banned party after the policies and before the quotas', () => {
    const quotas = { liveBindings: 1, liveBindingsPerParty: 1, numbersHeld: undefined, allocationsPerSecond: undefined }
    const day = { allocationsBurst: undefined, allocationsPerPartyPerDay: undefined }
    const bench = new Bench(3, { tenant: { quotas: { ...quotas, ...day } } })
    const banned = ['b.number']
    expect(allocate(bench, 'AXB', { graceMs: 10, cooldownMs: 5 }, { banned })).toMatchObject(
      refused('INVALID_WINDOW', 'grace_ms'),
    )
    expect(allocate(bench, 'AXB', {}, { banned })).toMatchObject(refused('PARTY_BANNED', 'b.number'))
    expect(allocate(bench, 'AXB', {})).toMatchObject({ ok: true })
    expect(allocate(bench, 'AXB', {}, { banned })).toMatchObject(refused('PARTY_BANNED', 'b.number'))
    const swap = { b: { number: cid, verificationRef: '' }, banned }
    expect(update(bench, 1, swap)).toMatchObject(refused('PARTY_BANNED', 'b.number'))
  })
})
