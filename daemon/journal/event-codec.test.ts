import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEvent, plainBinding } from '../../test/samples/shard-data.js'
import { ShardEvent as Row } from '../generated/xpool/internal/v1/journal.js'
import { decodeEvent, encodeEvent } from './event-codec.js'
import { encodePage, pageHash } from './page-codec.js'
import { entriesOfEvents } from './page-entries.js'
import { emptyHead, entriesRoot, sealPage } from './seal-page.js'
import { UnreadableBytes } from './unreadable-bytes.js'

describe('event codec', () => {
  it('reads back every event that it wrote (I8)', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(decodeEvent(encodeEvent(event))).toEqual(event)
      }),
    )
  })

  it('writes the bytes that the generated code would', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const bytes = encodeEvent(event)
        expect(Buffer.compare(bytes, Row.encode(Row.decode(bytes)).finish())).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('lays events out as entries with the same bytes', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => {
        const encoded = events.map(encodeEvent)
        const entries = entriesOfEvents(events)
        expect(entries.eventBytes).toBe(encoded.reduce((sum, { length }) => sum + length, 0))
        const salts = (count: number) => new Uint8Array(count).fill(7)
        const at = { epoch: 1, nowMs: 1, directoryVersion: 0 }
        const { page, hash } = sealPage(emptyHead, { ...at, events: entries }, undefined, salts)
        const apart = sealPage(emptyHead, { ...at, events: encoded }, undefined, salts)
        expect(page.entries.map(({ event }) => Buffer.from(event))).toEqual(encoded.map((event) => Buffer.from(event)))
        expect(Buffer.compare(hash, apart.hash)).toBe(0)
        expect(Buffer.compare(hash, pageHash({ ...page, entries: page.entries }))).toBe(0)
        expect(Buffer.compare(page.root, entriesRoot(page.entries))).toBe(0)
        const copy = { ...page, entries: page.entries }
        expect(Buffer.compare(encodePage(page), encodePage(copy))).toBe(0)
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
