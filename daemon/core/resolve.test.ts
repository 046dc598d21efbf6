import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Calls, noCalls } from './calls.js'
import type { NumberRecord, NumberState, Pool, Tenant } from './directory.js'
import type { Reservation } from './reservation.js'
import { type Answer, type Question, type ResolveFacts, resolve } from './resolve.js'
import { samplePool, sampleTenant } from './testing.js'

const x = '700123456780000'
const y = '700123456780001'
const a = '13800000001'
const b = '13900000002'
const start = 10_000
const end = 20_000
const free = 50_000

const reservation: Reservation = {
  seq: 7,
  tenant: 1,
  role: 'PARTY',
  family: 'PAIR',
  startMs: start,
  endMs: end,
  heldUntilMs: end,
  graceMs: 0,
  freeAtMs: free,
  released: false,
  removed: false,
  callee: b,
  owner: b,
  display: x,
  routeDirection: 'A_TO_B',
  callerIsParty: true,
  direction: 'BOTH',
  graceDirection: 'BOTH',
  media: ['VOICE', 'SMS'],
  callback: 'NONE',
  maxCallMs: 7_200_000,
  maxCalls: 0,
  record: false,
  hasUserData: false,
}

const pool: Pool = samplePool({ id: 3, maxCallMs: 60_000 })

const tenant: Tenant = sampleTenant()

interface World {
  readonly states?: Readonly<Record<string, NumberState>>
  readonly exact?: Readonly<Record<string, readonly Reservation[]>>
  readonly extensions?: Readonly<Record<string, readonly Reservation[]>>
  readonly any?: readonly Reservation[]
  readonly pool?: Partial<Pool>
  readonly tenant?: Partial<Tenant>
  /** Callers banned altogether, or 'caller callee'. */
  readonly banned?: readonly string[]
  readonly calls?: Partial<Calls>
}

function factsOf(world: World): ResolveFacts {
  const states = world.states ?? { [x]: 'IN_SERVICE' }
  const extensions = world.extensions ?? {}
  const record = (digits: string, state: NumberState): NumberRecord => {
    return { digits, shard: 0, ordinal: 5, pool: 3, area: '', state, stateBefore: 'IN_SERVICE', importId: 0 }
  }
  return {
    number: (digits) => (states[digits] === undefined ? undefined : record(digits, states[digits])),
    pool: (id) => (id === 3 ? { ...pool, ...world.pool } : undefined),
    tenant: (id) => (id === 1 ? { ...tenant, ...world.tenant } : undefined),
    exact: (_number, caller) => world.exact?.[caller] ?? [],
    extension: (_number, extension) => extensions[extension] ?? [],
    any: () => world.any ?? [],
    hasExtensions: (_number, nowMs) =>
      Object.values(extensions).some((held) => held.some((one) => one.freeAtMs > nowMs)),
    banned: (caller, callee) => (world.banned ?? []).some((ban) => ban === caller || ban === `${caller} ${callee}`),
    calls: () => ({ ...noCalls, ...world.calls }),
    callbackWindowMs: () => 5_000,
  }
}

function ask(world: World, question: Partial<Question> = {}, nowMs = start): Answer {
  const whole: Question = { number: x, caller: a, extension: '', medium: 'VOICE', ...question }
  return resolve(whole, factsOf(world), nowMs)
}

/** An answer in one line: the outcome, its reason or callee, and whether in grace. */
function brief(answer: Answer): string {
  switch (answer.outcome) {
    case 'REJECT':
      return `REJECT ${answer.reason}`
    case 'COLLECT_EXTENSION':
      return `COLLECT ${answer.digits}`
    case 'FALLBACK':
      return `FALLBACK ${answer.callee}`
    case 'CONNECT':
      return `CONNECT ${answer.callee}${answer.grace ? ' grace' : ''}`
  }
}

const live: World = { exact: { [a]: [reservation] } }
const with_ = (change: Partial<Reservation>): World => ({ exact: { [a]: [{ ...reservation, ...change }] } })
const onMenu: World = { extensions: { '1234': [reservation] } }

