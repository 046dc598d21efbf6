import { describe, expect, test } from 'vitest'
import type { Quotas } from '../core/directory.js'
import { countGauges, namedSeriesMax } from './count-gauges.js'
import { type NamedPool, namedCounts } from './named-counts.js'

const noQuotas: Quotas = {
  liveBindings: undefined,
  liveBindingsPerParty: undefined,
  numbersHeld: undefined,
  allocationsPerSecond: undefined,
  allocationsBurst: undefined,
  allocationsPerPartyPerDay: undefined,
}

function pool(name: string): NamedPool {
  return {
    pool: name,
    numbers: 10,
    freeNumbers: 4,
    inUseNumbers: 3,
    coolingNumbers: 2,
    outOfServiceNumbers: 1,
    liveBindings: 30,
    coolingBindings: 5,
    capacity: 9_000,
  }
}

const body = async (counts: Parameters<typeof countGauges>[0]) => (await countGauges(counts).metrics()).split('\n')

describe('gauges of pools and tenants', () => {
  test('each count under its name', async () => {
    const tenant = {
      tenant: 'acme',
      liveBindings: 30,
      numbersHeld: 5,
      quotas: { ...noQuotas, liveBindings: 100, numbersHeld: 0 },
    }
    expect(await body({ pools: [pool('city')], tenants: [tenant] })).toEqual(
      expect.arrayContaining([
        'xpool_pool_numbers{pool="city",state="free"} 4',
        'xpool_pool_numbers{pool="city",state="in_use"} 3',
        'xpool_pool_numbers{pool="city",state="cooling"} 2',
        'xpool_pool_numbers{pool="city",state="out_of_service"} 1',
        'xpool_pool_bindings{pool="city",state="live"} 30',
        'xpool_pool_bindings{pool="city",state="cooling"} 5',
        'xpool_pool_capacity{pool="city"} 9000',
        'xpool_tenant_live_bindings{tenant="acme"} 30',
        'xpool_tenant_numbers_held{tenant="acme"} 5',
        'xpool_tenant_quota{tenant="acme",quota="live_bindings"} 100',
        'xpool_tenant_quota{tenant="acme",quota="numbers_held"} 0',
      ]),
    )
  })

  test('a quota that is not set has no series', async () => {
    const lines = await body({
      pools: [],
      tenants: [{ tenant: 'a', liveBindings: 0, numbersHeld: 0, quotas: noQuotas }],
    })
    expect(lines.filter((line) => line.startsWith('xpool_tenant_quota{'))).toEqual([])
  })

  test('I12 pools and tenants beyond the limit are summed', async () => {
    const names = Array.from({ length: namedSeriesMax + 2 }, (_, i) => `n${i}`)
    const tenants = names.map((tenant) => ({
      tenant,
      liveBindings: 1,
      numbersHeld: 2,
      quotas: { ...noQuotas, liveBindings: 9 },
    }))
    const lines = await body({ pools: names.map(pool), tenants })
    expect(lines.filter((line) => line.startsWith('xpool_pool_capacity{'))).toHaveLength(namedSeriesMax + 1)
    expect(lines).toContain('xpool_pool_capacity{pool="(other)"} 18000')
    expect(lines).toContain('xpool_tenant_numbers_held{tenant="(other)"} 4')
    expect(lines.some((line) => line.startsWith('xpool_tenant_quota{tenant="(other)"'))).toBe(false)
  })

  test('counts of all shards get the names of the directory, in order; what it does not know is left out', () => {
    const { pool: _, ...counts } = pool('')
    const shards = [
      { pools: [{ ...counts, pool: 2 }], tenants: [{ tenant: 7, liveBindings: 1, numbersHeld: 1 }] },
      {
        pools: [1, 3].map((id) => ({ ...counts, pool: id })),
        tenants: [{ tenant: 8, liveBindings: 2, numbersHeld: 1 }],
      },
    ]
    const pools: Record<number, string> = { 1: 'alpha', 2: 'beta' }
    const directory = {
      pool: (id: number) => (pools[id] === undefined ? undefined : { name: pools[id] }),
      tenant: (id: number) => (id === 8 ? { name: 'acme', quotas: noQuotas } : undefined),
    } as Parameters<typeof namedCounts>[1]
    const named = namedCounts(shards, directory)
    expect(named.pools.map((one) => one.pool)).toEqual(['alpha', 'beta'])
    expect(named.tenants).toEqual([{ tenant: 'acme', liveBindings: 2, numbersHeld: 1, quotas: noQuotas }])
  })
})
