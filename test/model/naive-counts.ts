/** What the counters of a shard must say, counted anew from the bindings each time. */
import assert from 'node:assert'
import { countsOf } from '../../daemon/core/counts.js'
import type { CoreUnderTest } from './core-under-test.js'
import type { NaiveShard } from './naive-shard.js'

/** Compares after a sweep to the end: between sweeps the counters may lag. */
export function checkCounts(core: CoreUnderTest, model: NaiveShard): void {
  const { pools, tenants } = countsOf(core.state)
  for (const found of pools) {
    const { coolingBindings: _, ...counters } = found
    assert.deepEqual(counters, poolCounts(model, found.pool), `counters of pool ${found.pool}`)
  }
  for (const { tenant, ...counters } of tenants) {
    const liveBindings = model.live(model.now).filter((binding) => binding.tenant === tenant).length
    const numbersHeld = model.numbersHeld(tenant, model.now).size
    assert.deepEqual(counters, { liveBindings, numbersHeld }, `counters of tenant ${tenant}`)
  }
}

function poolCounts(model: NaiveShard, pool: number) {
  const { now } = model
  const numbers = model.numbers.filter((number) => number.pool === pool)
  const inService = numbers.filter((number) => number.state === 'IN_SERVICE')
  const inUse = inService.filter((number) => model.liveOn(number.ordinal, now) > 0)
  const held = inService.filter((number) => model.held.some((one) => owns(one, number.ordinal)))
  const { maxBindingsPerNumber } = model.pools.get(pool)!
  return {
    pool,
    numbers: numbers.length,
    freeNumbers: inService.length - held.length,
    inUseNumbers: inUse.length,
    coolingNumbers: held.length - inUse.length,
    outOfServiceNumbers: numbers.length - inService.length,
    liveBindings: model.live(now).filter((binding) => binding.pool === pool).length,
    capacity: inService.length * maxBindingsPerNumber,
  }

  function owns(one: NaiveShard['held'][number], ordinal: number): boolean {
    return one.ordinal === ordinal && one.freeAt > now && !model.isTakenOver(one, now)
  }
}
