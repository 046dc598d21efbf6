import { describe, expect, it } from 'vitest'
import { DecisionFixture } from '../../test/directory/decision-fixture.js'
import type { DirectoryAnswer, PoolWanted, TenantWanted } from './commands.js'

function fixture(): DecisionFixture {
  const made = new DecisionFixture(2)
  made.createTenant('east')
  made.createTenant('west')
  made.createPool('pe', { tenants: ['east'] })
  made.addNumbers('pe', { numbers: ['700123456780000'] })
  made.createPool('pw', { tenants: ['west'] })
  return made
}

function expectRefused(answer: DirectoryAnswer, reason: string, field: string | undefined): void {
  expect(answer).toMatchObject({ ok: false, reason, ...(field === undefined ? {} : { field }) })
}

describe('a tenant', () => {
  it('gets the defaults, a dense id and no home', () => {
    const answer = fixture().createTenant('third')
    expect(answer).toMatchObject({
      ok: true,
      tenant: { id: 3, name: 'third', qualificationExpiresMs: 0, utcOffsetMinutes: 0, home: undefined },
    })
    expect(answer.ok && answer.tenant?.quotas.liveBindings).toBeUndefined()
    expect(answer.ok && answer.tenant?.policies.maxWindowMs).toBe(400 * 86_400_000)
  })

  it.each<[string, TenantWanted, string, string]>([
    ['', { qualification: 'APPROVED' }, 'INVALID_NAME', 'tenant.name'],
    ['Upper', { qualification: 'APPROVED' }, 'INVALID_NAME', 'tenant.name'],
    ['-first', { qualification: 'APPROVED' }, 'INVALID_NAME', 'tenant.name'],
    ['a\n', { qualification: 'APPROVED' }, 'INVALID_NAME', 'tenant.name'],
    ['a'.repeat(65), { qualification: 'APPROVED' }, 'FIELD_TOO_LONG', 'tenant.name'],
    ['east', { qualification: 'APPROVED' }, 'TENANT_EXISTS', 'tenant.name'],
    ['new', {}, 'INVALID_OPTION', 'tenant.qualification'],
  ])('called %j is refused on create', (name, wanted, reason, field) => {
    expectRefused(fixture().createTenant(name, wanted), reason, field)
  })

  const bad: [string, TenantWanted][] = [
    ['tenant.qualification_expires_ms', { qualificationExpiresMs: -1 }],
    ['tenant.qualification_expires_ms', { qualificationExpiresMs: 4_102_444_800_000 }],
    ['tenant.utc_offset_minutes', { utcOffsetMinutes: 1_440 }],
    ['tenant.utc_offset_minutes', { utcOffsetMinutes: -1_440 }],
    ['tenant.utc_offset_minutes', { utcOffsetMinutes: 0.5 }],
    ['tenant.quotas.live_bindings', { quotas: { liveBindings: -1 } }],
    ['tenant.quotas.live_bindings_per_party', { quotas: { liveBindingsPerParty: Number.NaN } }],
    ['tenant.quotas.numbers_held', { quotas: { numbersHeld: 2 ** 53 } }],
    ['tenant.quotas.allocations_per_second', { quotas: { allocationsPerSecond: -5 } }],
    ['tenant.quotas.allocations_burst', { quotas: { allocationsBurst: -1 } }],
    ['tenant.quotas.allocations_per_party_per_day', { quotas: { allocationsPerPartyPerDay: -1 } }],
    ['tenant.policies.max_window_ms', { policies: { maxWindowMs: 0 } }],
    ['tenant.policies.max_booking_ahead_ms', { policies: { maxBookingAheadMs: -1 } }],
    ['tenant.policies.expiring_lead_ms', { policies: { expiringLeadMs: -1 } }],
  ]
  it.each(bad)('with a bad %s is refused on create and update alike', (field, wanted) => {
    const there = fixture()
    expectRefused(there.createTenant('new', { qualification: 'APPROVED', ...wanted }), 'INVALID_OPTION', field)
    expectRefused(there.updateTenant('east', wanted), 'INVALID_OPTION', field)
    expect(there.model.tenantCount).toBe(2)
  })

  it('keeps on update what is not named, and clears what is null', () => {
    const there = fixture()
    there.updateTenant('east', { quotas: { liveBindings: 0, numbersHeld: 7 }, policies: { modes: ['AXB', 'AXB'] } })
    const answer = there.updateTenant('east', { quotas: { numbersHeld: null }, utcOffsetMinutes: 480 })
    expect(answer).toMatchObject({
      ok: true,
      tenant: {
        utcOffsetMinutes: 480,
        quotas: { liveBindings: 0, numbersHeld: undefined },
        policies: { modes: ['AXB'] },
        home: 0,
      },
    })
  })

  it('that does not exist cannot be updated', () => {
    expectRefused(fixture().updateTenant('nobody', {}), 'TENANT_NOT_FOUND', 'tenant.name')
  })
})

