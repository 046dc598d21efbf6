import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bounds } from './bounds.js'
import { Check } from './check.js'
import { readPageSize, readPageToken, writePageToken } from './page-token.js'
import { decodePosition, encodePosition } from './position.js'

const digits = /^[0-9]+:[0-9]+$/

function read(list: 'bindings' | 'numbers', token: string) {
  const check = new Check([])
  const parts = readPageToken(check, list, token, digits)
  return check.fault === undefined ? parts : `${check.fault.reason} ${check.fault.metadata['field']}`
}

describe('a page token', () => {
  test('comes back as it went', () => {
    expect(read('bindings', writePageToken('bindings', [3, 2 ** 48 - 1]))).toEqual(['3', String(2 ** 48 - 1)])
    expect(read('bindings', '')).toBeUndefined()
  })

  test.each([
    ['of another list', writePageToken('numbers', [1, 2])],
    ['of another shape', writePageToken('bindings', ['x', 2])],
    ['of another version', Buffer.from('2:bindings:1:2').toString('base64url')],
    ['of great length', 'A'.repeat(bounds.pageTokenBytes + 1)],
    ['of nobody', '!!'],
  ])('%s is refused', (_name, token) => {
    expect(read('bindings', token)).toBe('INVALID_PAGE_TOKEN page_token')
  })
})

test('a page size has a default and a range', () => {
  const sizes = [0, 1, bounds.pageSizeMax, -1, bounds.pageSizeMax + 1].map((size) => {
    const check = new Check([])
    const read = readPageSize(check, size)
    return check.fault?.reason ?? read
  })
  expect(sizes).toEqual([bounds.pageSizeDefault, 1, bounds.pageSizeMax, 'INVALID_PAGE_SIZE', 'INVALID_PAGE_SIZE'])
})

test('a position comes back as it went, and only on its daemon', () => {
  const place = fc.record({ shard: fc.integer({ min: 0, max: 63 }), seq: fc.integer({ min: 0, max: 2 ** 48 - 1 }) })
  fc.assert(
    fc.property(place, (one) => {
      expect(decodePosition(encodePosition(one), 64)).toEqual(one)
      expect(decodePosition(encodePosition(one), one.shard)).toBeUndefined()
    }),
  )
  expect(decodePosition(new Uint8Array(7), 64)).toBeUndefined()
})
