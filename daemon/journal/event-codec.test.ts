import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEvent, plainBinding } from '../../test/samples/shard-data.js'
import { decodeEvent, encodeEvent } from './event-codec.js'
import { UnreadableBytes } from './unreadable-bytes.js'

describe('event codec', () => {
  it('reads back every event that it wrote (I8)', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(decodeEvent(encodeEvent(event))).toEqual(event)
      }),
    )
  })

  it('throws UnreadableBytes, and nothing else, for bytes that are no event', () => {
    const whole = encodeEvent({
      type: 'allocated',
      binding: plainBinding({ seq: 7 }),
      request: undefined,
      nextExtension: undefined,
    })
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
        const changed = Uint8Array.from(whole)
        changed[at]! ^= flip
        return changed
      }),
    )
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          expect(decodeEvent(bytes).type).toBeTypeOf('string')
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBytes)
        }
      }),
    )
    expect(() => decodeEvent(new Uint8Array())).toThrow(UnreadableBytes)
    expect(() => decodeEvent(whole.subarray(0, 20))).toThrow(UnreadableBytes)
  })
})
