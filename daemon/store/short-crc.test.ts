import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crcOn, crcStart } from './short-crc.js'

test('it is the CRC-32 of zlib, whole or in two parts', () => {
  const parts = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }))
  fc.assert(
    fc.property(parts, ([first, second]) => {
      const register = crcOn(crcOn(crcStart, first, first.length), second, second.length)
      expect(~register >>> 0).toBe(crc32(second, crc32(first)))
    }),
  )
})

test('bytes behind the length do not count', () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => i)
  expect(~crcOn(crcStart, bytes, 19) >>> 0).toBe(crc32(bytes.subarray(0, 19)))
})
