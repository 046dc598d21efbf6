import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyBinding, plainBinding } from '../../test/samples/shard-data.js'
import { ProtoWriter } from '../bytes/proto-writer.js'
import { BindingRow } from '../generated/xpool/internal/v1/journal.js'
import { fromBindingRow } from './binding-row.js'
import { readBindingRow } from './read-binding.js'
import { UnreadableBytes } from './unreadable-bytes.js'
import { writeBinding } from './write-binding.js'

function rowOf(binding: Parameters<typeof writeBinding>[1], apart: boolean, fingerprint = ''): Uint8Array {
  const out = new ProtoWriter(1)
  writeBinding(out, binding, apart)
  out.latin1(26, fingerprint)
  return new Uint8Array(out.copied())
}

const never = () => {
  throw new Error('the user data does not stand apart')
}
/** A Buffer and a Uint8Array of the same bytes are the same user data. */
const plain = <T extends { readonly userData: Uint8Array }>(binding: T) => ({
  ...binding,
  userData: [...binding.userData],
})

describe('a binding read by hand', () => {
  it('is the binding that was written, and what the generated code reads', () => {
    fc.assert(
      fc.property(anyBinding, (binding) => {
        const row = rowOf(binding, false, 'ÿ\u0000'.repeat(16))
        const read = readBindingRow(row, never)
        expect(plain(read.binding)).toEqual(plain(binding))
        expect(plain(read.binding)).toEqual(plain(fromBindingRow(BindingRow.decode(row), undefined)))
        expect(read.fingerprint).toBe('ÿ\u0000'.repeat(16))
      }),
    )
  })

  it('asks for user data that stand apart, and for no other', () => {
    const userData = Uint8Array.of(1, 2, 3)
    const row = rowOf(plainBinding({ seq: 1, userData }), true)
    expect(readBindingRow(row, () => userData).binding.userData).toBe(userData)
    expect(readBindingRow(rowOf(plainBinding({ seq: 1 }), true), never).binding.userData).toHaveLength(0)
  })

  it('passes over fields of later versions, of every kind', () => {
    const row = rowOf(plainBinding({ seq: 1 }), false)
    const later = new ProtoWriter(16)
    later.presentInteger(90, 2 ** 40)
    later.presentText(91, 'later')
    later.double(92, 1.5)
    later.tag(93, 5)
    later.skip(4)
    expect(readBindingRow(new Uint8Array(Buffer.concat([later.copied(), row])), never)).toEqual(
      readBindingRow(row, never),
    )
  })

  it('throws UnreadableBytes, and nothing else, for bytes that are no binding', () => {
    const whole = rowOf(plainBinding({ seq: 7, userData: Uint8Array.of(1), members: [] }), false, 'f'.repeat(32))
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat({ max: whole.length - 1 }).map((length) => whole.slice(0, length)),
      fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
        const changed = Uint8Array.from(whole)
        changed[at]! ^= flip
        return changed
      }),
    )
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          expect(readBindingRow(bytes, () => new Uint8Array()).binding.seq).toBeTypeOf('number')
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBytes)
        }
      }),
      { numRuns: 1_000 },
    )
    expect(() => readBindingRow(new Uint8Array(), never)).toThrow(UnreadableBytes)
  })
})
