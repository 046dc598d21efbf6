/**
 * The rows that the store makes of a core's own events, sent through their codec, against what the
 * same events say: random worlds and histories of every mode, with calls, updates and ends.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ShardEvent } from '../../daemon/core/events.js'
import { isSpent, type Reservation } from '../../daemon/core/reservation.js'
import { decodeEvent, encodeEvent } from '../../daemon/journal/event-codec.js'
import { readBinding } from '../../daemon/store/binding-rows.js'
import { readCalls } from '../../daemon/store/calls-rows.js'
import { readExtension } from '../../daemon/store/extension-rows.js'
import { memoryTables } from '../../daemon/store/memory-table.js'
import { readLowPools, readMarks, readRates } from '../../daemon/store/meta-rows.js'
import { applyPage } from '../../daemon/store/projection.js'
import { decodeRoute } from '../../daemon/store/route-codec.js'
import { callerKeyOf, ordinalOf, routeKey } from '../../daemon/store/route-key.js'
import { CoreUnderTest } from '../model/core-under-test.js'
import { EventStore } from '../model/event-store.js'
import { histories } from '../model/histories.js'
import { Trial } from '../model/trial.js'
import { worlds } from '../model/worlds.js'

const runs = 60
const everything = Number.MAX_SAFE_INTEGER
const firstKey = Uint8Array.of(0)

/** A store of events that hands each of them to the real one's projection as well. */
class BothStores extends EventStore {
  readonly tables = memoryTables()
  nowMs = 0
  #page = 0

  override apply(event: ShardEvent, nowMs: number): void {
    super.apply(event, nowMs)
    this.nowMs = nowMs
    this.#page += 1
    applyPage(this.tables, { seq: this.#page, nowMs }, [decodeEvent(encodeEvent(event))])
  }

  standing(byStart: readonly Reservation[]): readonly Reservation[] {
    return byStart.filter((_, i) => !isSpent(byStart, i, this.nowMs))
  }
}

function checkRoutes(store: BothStores): void {
  const { route } = store.tables
  const read = new Map<string, unknown>()
  for (const { key, payload } of route.rows(firstKey, undefined, everything)) {
    expect(routeKey(ordinalOf(key), callerKeyOf(key)!)).toEqual(new Uint8Array(key))
    const standing = store.standing(decodeRoute(payload))
    if (standing.length > 0) read.set(Buffer.from(key).toString('hex'), standing)
  }
  const expected = new Map<string, unknown>()
  for (const { ordinal, key, reservations } of store.rows.values()) {
    const standing = store.standing(reservations)
    if (standing.length > 0) expected.set(Buffer.from(routeKey(ordinal, key)).toString('hex'), standing)
  }
  expect(read).toEqual(expected)
}

function checkRest({ tables, bindings, calledOn, extensions, rates, lowPools }: BothStores): void {
  for (const binding of bindings.values()) {
    const read = readBinding(tables, binding.seq)!
    expect({ ...read, userData: [...read.userData] }).toEqual({ ...binding, userData: [...binding.userData] })
  }
  expect(readMarks(tables.meta).nextSeq).toBe(Math.max(0, ...bindings.keys()) + 1)
  for (const [seq, calls] of calledOn) expect(readCalls(tables.calls, seq)).toEqual(calls)
  const rows = tables.extension.rows(firstKey, undefined, everything)
  const read = rows.map(({ key, payload }) => readExtension(tables.extension, key, payload))
  expect(new Map(read.map(({ ordinal, next }) => [ordinal, next]))).toEqual(extensions)
  expect(readRates(tables.meta)).toEqual(rates)
  expect(readLowPools(tables.meta)).toEqual(lowPools)
}

test('I5 I8 I11: the rows say what the events of the core say, whatever happened', () => {
  fc.assert(
    fc.property(worlds, histories, (world, steps) => {
      const store = new BothStores()
      const trial = new Trial(new CoreUnderTest(false, store), world)
      for (const step of steps) trial.run(step)
      checkRoutes(store)
      checkRest(store)
    }),
    { numRuns: runs },
  )
}, 60_000)
