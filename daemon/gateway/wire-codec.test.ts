import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AllocateRequest, AllocateStreamRequest } from '../generated/xpool/v1/allocation.js'
import { ResolveRequest, ResolveStreamRequest } from '../generated/xpool/v1/resolution.js'
import { allocateRequest } from './testing/serve.js'
import { decodeMessage, encodeMessage, malformed } from './wire-codec.js'

describe('encoding', () => {
  test('what could not be encoded leaves nothing in the next message', () => {
    const bad = allocateRequest({ startMs: Number.NaN })
    expect(() => encodeMessage(AllocateRequest, bad)).toThrow()
    const good = allocateRequest({ orderId: 'o' })
    expect(decodeMessage(AllocateRequest, encodeMessage(AllocateRequest, good))).toEqual(good)
  })

  test('a message stays as it was when the next is encoded', () => {
    const first = encodeMessage(AllocateRequest, allocateRequest({ orderId: 'first' }))
    const copy = Buffer.from(first)
    encodeMessage(AllocateRequest, allocateRequest({ orderId: 'other', userData: Buffer.alloc(400_000, 7) }))
    encodeMessage(AllocateRequest, allocateRequest({ orderId: 'third' }))
    expect(first).toEqual(copy)
  })
})

describe('decoding', () => {
  test('gives back what was encoded', () => {
    const request = allocateRequest({ startMs: Number.MAX_SAFE_INTEGER, orderId: 'Grüße', userData: Buffer.from([1]) })
    expect(decodeMessage(AllocateRequest, encodeMessage(AllocateRequest, request))).toEqual(request)
  })

  test('an integer beyond 2^53 is NaN, for validation to name its field', () => {
    const startMs = Buffer.from([0x60, ...Array(9).fill(0xff), 0x01])
    expect(decodeMessage(AllocateRequest, startMs)).toMatchObject({ startMs: -1 })
    const beyond = Buffer.from([0x60, ...Array(8).fill(0xff), 0x7f])
    expect(decodeMessage(AllocateRequest, beyond)).toMatchObject({ startMs: Number.NaN })
    const beneath = Buffer.from([0x60, ...Array(8).fill(0x80), 0x80, 0x01])
    expect(decodeMessage(AllocateRequest, beneath)).toMatchObject({ startMs: Number.NaN })
  })

  test.each([
    ['a string that is not UTF-8', [0x0a, 1, 0xff]],
    ['a message cut short', [0x0a, 5, 0x31]],
    ['a zero tag with bytes after it', [0x00, 0x01, 0x02]],
    ['a group that never ends', [0x0b]],
    ['a wire type that does not exist', [0x0f]],
  ])('%s is malformed', (_name, bytes) => {
    expect(decodeMessage(ResolveRequest, Buffer.from(bytes))).toBe(malformed)
  })

  test('never throws, whatever the bytes', () => {
    const types = [AllocateRequest, AllocateStreamRequest, ResolveRequest, ResolveStreamRequest]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const type of types) decodeMessage<unknown>(type as never, bytes)
      }),
    )
  })

  test('never throws on a message with a few bytes changed', () => {
    const good = encodeMessage(AllocateRequest, allocateRequest({ requestId: 'r', userData: Buffer.alloc(20) }))
    const change = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(good)
        for (const { at, to } of changes) bytes[at] = to
        decodeMessage(AllocateRequest, bytes)
      }),
    )
  })
})
