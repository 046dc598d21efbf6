/**
 * A shard that starts again is the shard it was: its state, built anew from the
 * rows that its events have made, counts the same and decides the same.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apply } from '../../daemon/core/apply.js'
import type { Mode } from '../../daemon/core/binding.js'
import type { CallPhase } from '../../daemon/core/calls.js'
import type { Command } from '../../daemon/core/commands.js'
import { countsOf } from '../../daemon/core/counts.js'
import { decide } from '../../daemon/core/decide.js'
import { decideDue, hasDue } from '../../daemon/core/due.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import { checkInvariants } from '../../daemon/core/invariants.js'
import { Restorer } from '../../daemon/core/restore.js'
import { ShardState } from '../../daemon/core/state.js'
import { adoptSample, noWishes, sampleAllocate } from '../../daemon/core/testing.js'
import { readBinding } from '../../daemon/store/binding-rows.js'
import { readCalls } from '../../daemon/store/calls-rows.js'
import { readExtension } from '../../daemon/store/extension-rows.js'
import { memoryTables } from '../../daemon/store/memory-table.js'
import { readMarks } from '../../daemon/store/meta-rows.js'
import { applyPage } from '../../daemon/store/projection.js'
import { decodeRoute } from '../../daemon/store/route-codec.js'
import { callerKeyOf, ordinalOf } from '../../daemon/store/route-key.js'

const t0 = 1_800_000_000_000
const numbers = 3
const world = { pool: { maxBindingsPerNumber: 3, cooldownMs: 50_000, sparePercent: 0 } }
const everything = Number.MAX_SAFE_INTEGER

class Shard {
  state = emptyState()
  readonly tables = memoryTables()
  now = t0
  #page = 0

  run(command: Command): unknown {
    this.pass(0)
    const binding = command.type === 'allocate' ? undefined : readBinding(this.tables, command.seq)
    const calls = command.type === 'report-call' ? readCalls(this.tables.calls, command.seq) : undefined
    const { outcome, events } = decide(this.state, command, { known: undefined, binding, calls }, this.now)
    this.#take(events)
    return { outcome, events }
  }

  pass(ms: number): void {
    this.now += ms
    this.state.advance({ nowMs: this.now })
    while (hasDue(this.state, this.now)) this.#take(decideDue(this.state, this.now))
  }

  restart(): void {
    this.pass(0)
    const marks = readMarks(this.tables.meta)
    this.state = emptyState()
    const restorer = new Restorer(this.state, { ...marks, nowMs: this.now })
    for (const { key, payload } of this.tables.route.rows(new Uint8Array(1), undefined, everything)) {
      restorer.route(ordinalOf(key), callerKeyOf(key)!, decodeRoute(payload))
    }
    for (const { key, payload } of this.tables.extension.rows(new Uint8Array(), undefined, everything)) {
      const { ordinal, next } = readExtension(this.tables.extension, key, payload)
      restorer.extension(ordinal, next)
    }
    restorer.finish()
  }

  #take(events: readonly ShardEvent[]): void {
    if (events.length === 0) return
    for (const event of events) apply(this.state, event)
    this.#page += 1
    applyPage(this.tables, { seq: this.#page, nowMs: this.now }, events)
  }
}

function emptyState(): ShardState {
  const state = new ShardState()
  adoptSample(state, numbers, world)
  return state
}

/** Calls last up to 100 s, ten times the shortest steps of the clock; some end their binding. */
const shortCalls = { ...noWishes, maxCallMs: 100_000, releaseOnHangup: true }
const party = (i: number) => `1380000000${i}`
const parties = fc.nat({ max: 5 })
const steps = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 10_000, 60_000) }),
    fc.record({
      what: fc.constant('allocate' as const),
      a: parties,
      b: parties,
      mode: fc.constantFrom<Mode>('AXB', 'AXYB', 'AX', 'AXE', 'AXG'),
      ahead: fc.constantFrom(0, 5_000, 100_000),
    }),
    fc.record({ what: fc.constant('release' as const), seq: fc.integer({ min: 1, max: 20 }) }),
    fc.record({
      what: fc.constant('report' as const),
      seq: fc.integer({ min: 1, max: 20 }),
      callId: fc.constantFrom('c1', 'c2'),
      phase: fc.constantFrom<CallPhase>('STARTED', 'ANSWERED', 'ENDED'),
      ago: fc.constantFrom(0, 1_000, 70_000),
    }),
    fc.record({ what: fc.constant('swap' as const), seq: fc.integer({ min: 1, max: 20 }), b: parties }),
  ),
  { maxLength: 50 },
)
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

