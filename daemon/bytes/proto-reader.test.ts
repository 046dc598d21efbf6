import { BinaryWriter } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtoReader } from './proto-reader.js'

const key = (field: number, type: number) => ((field << 3) | type) >>> 0
const onlyInteger = (bytes: Uint8Array): number => {
  const from = new ProtoReader(bytes)
  expect(from.next()).toBe(true)
  const value = from.integer()
  expect(from.next()).toBe(false)
  return value
}

test('reads whole numbers of 32 bits as they were written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
      expect(onlyInteger(new BinaryWriter().uint32(key(3, 0)).uint32(value).finish())).toBe(value)
    }),
  )
})

test('refuses a number of more bits instead of cutting it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER }), (value) => {
      const bytes = new BinaryWriter().uint32(key(3, 0)).uint64(value).finish()
      expect(() => onlyInteger(bytes)).toThrow('more than 32 bits')
    }),
  )
})

test('refuses what ends within a field', () => {
  const bytes = new BinaryWriter()
    .uint32(key(3, 0))
    .uint32(2 ** 31)
    .finish()
  for (let length = 1; length < bytes.length; length += 1) {
    expect(() => onlyInteger(bytes.subarray(0, length))).toThrow(RangeError)
  }
})
