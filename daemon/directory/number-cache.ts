/**
 * Numbers that a view remembers, bounded: two generations, the elder of which is
 * dropped whole when the younger is full. What is asked for again moves to the
 * younger, so that busy numbers stay, and nothing is kept in order.
 */
import type { Digits } from '../core/binding.js'
import type { NumberRecord } from '../core/directory.js'

export class NumberCache {
  readonly #half: number
  #young = new Map<Digits, NumberRecord>()
  #old = new Map<Digits, NumberRecord>()

  /** @param max numbers remembered at most */
  constructor(max: number) {
    this.#half = Math.max(1, max >>> 1)
  }

  get(digits: Digits): NumberRecord | undefined {
    const young = this.#young.get(digits)
    if (young !== undefined) return young
    const old = this.#old.get(digits)
    if (old !== undefined) this.set(digits, old)
    return old
  }

  set(digits: Digits, record: NumberRecord): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(digits, record)
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }
}
