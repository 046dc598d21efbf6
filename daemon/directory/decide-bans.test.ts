import { describe, expect, it } from 'vitest'
import { ban, DecisionFixture, unban } from '../../test/directory/decision-fixture.js'
import { limits } from '../core/limits.js'
import { banKeyOf } from '../store/directory-ban-row.js'
import { decideBanSweep } from './decide-bans.js'
import { directoryLimits } from './limits.js'

const caller = '13800000001'

function fixture(): DecisionFixture {
  const made = new DecisionFixture(1, [{ prefix: '86', length: 13, drop: 2 }])
  made.createTenant('t')
  return made
}

function key(callee?: string, tenant?: number): Uint8Array {
  return banKeyOf({ caller, callee, tenant })
}

describe('ban refuses', () => {
  it.each([
    ['INVALID_NUMBER', 'caller', ban('anonymous')],
    ['INVALID_NUMBER', 'caller', ban('')],
    ['INVALID_NUMBER', 'callee', ban(caller, { callee: '1' })],
    ['TENANT_NOT_FOUND', 'tenant', ban(caller, { tenant: 'nobody' })],
    ['INVALID_OPTION', 'until_ms', ban(caller, { untilMs: 1_700_000_000_000 })],
    ['INVALID_OPTION', 'until_ms', ban(caller, { untilMs: limits.timeMs })],
    ['INVALID_OPTION', 'until_ms', ban(caller, { untilMs: 1_800_000_000_000.5 })],
    ['FIELD_TOO_LONG', 'reason', ban(caller, { reason: 'ü'.repeat(65) })],
    ['INVALID_NUMBER', 'caller', unban('12')],
    ['TENANT_NOT_FOUND', 'tenant', unban(caller, '', 'nobody')],
  ] as const)('%s naming %s', (reason, field, command) => {
    const there = fixture()
    expect(there.do(command)).toMatchObject({ ok: false, reason, field })
    expect(there.model.banCount).toBe(0)
  })

  it('one more than there can be, and still replaces those that are there (I12)', () => {
    const there = new DecisionFixture(1, [], limits.bans - 1)
    expect(there.do(ban(caller, { reason: 'spam' }))).toEqual({ ok: true })
    expect(there.do(ban('13800000002'))).toMatchObject({ reason: 'TOO_MANY' })
    expect(there.do(ban(caller, { reason: 'fraud' }))).toEqual({ ok: true })
    expect(there.do(unban(caller))).toEqual({ ok: true, lifted: true })
    expect(there.do(ban('13800000002'))).toEqual({ ok: true })
  })
})

describe('a ban', () => {
  it('stands under the canonical numbers, and bans of other callees and tenants stand beside it', () => {
    const there = fixture()
    there.do(ban(`+86${caller}`, { reason: 'spam' }))
    there.do(ban(caller, { callee: `86${caller}`, tenant: 't' }))
    expect(there.bans.get(key())).toEqual({
      caller,
      callee: undefined,
      tenant: undefined,
      untilMs: undefined,
      reason: 'spam',
      sinceMs: there.now,
    })
    expect(there.bans.get(key(caller, 1))).toMatchObject({ callee: caller, tenant: 1 })
    expect(there.bans.get(key(caller))).toBeUndefined()
    expect(there.model.banCount).toBe(2)
  })

  it('said again changes nothing, and with another end takes the place of the first', () => {
    const there = fixture()
    const first = ban(caller, { untilMs: there.now + 10, reason: 'spam' })
    there.do(first)
    there.now += 5
    expect(there.decide(first)).toEqual({ answer: { ok: true }, pages: [] })
    there.do({ ...first, untilMs: there.now + 50 })
    expect(there.bans.get(key())).toMatchObject({ untilMs: there.now + 50, sinceMs: there.now })
    expect(there.model.banCount).toBe(1)
  })

  it('that ran out is made anew, not taken for said again', () => {
    const there = fixture()
    there.do(ban(caller, { untilMs: there.now + 10 }))
    there.now += 10
    expect(there.decide(ban(caller, { untilMs: there.now + 10 })).pages).toHaveLength(1)
  })

  it('is lifted by its own name alone, and lifting says whether there was one in force', () => {
    const there = fixture()
    there.do(ban(caller, { untilMs: there.now + 10 }))
    there.do(ban(caller, { callee: '13900000001', untilMs: there.now + 10 }))
    expect(there.do(unban(caller, '', 't'))).toEqual({ ok: true, lifted: false })
    expect(there.do(unban(`86${caller}`))).toEqual({ ok: true, lifted: true })
    expect(there.do(unban(caller))).toEqual({ ok: true, lifted: false })
    there.now += 10
    expect(there.do(unban(caller, '13900000001'))).toEqual({ ok: true, lifted: false })
    expect(there.model.banCount).toBe(0)
  })
})

describe('the sweep of bans', () => {
  it('drops those that ran out and no other, a bounded number a page (I12)', () => {
    const now = 1_000
    const placed = (untilMs: number | undefined, i: number) => {
      const one = { caller: String(13_800_000_000 + i), callee: undefined, tenant: undefined }
      return { key: banKeyOf(one), ban: { ...one, untilMs, reason: '', sinceMs: 0 } }
    }
    const three = [undefined, now, now + 1].map(placed)
    expect(decideBanSweep(three, now)).toEqual([{ type: 'bans-dropped', keys: Buffer.from(three[1]!.key) }])
    expect(decideBanSweep([three[0]!, three[2]!], now)).toEqual([])
    const many = Array.from({ length: directoryLimits.bansPerPage + 5 }, (_, i) => placed(now, i))
    const [event] = decideBanSweep(many, now)
    expect(event).toMatchObject({ keys: { byteLength: 34 * directoryLimits.bansPerPage } })
  })
})