describe('a pool', () => {
  it('gets the defaults of the domain', () => {
    expect(fixture().createPool('new')).toMatchObject({
      ok: true,
      pool: {
        id: 3,
        tenants: [],
        selection: 'PACK',
        cooldownMs: 1_800_000,
        minCooldownMs: 0,
        maxCooldownMs: 604_800_000,
        maxBindingsPerNumber: 1_000,
        unmatched: 'REJECT',
        fallbackNumber: '',
        defaultTtlMs: undefined,
        maxCallMs: 7_200_000,
        extensionDigits: 4,
        lowNumbers: 0,
        sparePercent: 15,
      },
    })
  })

  it.each<[string, string, PoolWanted]>([
    ['INVALID_OPTION', 'pool.min_cooldown_ms', { minCooldownMs: -1 }],
    ['INVALID_OPTION', 'pool.max_cooldown_ms', { maxCooldownMs: 7 * 86_400_000 + 1 }],
    ['INVALID_OPTION', 'pool.cooldown_ms', { cooldownMs: -1 }],
    ['INVALID_OPTION', 'pool.cooldown_ms', { cooldownMs: 5_000, maxCooldownMs: 4_999 }],
    ['INVALID_OPTION', 'pool.cooldown_ms', { cooldownMs: 5_000, minCooldownMs: 5_001 }],
    ['INVALID_OPTION', 'pool.min_cooldown_ms', { minCooldownMs: 2, cooldownMs: 2, maxCooldownMs: 1 }],
    ['INVALID_OPTION', 'pool.max_bindings_per_number', { maxBindingsPerNumber: 0 }],
    ['INVALID_OPTION', 'pool.max_bindings_per_number', { maxBindingsPerNumber: 10_001 }],
    ['INVALID_OPTION', 'pool.default_ttl_ms', { defaultTtlMs: 0 }],
    ['INVALID_OPTION', 'pool.max_call_ms', { maxCallMs: 999 }],
    ['INVALID_OPTION', 'pool.max_call_ms', { maxCallMs: 86_400_001 }],
    ['INVALID_OPTION', 'pool.extension_digits', { extensionDigits: 0 }],
    ['INVALID_OPTION', 'pool.extension_digits', { extensionDigits: 9 }],
    ['INVALID_OPTION', 'pool.low_numbers', { lowNumbers: -1 }],
    ['INVALID_OPTION', 'pool.spare_percent', { sparePercent: 91 }],
    ['INVALID_OPTION', 'pool.fallback_number', { unmatched: 'FALLBACK' }],
    ['INVALID_OPTION', 'pool.fallback_number', { fallbackNumber: '95013' }],
    ['INVALID_NUMBER', 'pool.fallback_number', { unmatched: 'FALLBACK', fallbackNumber: 'operator' }],
    ['INVALID_NUMBER', 'pool.fallback_number', { unmatched: 'FALLBACK', fallbackNumber: '700123456780000' }],
    ['TENANT_NOT_FOUND', 'pool.tenants[1]', { tenants: ['east', 'nobody'] }],
    ['TENANTS_ON_DIFFERENT_SHARDS', 'pool.tenants', { tenants: ['east', 'west'] }],
    ['TOO_MANY', 'pool.tenants', { tenants: Array.from({ length: 1_025 }, (_, i) => `t${i}`) }],
  ])('is refused with %s for %s', (reason, field, wanted) => {
    const there = fixture()
    expectRefused(there.createPool('new', wanted), reason, field)
    expect(there.model.poolCount).toBe(2)
  })

  it('of a name that is taken, or no name, is refused', () => {
    expectRefused(fixture().createPool('pe'), 'POOL_EXISTS', 'pool.name')
    expectRefused(fixture().createPool('no pool'), 'INVALID_NAME', 'pool.name')
    expectRefused(fixture().updatePool('nowhere', {}), 'POOL_NOT_FOUND', 'pool.name')
  })

  it('lives where its tenants do, else on the shard with the fewest numbers', () => {
    const there = fixture()
    expect(there.model.poolByName('pe')?.shard).toBe(0)
    expect(there.model.poolByName('pw')?.shard).toBe(1)
    expect(there.createPool('pe2', { tenants: ['east'] })).toMatchObject({ pool: { shard: 0 } })
    expect(there.createPool('free')).toMatchObject({ pool: { shard: 1 } })
  })

  it('gives its first tenants their home, and takes no tenant of another home later', () => {
    const there = fixture()
    there.createTenant('new')
    expect(there.updatePool('pe', { tenants: ['east', 'new', 'new'] })).toMatchObject({ pool: { tenants: [1, 3] } })
    expect(there.model.tenantByName('new')?.home).toBe(0)
    expectRefused(there.updatePool('pw', { tenants: ['new'] }), 'TENANTS_ON_DIFFERENT_SHARDS', 'pool.tenants')
    expect(there.updatePool('pe', { tenants: null })).toMatchObject({ pool: { tenants: [] } })
    expect(there.model.tenantByName('new')?.home).toBe(0)
  })

  it('bounds its default cooldown when nobody asked for one, and refuses it on update', () => {
    const there = fixture()
    expect(there.createPool('short', { maxCooldownMs: 60_000 })).toMatchObject({ pool: { cooldownMs: 60_000 } })
    expectRefused(there.updatePool('short', { maxCooldownMs: 59_999 }), 'INVALID_OPTION', 'pool.cooldown_ms')
  })

  it('drops its fallback number when it rejects unmatched callers again', () => {
    const there = fixture()
    there.updatePool('pe', { unmatched: 'FALLBACK', fallbackNumber: '+95013' })
    expect(there.updatePool('pe', { cooldownMs: 1 })).toMatchObject({ pool: { fallbackNumber: '95013' } })
    expectRefused(there.addNumbers('pw', { numbers: ['95013'] }), 'INVALID_NUMBER', 'numbers')
    expect(there.updatePool('pe', { unmatched: 'REJECT' })).toMatchObject({ pool: { fallbackNumber: '' } })
    expect(there.addNumbers('pw', { numbers: ['95013'] })).toMatchObject({ ok: true, added: 1 })
  })
})
