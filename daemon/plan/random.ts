/** Random draws that a seed repeats exactly: 32 bits of state, mixed by multiplication and shifts (splitmix). */
export class Random {
  #state: number

  /** @param seed a whole number; its lower 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }

  /** 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  /** In [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  /** Heavy-tailed, 1 and up: P(x > t) = t ^ -shape, cut at `most`. */
  pareto(shape: number, most: number): number {
    return Math.min(most, (1 - this.next()) ** (-1 / shape))
  }

  /** Around `median`, never negative; spread 0.5 puts two thirds within a factor of 1.65. */
  logNormal(median: number, spread: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    return median * Math.exp(spread * radius * Math.cos(2 * Math.PI * this.next()))
  }

  /** In place. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1)
      const kept = items[i]!
      items[i] = items[j]!
      items[j] = kept
    }
    return items
  }
}

/** Draws of an index, each as often as its weight says. */
export class Weighted {
  readonly #upTo: Float64Array

  constructor(weights: readonly number[]) {
    this.#upTo = new Float64Array(weights.length)
    let sum = 0
    for (const [i, weight] of weights.entries()) {
      sum += weight
      this.#upTo[i] = sum
    }
  }

  draw(random: Random): number {
    const wanted = random.next() * (this.#upTo.at(-1) ?? 0)
    let low = 0
    let high = this.#upTo.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#upTo[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}
