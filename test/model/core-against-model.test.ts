/**
 * The core against the naive model over random worlds and histories.
 * XPOOL_MODEL_RUNS says how many (500; 10,000 before a release); XPOOL_SEED, printed at the start, replays a run.
 */
import assert from 'node:assert'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CoreUnderTest } from './core-under-test.js'
import type { Step } from './draws.js'
import { histories } from './histories.js'
import { Trial } from './trial.js'
import { type World, worlds } from './worlds.js'

const runs = Number(process.env['XPOOL_MODEL_RUNS'] ?? 500)
const timeoutMs = 60_000 + runs * 100

function play(world: World, steps: readonly Step[], core = new CoreUnderTest()): Trial {
  const trial = new Trial(core, world)
  for (const step of steps) trial.run(step)
  return trial
}

test(
  `I1 I2 I3 I4 I7 I9 I11: every answer is one that the model permits (${runs} runs)`,
  () => {
    fc.assert(
      fc.property(worlds, histories, (world, steps) => {
        play(world, steps)
      }),
      { numRuns: runs },
    )
  },
  timeoutMs,
)

test(
  'I8: a core rebuilt from its events decides as the one that made them',
  () => {
    fc.assert(
      fc.property(worlds, histories, fc.nat({ max: 60 }), (world, steps, at) => {
        const whole = play(world, steps)
        const half = play(world, steps.slice(0, at))
        const before = half.answers.length
        half.rebuild()
        for (const step of steps.slice(at)) half.run(step)
        expect(half.answers.slice(before)).toEqual(whole.answers.slice(before))
      }),
      { numRuns: Math.ceil(runs / 5) },
    )
  },
  timeoutMs,
)

test(
  'I8: a core restored from the rows of its store answers as the model permits',
  () => {
    fc.assert(
      fc.property(worlds, histories, fc.nat({ max: 60 }), (world, steps, at) => {
        const trial = play(world, steps.slice(0, at))
        trial.restore()
        for (const step of steps.slice(at)) trial.run(step)
      }),
      { numRuns: Math.ceil(runs / 5) },
    )
  },
  timeoutMs,
)

test(
  'a batch that is undone leaves no trace',
  () => {
    fc.assert(
      fc.property(worlds, histories, (world, steps) => {
        const answers = play(world, steps, new CoreUnderTest(true)).answers
        expect(answers).toEqual(play(world, steps).answers)
      }),
      { numRuns: Math.ceil(runs / 5) },
    )
  },
  timeoutMs,
)

test(
  'the histories reach what they are meant to reach',
  () => {
    const seen = new Map<string, number>()
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
    fc.assert(
      fc.property(worlds, histories, (world, steps) => {
        const trial = play(world, steps)
        for (const { outcome } of trial.answers) {
          count(outcome.ok ? (outcome.replayed ? 'replayed' : 'done') : outcome.refusal.reason)
        }
        for (const event of trial.events) {
          count(event.type)
          if (event.type === 'allocated') count(event.binding.mode)
          if (event.type === 'released') count(event.reason)
          if (event.type === 'called' && event.remnants.length > 0) count('remnant')
        }
      }),
      { numRuns: 100, seed: 1 },
    )
    const wanted = [
      ...['done', 'replayed', 'allocated', 'updated', 'released', 'ended', 'freed', 'REQUEST_ID_REUSED'],
      ...['POOL_EXHAUSTED', 'NUMBER_UNAVAILABLE', 'ROUTE_CONFLICT', 'QUOTA_LIVE_BINDINGS', 'QUOTA_PER_PARTY'],
      ...[
        'QUOTA_NUMBERS_HELD',
        'QUOTA_RATE',
        'QUOTA_PER_PARTY_PER_DAY',
        'INVALID_WINDOW',
        'INVALID_EXTENSION',
        'SAME_PARTY',
      ],
      ...['TENANT_NOT_QUALIFIED', 'TENANT_SUSPENDED', 'POOL_NOT_PERMITTED', 'POOL_NOT_FOUND', 'ORDER_REQUIRED'],
      ...['PARTY_NOT_VERIFIED', 'MODE_NOT_PERMITTED', 'MEDIA_NOT_PERMITTED', 'BINDING_ENDED', 'REVISION_MISMATCH'],
      ...['PARTY_BANNED', 'called', 'HANGUP', 'remnant', 'AXB', 'AXYB', 'AX', 'AXE', 'AXG'],
    ]
    assert.deepEqual(
      wanted.filter((what) => !seen.has(what)),
      [],
      JSON.stringify([...seen]),
    )
  },
  timeoutMs,
)
