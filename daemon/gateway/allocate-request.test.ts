import { describe, expect, test } from 'vitest'
import type { AllocateCommand } from '../core/commands.js'
import type { AllocateRequest } from '../generated/xpool/v1/allocation.js'
import { Callback, Direction, Media, Mode, type Selection } from '../generated/xpool/v1/types.js'
import { readAllocate } from './allocate-request.js'
import { Failure } from './failure.js'
import { MemoryDirectory, poolDemo } from './testing/memory-directory.js'
import { a, allocateRequest, b, nowMs, x, y } from './testing/serve.js'

const directory = new MemoryDirectory([x, y])
directory.poolRows.set('other', { ...poolDemo, id: 2, name: 'other' })
const rules = [{ prefix: '0086', length: 0, drop: 4 }]
const given = { directory, rules, shards: 1, clock: { now: () => nowMs }, tenantOf: () => undefined }
const party = (number: string) => ({ number, verificationRef: '' })

function read(change: Partial<AllocateRequest> = {}) {
  return readAllocate(allocateRequest(change), given, 0.5)
}

function commandOf(change: Partial<AllocateRequest> = {}): AllocateCommand {
  const placed = read(change)
  if (placed instanceof Failure) throw new Error(`${placed.reason} ${placed.metadata['field']}`)
  return placed.command as AllocateCommand
}

describe('a request that is right', () => {
  test('becomes a command of the pool and its shard, numbers canonical', () => {
    const placed = read({ a: party(`+0086${a}`), number: x })
    expect(placed).toMatchObject({
      shard: 0,
      command: {
        type: 'allocate',
        tenant: 1,
        pool: 1,
        mode: 'AXB',
        a: party(a),
        x: { ordinal: 0, digits: x },
        draw: 0.5,
      },
    })
  })

  test('says nothing where nothing was said, and 0 where 0 was', () => {
    expect(commandOf().wanted).toEqual({
      graceMs: undefined,
      graceDirection: undefined,
      cooldownMs: undefined,
      direction: undefined,
      media: [],
      maxCallMs: undefined,
      maxCalls: undefined,
      releaseOnHangup: undefined,
      record: undefined,
      callback: undefined,
      callbackNumber: undefined,
      callbackWindowMs: undefined,
    })
    expect(commandOf({ graceMs: 0, cooldownMs: 0, maxCalls: 0, record: false }).wanted).toMatchObject({
      graceMs: 0,
      cooldownMs: 0,
      maxCalls: 0,
      record: false,
    })
    expect(commandOf({ direction: Direction.DIRECTION_UNSPECIFIED }).wanted.direction).toBeUndefined()
  })

  test('keeps its own copy of user data: a view would carry the whole message to the shard', () => {
    const message = Buffer.alloc(10_000, 1)
    const { userData } = commandOf({ userData: message.subarray(0, 10) })
    expect(userData).toHaveLength(10)
    expect(userData.buffer.byteLength).toBe(10)
  })
})

const ax = { mode: Mode.MODE_AX, b: undefined, callback: Callback.CALLBACK_FIXED, callbackNumber: '777' }

