import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bindingIdBytes, formatBindingId, parseBindingId, writeBindingId } from './binding-id.js'

const shards = fc.nat({ max: 65_535 })
const seqs = fc.maxSafeNat().map((n) => n % 2 ** 48)

it('reads back what it wrote, and sorts by age within a shard', () => {
  fc.assert(
    fc.property(shards, seqs, seqs, (shard, seq, other) => {
      const id = formatBindingId({ shard, seq })
      expect(id).toHaveLength(13)
      expect(parseBindingId(id)).toEqual({ shard, seq })
      expect(id < formatBindingId({ shard, seq: other })).toBe(seq < other)
    }),
  )
  expect(formatBindingId({ shard: 65_535, seq: 2 ** 48 - 1 })).toBe('FZZZZZZZZZZZZ')
})

it('writes into bytes what it makes as text', () => {
  fc.assert(
    fc.property(shards, seqs, (shard, seq) => {
      const out = Buffer.alloc(bindingIdBytes + 2, '.')
      writeBindingId(shard, seq, out, 1)
      expect(out.toString('latin1')).toBe(`.${formatBindingId({ shard, seq })}.`)
    }),
  )
})

it('takes nothing that it did not write', () => {
  for (const text of ['', '0', '000000000000', '00000000000000', 'G000000000000', '000000000000I', '000000000000a']) {
    expect(parseBindingId(text)).toBeUndefined()
  }
})
