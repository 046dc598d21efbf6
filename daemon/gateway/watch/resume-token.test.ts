import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cursor } from './cursor.js'
import { readResumeToken, writeResumeToken } from './resume-token.js'

const places = fc.array(fc.record({ page: fc.nat({ max: 2 ** 48 - 1 }), item: fc.nat({ max: 2 ** 32 - 1 }) }), {
  minLength: 1,
  maxLength: 65,
})

test('a token says what its cursor says', () => {
  fc.assert(
    fc.property(places, (some) => {
      expect(readResumeToken(writeResumeToken(new Cursor(some)), some.length)?.places).toEqual(some)
    }),
  )
})

test('shards that the token does not know begin at their first page', () => {
  const token = writeResumeToken(Cursor.atPages([3, 5]))
  expect(readResumeToken(token, 4)?.places).toEqual(Cursor.atPages([3, 5, 0, 0]).places)
})

test('a token of more shards than there are is none of this daemon', () => {
  expect(readResumeToken(writeResumeToken(Cursor.atPages([3, 5, 7])), 2)).toBeUndefined()
})

test('a token with any character changed, added or dropped is refused', () => {
  const token = writeResumeToken(Cursor.atPages([12, 345_678]))
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let i = 0; i < token.length; i += 1) {
    const other = alphabet[(alphabet.indexOf(token[i]!) + 1) % alphabet.length]!
    expect(readResumeToken(token.slice(0, i) + other + token.slice(i + 1), 2)).toBeUndefined()
    expect(readResumeToken(token.slice(0, i), 2)).toBeUndefined()
  }
  expect(readResumeToken(`${token}=`, 2)).toBeUndefined()
  expect(readResumeToken('A'.repeat(100_000), 2)).toBeUndefined()
})
