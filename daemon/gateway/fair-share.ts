/**
 * How the connections of one daemon lie over its gateways. The kernel gives a
 * new connection to a gateway by a hash, so that a few long-lived ones come out
 * uneven; here each gateway tells the others how many it has, and learns whether
 * it has more than its share.
 *
 *   shared memory, two uint32 for each gateway:   connections | second of the last word (0: none)
 */
import assert from 'node:assert'

const bytesPerGateway = 8
/** A gateway that has said nothing for so long takes no part: it may be hanging, and nothing is moved for its sake. */
const silentAfterSeconds = 3

/** The memory that all gateways of a process are given. */
export function shareMemory(gateways: number): SharedArrayBuffer {
  return new SharedArrayBuffer(gateways * bytesPerGateway)
}

/** One gateway's place in that memory. */
export interface SharePlace {
  readonly memory: SharedArrayBuffer
  /** From 0. */
  readonly index: number
}

/** What one gateway tells the others and learns of them. */
export class FairShare {
  readonly #cells: Uint32Array
  readonly #index: number

  constructor({ memory, index }: SharePlace) {
    this.#cells = new Uint32Array(memory)
    this.#index = index
    assert(index >= 0 && 2 * index < this.#cells.length)
    this.leave()
  }

  /** Takes connections no more, or not yet. */
  leave(): void {
    Atomics.store(this.#cells, 2 * this.#index + 1, 0)
  }

  /** @param connections those that this gateway keeps, new ones included */
  tell(connections: number, nowMs: number): void {
    Atomics.store(this.#cells, 2 * this.#index, connections)
    Atomics.store(this.#cells, 2 * this.#index + 1, Math.floor(nowMs / 1_000))
  }

  /** Whether another gateway has so many fewer connections that one of `connections` would be better off there. */
  isAbove(connections: number, nowMs: number): boolean {
    const since = Math.floor(nowMs / 1_000) - silentAfterSeconds
    for (let index = 0; 2 * index < this.#cells.length; index += 1) {
      if (index === this.#index || Atomics.load(this.#cells, 2 * index + 1) < Math.max(1, since)) continue
      if (Atomics.load(this.#cells, 2 * index) + 1 < connections) return true
    }
    return false
  }
}
