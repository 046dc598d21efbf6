import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyAnswer, anyCommand } from '../../test/samples/wire-data.js'
import { FlatReader, FlatWriter } from './flat.js'
import { readAnswer, writeAnswer } from './flat-answer.js'
import { readSent, writeSent } from './flat-command.js'

describe('laid flat', () => {
  it('every command reads back as it was, in its place', () => {
    const deadline = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 4e12 }))
    const sent = fc.record({ id: fc.nat(), shard: fc.nat({ max: 65_535 }), command: anyCommand, deadlineMs: deadline })
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 6 }), (batch) => {
        const out = new FlatWriter()
        for (const one of batch) writeSent(out, one)
        const from = new FlatReader(structuredClone(out.take()))
        const read = []
        while (from.hasMore) read.push(readSent(from))
        expect(read).toEqual(batch)
      }),
    )
  })

  it('every answer reads back as it was, in its place', () => {
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 6 }), (batch) => {
        const out = new FlatWriter()
        batch.forEach((answer, i) => {
          writeAnswer(out, i, answer)
        })
        const from = new FlatReader(structuredClone(out.take()))
        const read = []
        while (from.hasMore) read.push(readAnswer(from))
        expect(read).toEqual(batch.map((answer, i) => ({ id: i, answer })))
      }),
    )
  })

  it('a writer starts anew with each batch, however long the one before was', () => {
    const out = new FlatWriter()
    for (let i = 0; i < 10_000; i += 1) out.text('x')
    expect(out.take().numbers).toHaveLength(10_000)
    expect(out.isEmpty).toBe(true)
    out.bytes(Uint8Array.of(0, 128, 255))
    const from = new FlatReader(out.take())
    expect([...from.bytes()]).toEqual([0, 128, 255])
    expect(from.hasMore).toBe(false)
  })

  it('an item that is cut short is a fault', () => {
    expect(() => readAnswer(new FlatReader({ numbers: Float64Array.of(1, 1), text: '' }))).toThrow(RangeError)
  })
})
