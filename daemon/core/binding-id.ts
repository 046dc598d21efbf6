/**
 * A binding's id as clients see it: 13 characters of Crockford's base 32 that
 * hold its shard (16 bits) and its sequence number there (48 bits), so that
 * any thread knows where to look, and ids of a shard sort by age.
 */
import type { Seq } from './binding.js'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const idPattern = /^[0-9A-HJKMNP-TV-Z]{13}$/
const seqBits = 48n
const seqMask = (1n << seqBits) - 1n
const shardsMax = 1 << 16

export interface BindingPlace {
  readonly shard: number
  readonly seq: Seq
}

/** 13 characters; the shard below 65,536, the seq below 2^48. */
export function formatBindingId(place: BindingPlace): string {
  let rest = (BigInt(place.shard) << seqBits) | BigInt(place.seq)
  let text = ''
  for (let i = 0; i < 13; i += 1) {
    text = alphabet[Number(rest & 31n)] + text
    rest >>= 5n
  }
  return text
}

/** undefined for anything that formatBindingId did not make. */
export function parseBindingId(text: string): BindingPlace | undefined {
  if (!idPattern.test(text)) return undefined
  let value = 0n
  for (const character of text) value = (value << 5n) | BigInt(alphabet.indexOf(character))
  const shard = Number(value >> seqBits)
  if (shard >= shardsMax) return undefined
  return { shard, seq: Number(value & seqMask) }
}