const ringsBack = with_({ role: 'CALLBACK', callback: 'LAST_CALLER', callee: '', family: 'EXCLUSIVE' })
const open = { id: 'c', startedMs: start, limitMs: start + 1_000, answered: false }

describe('the calls of a route', () => {
  test.each<[string, World, Partial<Question>, number, string]>([
    ['6 the caller is banned', { ...live, banned: [a] }, {}, start, 'REJECT BANNED'],
    ['6 banned from this callee', { ...live, banned: [`${a} ${b}`] }, {}, start, 'REJECT BANNED'],
    ['6 a ban runs one way', { ...live, banned: [`${b} ${a}`] }, {}, start, `CONNECT ${b}`],
    ['6 a ban comes behind the end', { ...live, banned: [a] }, {}, end, 'REJECT ENDED'],
    [
      '7 a call in progress counts',
      { ...with_({ maxCalls: 1 }), calls: { open: [open] } },
      {},
      start,
      'REJECT CALL_LIMIT',
    ],
    [
      '7 one past its limit does not',
      { ...with_({ maxCalls: 1 }), calls: { open: [open] } },
      {},
      start + 1_000,
      `CONNECT ${b}`,
    ],
    ['7 answered calls count', { ...with_({ maxCalls: 2 }), calls: { answered: 2 } }, {}, start, 'REJECT CALL_LIMIT'],
    [
      '7 a text is no call',
      { ...with_({ maxCalls: 1 }), calls: { answered: 1 } },
      { medium: 'SMS' },
      start,
      `CONNECT ${b}`,
    ],
    ['7 nobody has called', ringsBack, {}, start, 'REJECT NO_CALLBACK'],
    ['8 the last caller', { ...ringsBack, calls: { last: { caller: '139', atMs: start } } }, {}, start, 'CONNECT 139'],
    [
      '7 past the window',
      { ...ringsBack, calls: { last: { caller: '139', atMs: start } } },
      {},
      start + 5_000,
      'REJECT NO_CALLBACK',
    ],
    [
      '7 withheld',
      { ...ringsBack, calls: { last: { caller: undefined, atMs: start } } },
      {},
      start,
      'REJECT NO_CALLBACK',
    ],
  ])('%s', (_name, world, question, nowMs, expected) => {
    expect(brief(ask(world, question, nowMs))).toBe(expected)
  })
})

