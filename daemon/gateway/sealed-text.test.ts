import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { open, seal, sealKeyBytes } from './sealed-text.js'

const key = randomBytes(sealKeyBytes)

test('whoever has the key opens what another sealed, and the seal shows nothing of it', () => {
  const sealed = seal('13800000001', key)
  expect(open(sealed, new Uint8Array(key))).toBe('13800000001')
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('138')
  expect(seal('13800000001', key)).not.toBe(sealed)
  expect(open(seal('', key), key)).toBe('')
})

test.each<[string, (sealed: Buffer) => Buffer]>([
  ['cut short', (sealed) => sealed.subarray(0, 20)],
  ['shorter by a byte', (sealed) => sealed.subarray(0, -1)],
  ['with another nonce', (sealed) => Buffer.concat([randomBytes(12), sealed.subarray(12)])],
  ['with another text', (sealed) => Buffer.concat([sealed.subarray(0, -1), Buffer.from([sealed.at(-1)! ^ 1])])],
  ['empty', () => Buffer.alloc(0)],
])('what came back %s is opened by nobody', (_name, alter) => {
  const sealed = Buffer.from(seal('token', key), 'base64url')
  expect(open(alter(sealed).toString('base64url'), key)).toBeUndefined()
})

test('another run of the process does not open it', () => {
  expect(open(seal('token', key), randomBytes(sealKeyBytes))).toBeUndefined()
})
