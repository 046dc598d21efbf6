/**
 * Numbers that a view remembers, bounded: two generations, the elder of which is
 * dropped whole when the younger is full. What is asked for again moves to the
 * younger, so that busy numbers stay, and nothing is kept in order.
 *
 * A number is found by its digits wherever they stand, in a string or as ASCII in
 * a message, so that a question makes no string of it. Digits are packed into
 * three words, and each generation is an open-addressing table of those:
 *
 *   top     length * 100 + the digits before the last 18, 2 at most
 *   middle  the 9 digits before the last 9
 *   low     the last 9 digits
 */
import type { Digits } from '../core/binding.js'
import type { NumberRecord } from '../core/directory.js'

const wordDigits = 9
const zero = 0x30
const slotsAtFirst = 1_024
/** 2^32 over the golden ratio, and two odd constants beside it. */
const factors = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35] as const

export class NumberCache {
  readonly #half: number
  #young = new Generation()
  #old = new Generation()
  #top = 0
  #middle = 0
  #low = 0

  /** @param max numbers remembered at most */
  constructor(max: number) {
    this.#half = Math.max(1, max >>> 1)
  }

  get(digits: Digits): NumberRecord | undefined {
    const { length } = digits
    this.#begin(length)
    for (let i = 0; i < length; i += 1) this.#take(digits.charCodeAt(i) - zero, length - i)
    return this.#find()
  }

  /** The same of the canonical digits that stand in `text` as ASCII. */
  getAt(text: Uint8Array, from: number, to: number): NumberRecord | undefined {
    this.#begin(to - from)
    for (let i = from; i < to; i += 1) this.#take(text[i]! - zero, to - i)
    return this.#find()
  }

  set(digits: Digits, record: NumberRecord): void {
    const { length } = digits
    this.#begin(length)
    for (let i = 0; i < length; i += 1) this.#take(digits.charCodeAt(i) - zero, length - i)
    this.#keep(record)
  }

  clear(): void {
    this.#young = new Generation()
    this.#old = new Generation()
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  #begin(length: number): void {
    this.#top = length
    this.#middle = 0
    this.#low = 0
  }

  /** @param left digits from this one to the end */
  #take(digit: number, left: number): void {
    if (left > 2 * wordDigits) this.#top = this.#top * 10 + digit
    else if (left > wordDigits) this.#middle = this.#middle * 10 + digit
    else this.#low = this.#low * 10 + digit
  }

  #find(): NumberRecord | undefined {
    const young = this.#young.get(this.#top, this.#middle, this.#low)
    if (young !== undefined) return young
    const old = this.#old.get(this.#top, this.#middle, this.#low)
    if (old !== undefined) this.#keep(old)
    return old
  }

  #keep(record: NumberRecord): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Generation()
    }
    this.#young.set(this.#top, this.#middle, this.#low, record)
  }
}

/** An open-addressing table that only grows; half of its slots stay empty. */
class Generation {
  size = 0
  #records: (NumberRecord | undefined)[] = new Array(slotsAtFirst).fill(undefined)
  /** Three words a slot. */
  #words = new Int32Array(3 * slotsAtFirst)

  get(top: number, middle: number, low: number): NumberRecord | undefined {
    return this.#records[this.#slotOf(top, middle, low)]
  }

  set(top: number, middle: number, low: number, record: NumberRecord): void {
    let slot = this.#slotOf(top, middle, low)
    if (this.#records[slot] === undefined) {
      if (2 * (this.size + 1) > this.#records.length) {
        this.#grow()
        slot = this.#slotOf(top, middle, low)
      }
      this.size += 1
    }
    this.#place(slot, top, middle, low, record)
  }

  #place(slot: number, top: number, middle: number, low: number, record: NumberRecord): void {
    this.#records[slot] = record
    this.#words[3 * slot] = top
    this.#words[3 * slot + 1] = middle
    this.#words[3 * slot + 2] = low
  }

  /** Where the number is, or the empty slot where it belongs. */
  #slotOf(top: number, middle: number, low: number): number {
    const records = this.#records
    const words = this.#words
    const mask = records.length - 1
    let hash = Math.imul(low, factors[0]) ^ Math.imul(middle, factors[1]) ^ Math.imul(top, factors[2])
    hash ^= hash >>> 15
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = 3 * slot
      if (words[at + 2] === low && words[at + 1] === middle && words[at] === top) return slot
      if (records[slot] === undefined) return slot
    }
  }

  #grow(): void {
    const records = this.#records
    const words = this.#words
    this.#records = new Array(2 * records.length).fill(undefined)
    this.#words = new Int32Array(2 * words.length)
    for (const [slot, record] of records.entries()) {
      if (record === undefined) continue
      const [top, middle, low] = [words[3 * slot]!, words[3 * slot + 1]!, words[3 * slot + 2]!]
      this.#place(this.#slotOf(top, middle, low), top, middle, low, record)
    }
  }
}
