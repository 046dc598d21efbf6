/**
 * A seeded generator: the same seed gives the same workload on every machine.
 * Xorshift of 32 bits with a multiplied output; good enough to choose a
 * binding or a side, never to be used for secrets.
 */

const twoTo32 = 0x1_0000_0000

export class Random {
  #state: number

  /** @param seed any integer; equal seeds give equal sequences */
  constructor(seed: number) {
    // A multiplied seed, so that neighbouring seeds do not give neighbouring sequences; zero is the one dead state.
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6a09e667) >>> 0 || 1
  }

  /** An integer in [0, 2^32). */
  next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return Math.imul(this.#state, 0x2545f491) >>> 0
  }

  /** An integer in [0, bound), bound from 1 to 2^32. */
  below(bound: number): number {
    return Math.floor((this.next() / twoTo32) * bound)
  }
}