describe('the steps of Resolve', () => {
  test.each<[string, World, Partial<Question>, number, string]>([
    ['1 no pool holds the number', live, { number: y }, start, 'REJECT UNKNOWN_NUMBER'],
    ['2 frozen', { ...live, states: { [x]: 'FROZEN' } }, {}, start, 'REJECT NUMBER_FROZEN'],
    ['2 quarantined', { ...live, states: { [x]: 'QUARANTINED' } }, {}, start, 'REJECT NUMBER_FROZEN'],
    ['2 frozen comes before a missing route', { states: { [x]: 'FROZEN' } }, {}, start, 'REJECT NUMBER_FROZEN'],
    ['2 draining still works', { ...live, states: { [x]: 'DRAINING' } }, {}, start, `CONNECT ${b}`],
    [
      '2 the shown number frozen',
      { ...with_({ display: y }), states: { [x]: 'IN_SERVICE', [y]: 'FROZEN' } },
      {},
      start,
      'REJECT NUMBER_FROZEN',
    ],
    [
      '2 the shown number frozen comes before ended',
      { ...with_({ display: y }), states: { [x]: 'IN_SERVICE', [y]: 'QUARANTINED' } },
      {},
      end,
      'REJECT NUMBER_FROZEN',
    ],
    ['2 the shown number gone', with_({ display: y }), {}, start, 'REJECT NUMBER_FROZEN'],
    [
      '2 the shown number in service',
      { ...with_({ display: y }), states: { [x]: 'IN_SERVICE', [y]: 'IN_SERVICE' } },
      {},
      start,
      `CONNECT ${b}`,
    ],
    ['3 exact caller', live, {}, start, `CONNECT ${b}`],
    ['3 exact before any', { ...live, any: [{ ...reservation, callee: a }] }, {}, start, `CONNECT ${b}`],
    ['3 any for a stranger', { any: [reservation] }, { caller: '999' }, start, `CONNECT ${b}`],
    ['3 any for a withheld caller', { any: [reservation] }, { caller: undefined }, start, `CONNECT ${b}`],
    ['3 the extension', onMenu, { extension: '1234' }, start, `CONNECT ${b}`],
    ['3 the extension for a withheld caller', onMenu, { extension: '1234', caller: undefined }, start, `CONNECT ${b}`],
    [
      '3 the extension alone, not the caller',
      { ...live, extensions: { '1234': [reservation] } },
      { extension: '9999' },
      start,
      'REJECT NO_BINDING',
    ],
    ['3 an extension on a number without any', live, { extension: '1234' }, start, `CONNECT ${b}`],
    [
      '3 one that has begun before a booking',
      {
        exact: {
          [a]: [reservation, { ...reservation, startMs: free, endMs: free + 1, freeAtMs: free + 2, callee: x }],
        },
      },
      {},
      end - 1,
      `CONNECT ${b}`,
    ],
    ['4 nothing dialled on a menu', onMenu, {}, start, 'COLLECT 4'],
    ['4 nothing dialled on a menu, withheld', onMenu, { caller: undefined }, start, 'COLLECT 4'],
    ['4 the menu is gone when its last extension is free', onMenu, {}, free, 'REJECT NO_BINDING'],
    ['4 withheld', live, { caller: undefined }, start, 'REJECT ANONYMOUS_CALLER'],
    ['4 unknown caller', live, { caller: '999' }, start, 'REJECT NO_BINDING'],
    [
      '4 unknown caller with a fallback',
      { ...live, pool: { unmatched: 'FALLBACK', fallbackNumber: '4001' } },
      { caller: '999' },
      start,
      'FALLBACK 4001',
    ],
    [
      '4 a fallback is not for the withheld',
      { ...live, pool: { unmatched: 'FALLBACK', fallbackNumber: '4001' } },
      { caller: undefined },
      start,
      'REJECT ANONYMOUS_CALLER',
    ],
    ['5 not begun', live, {}, start - 1, 'REJECT NOT_STARTED'],
    ['5 ended', live, {}, end, 'REJECT ENDED'],
    ['5 grace', with_({ graceMs: 100 }), {}, end + 99, `CONNECT ${b} grace`],
    ['5 after grace', with_({ graceMs: 100 }), {}, end + 100, 'REJECT ENDED'],
    ['5 grace the other way', with_({ graceMs: 100, graceDirection: 'B_TO_A' }), {}, end, 'REJECT ENDED'],
    ['5 grace this way', with_({ graceMs: 100, graceDirection: 'A_TO_B' }), {}, end, `CONNECT ${b} grace`],
    ['5 a removed party has no grace', with_({ graceMs: 100, removed: true }), {}, end, 'REJECT ENDED'],
    ['6 suspended', { ...live, tenant: { qualification: 'SUSPENDED' } }, {}, start, 'REJECT TENANT_SUSPENDED'],
    ['6 revoked', { ...live, tenant: { qualification: 'REVOKED' } }, {}, start, 'REJECT TENANT_SUSPENDED'],
    ['6 ended comes before suspended', { ...live, tenant: { qualification: 'REVOKED' } }, {}, end, 'REJECT ENDED'],
    [
      '6 an expired approval still resolves',
      { ...live, tenant: { qualificationExpiresMs: 1 } },
      {},
      start,
      `CONNECT ${b}`,
    ],
    ['7 direction', with_({ direction: 'B_TO_A' }), {}, start, 'REJECT DIRECTION_NOT_ALLOWED'],
    [
      '7 grace decides the direction alone',
      with_({ direction: 'B_TO_A', graceMs: 100, graceDirection: 'A_TO_B' }),
      {},
      end,
      `CONNECT ${b} grace`,
    ],
    ['7 media', with_({ media: ['VOICE'] }), { medium: 'SMS' }, start, 'REJECT MEDIA_NOT_ALLOWED'],
    ['7 media in grace', with_({ media: ['VOICE'], graceMs: 9 }), { medium: 'SMS' }, end, 'REJECT MEDIA_NOT_ALLOWED'],
    [
      '7 direction before media',
      with_({ direction: 'B_TO_A', media: ['VOICE'] }),
      { medium: 'SMS' },
      start,
      'REJECT DIRECTION_NOT_ALLOWED',
    ],
    ['7 nobody to call back', with_({ role: 'CALLBACK', callee: '' }), {}, start, 'REJECT NO_CALLBACK'],
    ['from free_at on a route is absent', live, {}, free, 'REJECT NO_BINDING'],
  ])('%s', (_name, world, question, nowMs, expected) => {
    expect(brief(ask(world, question, nowMs))).toBe(expected)
  })

  test('a rejection by a binding names it, one by nobody does not', () => {
    expect(ask(live, {}, end)).toMatchObject({ source: { reservation: { seq: 7 } } })
    expect(ask(live, { caller: '999' })).toMatchObject({ source: undefined })
  })
})