const wrong: [string, Partial<AllocateRequest>, string, string][] = [
  ['no tenant', { tenant: '' }, 'FIELD_REQUIRED', 'tenant'],
  ['no pool', { pool: '' }, 'FIELD_REQUIRED', 'pool'],
  ['a pool of great length', { pool: 'p'.repeat(65) }, 'FIELD_TOO_LONG', 'pool'],
  ['an unknown tenant', { tenant: 'nobody' }, 'TENANT_NOT_FOUND', 'tenant'],
  ['an unknown pool', { pool: 'nowhere' }, 'POOL_NOT_FOUND', 'pool'],
  ['no mode', { mode: Mode.MODE_UNSPECIFIED }, 'INVALID_MODE', 'mode'],
  ['a mode beyond the enum', { mode: 77 as Mode }, 'INVALID_MODE', 'mode'],
  ['a negative mode', { mode: -3 as Mode }, 'INVALID_MODE', 'mode'],
  ['no a', { a: undefined }, 'INVALID_NUMBER', 'a.number'],
  ['no b', { b: undefined }, 'INVALID_NUMBER', 'b.number'],
  ['letters', { a: party('12a4') }, 'INVALID_NUMBER', 'a.number'],
  ['two digits', { b: party('12') }, 'INVALID_NUMBER', 'b.number'],
  ['21 digits', { b: party('1'.repeat(21)) }, 'INVALID_NUMBER', 'b.number'],
  ['a party that is a pool number', { b: party(x) }, 'INVALID_NUMBER', 'b.number'],
  ['a call-back number that is a pool number', { ...ax, callbackNumber: y }, 'INVALID_NUMBER', 'callback_number'],
  ['a equal to b', { b: party(a) }, 'SAME_PARTY', 'b.number'],
  ['a equal to b in another spelling', { b: party(`0086${a}`) }, 'SAME_PARTY', 'b.number'],
  ['a long proof', { a: { number: a, verificationRef: 'é'.repeat(65) } }, 'FIELD_TOO_LONG', 'a.verification_ref'],
  ['members in AXB', { members: [party('777')] }, 'INVALID_OPTION', 'members'],
  ['a member twice', { members: [party('777'), party('777')] }, 'SAME_PARTY', 'members[1].number'],
  ['201 members', { members: Array.from({ length: 201 }, (_, i) => party(`1${i + 100}`)) }, 'TOO_MANY', 'members'],
  ['number_y in AXB', { numberY: y }, 'INVALID_OPTION', 'number_y'],
  ['an extension in AXB', { extension: '1234' }, 'INVALID_OPTION', 'extension'],
  ['an extension of letters', { extension: 'ab' }, 'INVALID_EXTENSION', 'extension'],
  ['a call-back number in AXB', { callbackNumber: '777' }, 'INVALID_OPTION', 'callback_number'],
  ['a call-back in AXB', { callback: Callback.CALLBACK_LAST_CALLER }, 'INVALID_OPTION', 'callback'],
  ['a call-back window in AXB', { callbackWindowMs: 1 }, 'INVALID_OPTION', 'callback_window_ms'],
  ['a fixed call-back without number', { ...ax, callbackNumber: '' }, 'INVALID_OPTION', 'callback_number'],
  [
    'a call-back number for the last caller',
    { ...ax, callback: Callback.CALLBACK_LAST_CALLER },
    'INVALID_OPTION',
    'callback_number',
  ],
  ['an extension of nine digits', { mode: Mode.MODE_AXE, extension: '123456789' }, 'INVALID_EXTENSION', 'extension'],
  ['no member in AXG', { mode: Mode.MODE_AXG, b: undefined }, 'INVALID_NUMBER', 'members'],
  ['b in AX', { mode: Mode.MODE_AX }, 'INVALID_OPTION', 'b'],
  ['a number that is none', { number: 'x' }, 'INVALID_NUMBER', 'number'],
  ['a number of no pool', { number: '999' }, 'NUMBER_UNAVAILABLE', 'number'],
  ['a number of another pool', { number: x, pool: 'other' }, 'NUMBER_UNAVAILABLE', 'number'],
  ['number twice', { mode: Mode.MODE_AXYB, number: x, numberY: x }, 'INVALID_NUMBER', 'number_y'],
  ['nine areas', { areas: Array(9).fill('a') }, 'TOO_MANY', 'areas'],
  ['an empty area', { areas: ['a', ''] }, 'INVALID_OPTION', 'areas[1]'],
  ['a long area', { areas: ['a'.repeat(65)] }, 'FIELD_TOO_LONG', 'areas[0]'],
  ['ttl 0', { expiry: { $case: 'ttlMs', value: 0 } }, 'INVALID_WINDOW', 'ttl_ms'],
  ['a negative ttl', { expiry: { $case: 'ttlMs', value: -1 } }, 'INVALID_WINDOW', 'ttl_ms'],
  ['a ttl beyond 2^53', { expiry: { $case: 'ttlMs', value: Number.NaN } }, 'INVALID_WINDOW', 'ttl_ms'],
  ['an end of 0', { expiry: { $case: 'endMs', value: 0 } }, 'INVALID_WINDOW', 'end_ms'],
  ['an end beyond 2100', { expiry: { $case: 'endMs', value: 4_102_444_800_000 } }, 'INVALID_WINDOW', 'end_ms'],
  ['a start beyond 2^53', { startMs: Number.NaN }, 'INVALID_WINDOW', 'start_ms'],
  ['an end at the start', { startMs: 5, expiry: { $case: 'endMs', value: 5 } }, 'INVALID_WINDOW', 'end_ms'],
  ['a negative grace', { graceMs: -1 }, 'INVALID_WINDOW', 'grace_ms'],
  ['a cooldown over 7 days', { cooldownMs: 604_800_001 }, 'INVALID_WINDOW', 'cooldown_ms'],
  ['a call too short', { maxCallMs: 999 }, 'INVALID_OPTION', 'max_call_ms'],
  ['calls beyond 2^53', { maxCalls: Number.NaN }, 'INVALID_OPTION', 'max_calls'],
  ['a direction beyond the enum', { direction: 9 as Direction }, 'INVALID_OPTION', 'direction'],
  ['a grace direction beyond the enum', { graceDirection: -1 as Direction }, 'INVALID_OPTION', 'grace_direction'],
  ['a medium beyond the enum', { media: [Media.MEDIA_SMS, 5 as Media] }, 'INVALID_OPTION', 'media[1]'],
  ['no medium in a list', { media: [Media.MEDIA_UNSPECIFIED] }, 'INVALID_OPTION', 'media[0]'],
  ['a call-back beyond the enum', { callback: 9 as Callback }, 'INVALID_OPTION', 'callback'],
  ['a selection beyond the enum', { selection: 9 as Selection }, 'INVALID_OPTION', 'selection'],
  ['a long order', { orderId: 'o'.repeat(129) }, 'FIELD_TOO_LONG', 'order_id'],
  ['a long request id', { requestId: 'é'.repeat(65) }, 'FIELD_TOO_LONG', 'request_id'],
  ['much user data', { userData: Buffer.alloc(2_049) }, 'FIELD_TOO_LONG', 'user_data'],
]

