import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyBinding, anyCalls, anyReservation, plainBinding } from '../../test/samples/shard-data.js'
import { noCalls } from '../core/calls.js'
import type { CallerKey } from '../core/modes.js'
import { reservationsOf } from '../core/reservation.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { encodeBinding, readBinding, readStored } from './binding-rows.js'
import { decodeCalls, encodeCalls, readCalls } from './calls-rows.js'
import { readExtension, writeExtension } from './extension-rows.js'
import { memoryTables } from './memory-table.js'
import { CorruptRecord } from './record.js'
import { classStart, decodeRequest, encodeRequest, hashRequest, longClass, requestKey } from './request-row.js'
import { decodeOwnerships, decodeRoute, encodeRoute } from './route-codec.js'
import { callerKeyOf, extensionRoutesOf, ordinalOf, routeKey, routesOf } from './route-key.js'
import { SkimmedBinding } from './skim-binding.js'
import { readUint48, seqKey } from './uint48.js'

const callerKey: fc.Arbitrary<CallerKey> = fc.oneof(
  fc.record({ kind: fc.constant('EXACT' as const), party: fc.stringMatching(/^[0-9]{3,20}$/) }),
  fc.record({ kind: fc.constant('EXTENSION' as const), extension: fc.stringMatching(/^[0-9]{1,8}$/) }),
  fc.constant({ kind: 'ANY' as const }),
)
const ordinal = fc.nat({ max: 2 ** 32 - 1 })
const compare = Buffer.compare

describe('keys', () => {
  it('of sequence numbers sort as the numbers do', () => {
    const seq = fc.integer({ min: 0, max: 2 ** 48 - 1 })
    fc.assert(
      fc.property(seq, seq, (p, q) => {
        expect(readUint48(seqKey(p), 0)).toBe(p)
        expect(Math.sign(compare(seqKey(p), seqKey(q)))).toBe(Math.sign(p - q))
      }),
    )
  })

  it('of routes say their number and caller, and lie within the range of their number', () => {
    fc.assert(
      fc.property(ordinal, callerKey, (at, caller) => {
        const key = routeKey(at, caller)
        expect([ordinalOf(key), callerKeyOf(key)]).toEqual([at, caller])
        const { from, to } = routesOf(at)
        expect(compare(from, key)).toBeLessThan(0)
        if (to !== undefined) expect(compare(key, to)).toBeLessThan(0)
        const extensions = extensionRoutesOf(at)
        const within = compare(extensions.from, key) <= 0 && compare(key, extensions.to) < 0
        expect(within).toBe(caller.kind === 'EXTENSION')
      }),
    )
    expect(callerKeyOf(new Uint8Array(20))).toBeUndefined()
    expect(routesOf(2 ** 32 - 1).to).toBeUndefined()
  })

  it('of request ids keep tenant, pool and id apart', () => {
    const keys = [hashRequest(1, 2, 'x'), hashRequest(2, 1, 'x'), hashRequest(1, 2, 'y'), hashRequest(1, 3, 'x')]
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(4)
    expect(compare(requestKey(19_000, keys[0]!), classStart(19_001))).toBeLessThan(0)
    expect(compare(requestKey(longClass, keys[0]!), classStart(longClass))).toBeGreaterThan(0)
  })
})

describe('route row', () => {
  it('reads back up to eight reservations', () => {
    fc.assert(
      fc.property(fc.array(anyReservation, { minLength: 1, maxLength: 8 }), (byStart) => {
        expect(decodeRoute(encodeRoute(byStart).slice())).toEqual(byStart)
      }),
    )
  })

  it('tells a start whose its reservations are, as the whole of them does', () => {
    fc.assert(
      fc.property(fc.array(anyReservation, { minLength: 1, maxLength: 8 }), (byStart) => {
        const owned = decodeOwnerships(encodeRoute(byStart).slice())
        expect(byStart).toMatchObject(owned)
        expect(owned.length).toBe(byStart.length)
      }),
    )
  })

  it('holds eight usual reservations in 512 bytes, and refuses a ninth', () => {
    const eight = Array.from(
      { length: 8 },
      (_, i) => reservationsOf(plainBinding({ seq: 10 ** 9 + i }))[0]!.reservation,
    )
    expect(encodeRoute(eight).length + 4).toBeLessThanOrEqual(512)
    expect(() => encodeRoute([...eight, eight[0]!])).toThrow(RangeError)
  })

  it('throws UnreadableBytes for a row that is cut or continued', () => {
    fc.assert(
      fc.property(fc.array(anyReservation, { minLength: 1, maxLength: 3 }), fc.nat(), (byStart, cut) => {
        const payload = encodeRoute(byStart).slice()
        expect(() => decodeRoute(payload.subarray(0, cut % payload.length))).toThrow(UnreadableBytes)
        expect(() => decodeRoute(Buffer.concat([payload, Uint8Array.of(0)]))).toThrow(UnreadableBytes)
        expect(() => decodeOwnerships(payload.subarray(0, cut % payload.length))).toThrow(UnreadableBytes)
        expect(() => decodeOwnerships(Buffer.concat([payload, Uint8Array.of(0)]))).toThrow(UnreadableBytes)
      }),
    )
  })
})

