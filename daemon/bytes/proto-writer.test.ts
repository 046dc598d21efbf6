import { BinaryWriter } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtoWriter } from './proto-writer.js'

const field = fc.integer({ min: 1, max: 4_000 })
const whole = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35, -1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
)
/** Long and short, in one byte a character and in more, with halves of pairs. */
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 300 }))

function written(write: (out: ProtoWriter) => void): Buffer {
  const out = new ProtoWriter(1)
  write(out)
  return out.copied()
}

function reference(write: (out: BinaryWriter) => void): Buffer {
  const out = new BinaryWriter()
  write(out)
  return Buffer.from(out.finish())
}

describe('ProtoWriter', () => {
  it('writes every kind of field as the generated code does', () => {
    fc.assert(
      fc.property(
        field,
        whole,
        text,
        fc.uint8Array({ maxLength: 400 }),
        fc.double({ noNaN: true }),
        (number, integer, string, bytes, double) => {
          const ours = written((out) => {
            out.presentInteger(number, integer)
            out.presentText(number, string)
            out.presentBlob(number, bytes)
            out.latin1(number, Buffer.from(bytes).toString('latin1'))
            out.tag(number, 1)
            out.rawDouble(double)
          })
          const theirs = reference((out) => {
            out.uint32((number << 3) >>> 0).int64(integer)
            out.uint32((number << 3) | 2).string(string)
            out.uint32((number << 3) | 2).bytes(bytes)
            if (bytes.length > 0) out.uint32((number << 3) | 2).bytes(bytes)
            out.uint32((number << 3) | 1).double(double)
          })
          expect(ours.equals(theirs)).toBe(true)
        },
      ),
    )
  })

  it('gives messages within messages their lengths, whatever room was left for them', () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 16_370, max: 16_400 }))
    fc.assert(
      fc.property(field, size, fc.boolean(), fc.boolean(), (number, length, outerWide, innerWide) => {
        const bytes = new Uint8Array(length).fill(7)
        const ours = written((out) => {
          const outer = outerWide ? out.openWide(number) : out.open(number)
          const inner = innerWide ? out.openWide(1) : out.open(1)
          out.presentBlob(2, bytes)
          if (innerWide) out.closeWide(inner)
          else out.close(inner)
          if (outerWide) out.closeWide(outer)
          else out.close(outer)
          out.presentInteger(3, 1)
        })
        const theirs = reference((out) => {
          out.uint32((number << 3) | 2).fork()
          out.uint32(10).fork().uint32(18).bytes(bytes).join()
          out.join().uint32(24).int32(1)
        })
        expect(ours.equals(theirs)).toBe(true)
      }),
    )
  })

  it('leaves out what has its default value', () => {
    const ours = written((out) => {
      out.integer(1, 0)
      out.flag(2, false)
      out.double(3, 0)
      out.text(4, '')
      out.blob(5, new Uint8Array())
      out.latin1(6, '')
    })
    expect(ours).toHaveLength(0)
  })

  it('keeps what it gave out when it starts anew', () => {
    const out = new ProtoWriter(4)
    out.text(1, 'first')
    const first = out.copied()
    out.clear()
    out.text(1, 'other')
    expect(first.subarray(2).toString()).toBe('first')
    expect(out.copied().subarray(2).toString()).toBe('other')
  })
})