describe('a request that is wrong names its field', () => {
  test.each(wrong)('%s', (_name, change, reason, field) => {
    expect(read(change)).toMatchObject({ reason, metadata: { field } })
  })
})

describe('I7: the fingerprint', () => {
  const print = (change: Partial<AllocateRequest> = {}) => commandOf({ requestId: 'r1', ...change }).request

  test('is there with a request id alone, and does not depend on it', () => {
    expect(commandOf().request).toBeUndefined()
    expect(print()).toMatchObject({ id: 'r1', fingerprint: expect.stringMatching(/^[\0-\xff]{32}$/) })
    expect(print({ requestId: 'r2' })?.fingerprint).toBe(print()?.fingerprint)
  })

  test('sees two spellings of a number as one', () => {
    expect(print({ a: party(`+0086${a}`) })).toEqual(print())
    expect(print({ number: `+${x}` })).toEqual(print({ number: x }))
  })

  test.each<[string, Partial<AllocateRequest>]>([
    ['a party', { a: party('13800000009') }],
    ['the window', { expiry: { $case: 'ttlMs', value: 60_001 } }],
    ['an option said aloud, even where it is the default', { graceMs: 0 }],
    ['user data', { userData: Buffer.from('u') }],
    ['the order of parties', { a: party(b), b: party(a) }],
  ])('changes with %s', (_name, change) => {
    expect(print(change)?.fingerprint).not.toBe(print()?.fingerprint)
  })
})
