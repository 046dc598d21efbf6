/** What the client knows to be live: the ground truth that answers are checked against. */
import type { Random } from './random.js'

export interface LiveBinding {
  readonly id: string
  /** The proxy number. */
  readonly x: string
  readonly a: string
  readonly b: string
}

export class Ledger {
  readonly #live: LiveBinding[] = []

  get size(): number {
    return this.#live.length
  }

  add(binding: LiveBinding): void {
    this.#live.push(binding)
  }

  /** Any one of them, which stays; undefined when there is none. */
  pick(random: Random): LiveBinding | undefined {
    return this.#live[random.below(Math.max(1, this.#live.length))]
  }

  /** Any one of them, which leaves: the order of the others is not kept. */
  take(random: Random): LiveBinding | undefined {
    if (this.#live.length === 0) return undefined
    const at = random.below(this.#live.length)
    const taken = this.#live[at]!
    const last = this.#live.pop()!
    if (at < this.#live.length) this.#live[at] = last
    return taken
  }
}
