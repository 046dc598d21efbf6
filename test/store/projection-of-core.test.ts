/**
 * The rows that the store makes of a core's own events, sent through their codec, against what the
 * same events say: random worlds and histories of every mode, with calls, updates and ends.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ShardEvent } from '../../daemon/core/events.js'
import { isSpent, type Reservation } from '../../daemon/core/reservation.js'
import { decodeEvent, encodeEvent } from '../../daemon/journal/event-codec.js'
import { readStored } from '../../daemon/store/binding-rows.js'
import { readCalls } from '../../daemon/store/calls-rows.js'
import { readExtension } from '../../daemon/store/extension-rows.js'
import { memoryTables } from '../../daemon/store/memory-table.js'
import { readLowPools, readMarks, readRates } from '../../daemon/store/meta-rows.js'
import { boardReleases, type OpenReleases, PageReleases } from '../../daemon/store/page-releases.js'
import { applyPage } from '../../daemon/store/projection.js'
import { ReleaseBoard, releaseBoardMemory } from '../../daemon/store/release-board.js'
import { eachReleaseRow } from '../../daemon/store/release-rows.js'
import { decodeRoute } from '../../daemon/store/route-codec.js'
import { callerKeyOf, ordinalOf, routeKey } from '../../daemon/store/route-key.js'
import { tellReleases } from '../../daemon/store/route-releases.js'
import type { ShardTables } from '../../daemon/store/table.js'
import { UntoldReleases } from '../../daemon/store/untold-releases.js'
import { CoreUnderTest } from '../model/core-under-test.js'
import { EventStore } from '../model/event-store.js'
import { histories } from '../model/histories.js'
import { Trial } from '../model/trial.js'
import { worlds } from '../model/worlds.js'

const runs = 60
/** Pages. */
const restartEvery = 17
const everything = Number.MAX_SAFE_INTEGER
const firstKey = Uint8Array.of(0)

/**
 * A store of events that hands each of them to the real one's projection as well: to one whose rows tell
 * every release at once, and to one whose releases wait on a board, which a restart makes anew from the rows.
 */
class BothStores extends EventStore {
  readonly tables = memoryTables()
  readonly waiting = memoryTables()
  nowMs = 0
  #page = 0
  readonly #slots: number
  readonly #open: OpenReleases = new Map()
  #untold: UntoldReleases

  constructor(slots: number) {
    super()
    this.#slots = slots
    this.#untold = this.#newUntold()
  }

  #newUntold(): UntoldReleases {
    return new UntoldReleases(this.waiting.release, new ReleaseBoard(releaseBoardMemory(this.#slots)))
  }

  get untold(): UntoldReleases {
    return this.#untold
  }

  restart(): void {
    this.#untold = this.#newUntold()
    boardReleases(this.waiting, this.#untold.board, this.#open)
  }

  override apply(event: ShardEvent, nowMs: number): void {
    super.apply(event, nowMs)
    this.nowMs = nowMs
    this.#page += 1
    const page = { seq: this.#page, nowMs }
    const events = [decodeEvent(encodeEvent(event))]
    applyPage(this.tables, page, events)
    const releases = new PageReleases(this.untold, this.#open)
    applyPage(this.waiting, page, events, { releases })
    releases.publish(this.#page)
    if (this.#page % restartEvery === 0) this.restart()
  }

  standing(byStart: readonly Reservation[]): readonly Reservation[] {
    return byStart.filter((_, i) => !isSpent(byStart, i, this.nowMs))
  }
}

function checkRoutes(store: BothStores, { route }: ShardTables, untold: UntoldReleases | undefined): void {
  const read = new Map<string, unknown>()
  for (const { key, payload } of route.rows(firstKey, undefined, everything)) {
    expect(routeKey(ordinalOf(key), callerKeyOf(key)!)).toEqual(new Uint8Array(key))
    const row = payload.slice()
    if (untold !== undefined) tellReleases(row, row.length, untold)
    const standing = store.standing(decodeRoute(row))
    if (standing.length > 0) read.set(Buffer.from(key).toString('hex'), standing)
  }
  const expected = new Map<string, unknown>()
  for (const { ordinal, key, reservations } of store.rows.values()) {
    const standing = store.standing(reservations)
    if (standing.length > 0) expected.set(Buffer.from(routeKey(ordinal, key)).toString('hex'), standing)
  }
  expect(read).toEqual(expected)
}

/** What has no row to wait in is on no board. */
function checkBoard({ waiting, untold }: BothStores): void {
  const seqs: number[] = []
  eachReleaseRow(waiting.release, (_page, entries) => seqs.push(...entries.map(({ seq }) => seq)))
  const { board } = untold
  expect(board.seqs().filter((seq) => !seqs.includes(seq))).toEqual([])
  expect(board.size).toBe(board.seqs().length)
  if (board.size === 0) expect(seqs).toEqual([])
}

function checkRest(
  { bindings, calledOn, extensions, rates, lowPools }: BothStores,
  tables: ShardTables,
  untold: UntoldReleases | undefined,
): void {
  for (const binding of bindings.values()) {
    const read = readStored(tables, binding.seq, untold)!.binding
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
    fc.property(worlds, histories, fc.constantFrom(2, 8, 1_024), (world, steps, slots) => {
      const store = new BothStores(slots)
      const trial = new Trial(new CoreUnderTest(false, store), world)
      for (const step of steps) trial.run(step)
      checkRoutes(store, store.tables, undefined)
      checkRest(store, store.tables, undefined)
      checkRoutes(store, store.waiting, store.untold)
      checkRest(store, store.waiting, store.untold)
      checkBoard(store)
    }),
    { numRuns: runs },
  )
}, 60_000)