describe('binding rows', () => {
  it('give the binding back, its user data from a row of its own', () => {
    fc.assert(
      fc.property(anyBinding, (binding) => {
        const tables = memoryTables()
        tables.binding.put(seqKey(binding.seq), encodeBinding(binding))
        if (binding.userData.length > 0) tables.user_data.put(seqKey(binding.seq), binding.userData)
        expect(readBinding(tables, binding.seq)).toEqual(binding)
      }),
    )
    const binding = plainBinding({ seq: 1, requestId: 'id', userData: Buffer.from('twelve bytes') })
    const tables = memoryTables()
    tables.binding.put(seqKey(1), encodeBinding({ ...binding, userData: Buffer.alloc(0) }, 'ÿ\u0000'.repeat(16)))
    expect(readStored(tables, 1, undefined)?.fingerprint).toBe('ÿ\u0000'.repeat(16))
    expect(Buffer.from(encodeBinding(binding)).includes('twelve bytes')).toBe(false)
  })

  it('are skimmed alike, and refused alike when they are cut', () => {
    fc.assert(
      fc.property(anyBinding, fc.nat(), ({ ...binding }, cut) => {
        const row = encodeBinding(binding, 'f'.repeat(32)).slice()
        const { tenant, pool, createdMs, freeAtMs, requestId, released } = binding
        const skimmed = new SkimmedBinding().read(row)
        expect(skimmed).toMatchObject({ tenant, pool, createdMs, freeAtMs, released })
        expect(skimmed.requestId(row)).toBe(requestId)
        const length = cut % row.length
        try {
          const part = row.subarray(0, length)
          expect(skimmed.read(part).requestId(part).length).toBeLessThanOrEqual(requestId.length)
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBytes)
        }
      }),
    )
  })

  it('are corrupt when bytes cannot be read, or the user data is gone', () => {
    const tables = memoryTables()
    tables.binding.put(seqKey(1), Uint8Array.of(0xff, 0xff))
    expect(() => readBinding(tables, 1)).toThrow(CorruptRecord)
    tables.binding.put(seqKey(2), encodeBinding(plainBinding({ seq: 2, userData: Buffer.from('data') })))
    expect(() => readBinding(tables, 2)).toThrow(/database user_data, key 000000000002/)
  })
})

describe('calls row', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        expect(decodeCalls(encodeCalls(calls))).toEqual(calls)
      }),
    )
  })

  it('is corrupt when bytes cannot be read, and absent where nothing was reported', () => {
    const { calls } = memoryTables()
    calls.put(seqKey(1), Uint8Array.of(0xff, 0xff))
    expect(() => readCalls(calls, 1)).toThrow(CorruptRecord)
    expect(readCalls(calls, 2)).toBe(noCalls)
    expect(readCalls(calls, 2 ** 52)).toBe(noCalls)
  })
})

describe('extension row', () => {
  it('reads back what it wrote, in order of numbers', () => {
    const { extension } = memoryTables()
    const written = [3, 2 ** 32 - 1, 0].map((at) => ({ ordinal: at, next: 99_999_999 - (at % 7) }))
    for (const row of written) writeExtension(extension, row)
    const rows = extension.rows(Uint8Array.of(0), undefined, 9)
    const read = rows.map(({ key, payload }) => readExtension(extension, key, payload))
    expect(read).toEqual(written.toSorted((p, q) => p.ordinal - q.ordinal))
    expect(() => readExtension(extension, new Uint8Array(4), new Uint8Array(3))).toThrow(CorruptRecord)
    expect(() => readExtension(extension, new Uint8Array(5), new Uint8Array(4))).toThrow(CorruptRecord)
  })
})

describe('request row', () => {
  it('reads back what it wrote', () => {
    const row = { fingerprint: 'ÿ\u0000'.repeat(16), seq: 2 ** 40, keptUntilMs: 4_000_000_000_000 }
    expect(decodeRequest(encodeRequest(row))).toEqual(row)
    expect(() => decodeRequest(new Uint8Array(3))).toThrow(UnreadableBytes)
  })
})