function play(shard: Shard, step: Step): unknown {
  switch (step.what) {
    case 'pass':
      return shard.pass(step.ms)
    case 'allocate': {
      const { mode, ahead } = step
      const startMs = ahead === 0 ? undefined : shard.now + ahead
      const b = { number: party(step.b), verificationRef: '' }
      const others =
        mode === 'AXG' ? { b: undefined, members: [b] } : mode === 'AX' || mode === 'AXE' ? { b: undefined } : {}
      return shard.run(sampleAllocate(party(step.a), party(step.b), { mode, startMs, ...others, wanted: shortCalls }))
    }
    case 'report': {
      const { seq, callId, phase, ago } = step
      const rest = { caller: undefined, number: '', answered: true, cause: '' }
      return shard.run({ type: 'report-call', seq, report: { callId, phase, atMs: shard.now - ago, ...rest } })
    }
    case 'release':
      return shard.run({ type: 'release', seq: step.seq, tenant: undefined, reason: '' })
    case 'swap': {
      const b = { number: party(step.b), verificationRef: '' }
      const rest = {
        members: [],
        wanted: noWishes,
        orderId: undefined,
        userData: undefined,
        request: undefined,
        banned: [],
      }
      const command = { type: 'update', seq: step.seq, tenant: undefined, expectedRevision: undefined } as const
      return shard.run({ ...command, ...rest, a: undefined, b, endMs: undefined })
    }
  }
}

/** An ended reservation that a later one replaced is gone from its row, and from the counts of cooling ones, a little earlier. */
function liveCounts(state: ShardState) {
  const { pools, tenants } = countsOf(state)
  return { pools: pools.map(({ coolingBindings: _, ...rest }) => rest), tenants }
}

/** Which of several fitting numbers a policy takes depends on what it did before the start; whether one fits does not. */
function verdict(answer: unknown): unknown {
  const { outcome } = (answer ?? {}) as { outcome?: { ok: boolean; refusal?: { reason: string } } }
  return outcome?.ok === false ? outcome.refusal!.reason : outcome?.ok
}

test('I4 I5 I8: a state restored from its rows counts and judges as the one that made them', () => {
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const whole = new Shard()
      const restarted = new Shard()
      for (const step of before) {
        play(whole, step)
        play(restarted, step)
      }
      restarted.restart()
      checkInvariants(restarted.state)
      whole.pass(0)
      expect(liveCounts(restarted.state)).toEqual(liveCounts(whole.state))
      for (const [i, step] of after.entries()) {
        const answers = [play(restarted, step), i === 0 ? play(whole, step) : undefined]
        if (i === 0) expect(verdict(answers[0])).toBe(verdict(answers[1]))
        checkInvariants(restarted.state)
      }
    }),
    { numRuns: 300 },
  )
})

test('I8: a call is taken down on a binding that its own pair replaced before the restart', () => {
  const shard = new Shard()
  const [pair, again] = [sampleAllocate(party(0), party(1)), sampleAllocate(party(0), party(1))]
  shard.run(pair)
  shard.run({ type: 'release', seq: 1, tenant: undefined, reason: '' })
  shard.run(again)
  shard.restart()
  const report = { callId: 'c1', atMs: undefined, caller: undefined, number: '', answered: false, cause: '' }
  const started = { type: 'report-call', seq: 1, report: { ...report, phase: 'STARTED' } } as const
  expect(shard.run(started)).toMatchObject({ outcome: { ok: true, recorded: true } })
  checkInvariants(shard.state)
  expect(readCalls(shard.tables.calls, 1).open).toMatchObject([{ id: 'c1' }])
  const taken = shard.run(sampleAllocate(party(0), party(2)))
  expect(taken).toMatchObject({ outcome: { ok: true } })
})