describe('boundaries in time', () => {
  const time = fc.integer({ min: 1, max: 1_000 })
  const span = fc.integer({ min: 0, max: 300 })
  const shape = fc.record({
    startMs: time,
    lengthMs: fc.integer({ min: 1, max: 300 }),
    graceMs: span,
    restMs: span,
    nowMs: fc.integer({ min: 0, max: 2_500 }),
    direction: fc.constantFrom('BOTH', 'A_TO_B', 'B_TO_A'),
    graceDirection: fc.constantFrom('BOTH', 'A_TO_B', 'B_TO_A'),
  })

  test('I9: connects in [start, end), and after it in grace alone', () => {
    fc.assert(
      fc.property(shape, (one) => {
        const endMs = one.startMs + one.lengthMs
        const freeAtMs = endMs + one.graceMs + one.restMs
        const { startMs, graceMs, direction, graceDirection } = one
        const answer = ask(with_({ startMs, endMs, graceMs, freeAtMs, direction, graceDirection }), {}, one.nowMs)
        if (answer.outcome !== 'CONNECT') return
        expect(one.nowMs).toBeGreaterThanOrEqual(startMs)
        expect(answer.grace).toBe(one.nowMs >= endMs)
        if (answer.grace) {
          expect(one.nowMs).toBeLessThan(endMs + graceMs)
          expect(graceDirection).not.toBe('B_TO_A')
        } else {
          expect(direction).not.toBe('B_TO_A')
        }
      }),
    )
  })

  test('I2: from the end until free_at the former callee or nobody, and the take-over from its start', () => {
    fc.assert(
      fc.property(shape, time, (one, laterMs) => {
        const endMs = one.startMs + one.lengthMs
        const freeAtMs = endMs + one.graceMs + one.restMs
        const next = { startMs: endMs + laterMs, endMs: endMs + laterMs + 100, freeAtMs: endMs + laterMs + 200 }
        const former: Reservation = { ...reservation, startMs: one.startMs, endMs, graceMs: one.graceMs, freeAtMs }
        const world: World = { exact: { [a]: [former, { ...reservation, ...next, seq: 8, callee: '777' }] } }
        const answer = ask(world, {}, one.nowMs)
        const source = answer.outcome === 'CONNECT' || answer.outcome === 'REJECT' ? answer.source : undefined
        if (one.nowMs >= next.startMs && one.nowMs < next.freeAtMs) expect(source?.reservation.seq).toBe(8)
        else if (one.nowMs >= one.startMs && one.nowMs < Math.min(freeAtMs, next.startMs))
          expect(source?.reservation.seq).toBe(7)
        if (answer.outcome === 'CONNECT' && one.nowMs >= endMs && one.nowMs < next.startMs) {
          expect(answer.source.reservation.callee).toBe(b)
        }
      }),
    )
  })
})
