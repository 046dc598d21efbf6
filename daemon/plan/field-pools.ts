/**
 * How others allocate, for comparison. Both keep the same cooldown as the pool
 * they stand beside, though hardly any vendor has one; they hold a number from
 * the asking on, know no capacity and no taking over.
 */
import type { LendingPool } from './lending-pool.js'
import { freeTimes } from './occupation.js'
import { Random } from './random.js'
import { inOrderOf, type Trace } from './trace.js'

const drawSeed = 20_260_302

/** What both have in common: who is freed when, and how many bookings each number carries. */
abstract class FieldPool implements LendingPool {
  readonly #lent: Int32Array
  readonly #carried: Uint32Array
  readonly #freeMs: Float64Array
  readonly #freeing: Uint32Array
  #freed = 0
  #inUse = 0

  constructor(
    readonly numbers: number,
    protected readonly trace: Trace,
    cooldownMs: number,
  ) {
    this.#lent = new Int32Array(trace.bookings).fill(-1)
    this.#carried = new Uint32Array(numbers)
    this.#freeMs = freeTimes(trace, cooldownMs)
    this.#freeing = inOrderOf(this.#freeMs)
  }

  pass(nowMs: number): void {
    for (; this.#freed < this.#freeing.length; this.#freed += 1) {
      const booking = this.#freeing[this.#freed]!
      if (this.#freeMs[booking]! > nowMs) return
      const number = this.#lent[booking]!
      if (number < 0) continue
      this.#carried[number]! -= 1
      if (this.#carried[number] === 0) this.#inUse -= 1
      this.free(booking, number)
    }
  }

  lend(booking: number): number | undefined {
    const number = this.draw(booking)
    if (number === undefined) return undefined
    this.#lent[booking] = number
    if (this.#carried[number] === 0) this.#inUse += 1
    this.#carried[number]! += 1
    this.take(booking, number)
    return number
  }

  inUse(): number {
    return this.#inUse
  }

  protected abstract draw(booking: number): number | undefined
  protected abstract take(booking: number, number: number): void
  protected abstract free(booking: number, number: number): void
}

/**
 * As Twilio's Proxy has it: any number that neither participant is on already, drawn at random
 * (https://www.twilio.com/docs/proxy/phone-numbers-needed).
 */
export class PerParticipantPool extends FieldPool {
  readonly #numbersOf = new Map<number, number[]>()
  readonly #random = new Random(drawSeed)

  protected draw(booking: number): number | undefined {
    const taken = new Set([...this.#of(this.trace.a[booking]!), ...this.#of(this.trace.b[booking]!)])
    if (taken.size >= this.numbers) return undefined
    // While half is free, a few draws find one; else the free ones are counted through.
    while (taken.size * 2 < this.numbers) {
      const drawn = this.#random.below(this.numbers)
      if (!taken.has(drawn)) return drawn
    }
    let left = this.#random.below(this.numbers - taken.size)
    for (let number = 0; ; number += 1) {
      if (taken.has(number)) continue
      if (left === 0) return number
      left -= 1
    }
  }

  protected take(booking: number, number: number): void {
    for (const party of [this.trace.a[booking]!, this.trace.b[booking]!]) {
      const numbers = this.#numbersOf.get(party)
      if (numbers === undefined) this.#numbersOf.set(party, [number])
      else numbers.push(number)
    }
  }

  protected free(booking: number, number: number): void {
    for (const party of [this.trace.a[booking]!, this.trace.b[booking]!]) {
      const numbers = this.#numbersOf.get(party)!
      if (numbers.length === 1) this.#numbersOf.delete(party)
      else numbers.splice(numbers.indexOf(number), 1)
    }
  }

  #of(party: number): readonly number[] {
    return this.#numbersOf.get(party) ?? []
  }
}

/** One number for each pair, shared with nobody until it has cooled. */
export class ExclusivePool extends FieldPool {
  readonly #free: number[] = Array.from({ length: this.numbers }, (_, i) => this.numbers - 1 - i)

  protected draw(): number | undefined {
    return this.#free.at(-1)
  }

  protected take(): void {
    this.#free.pop()
  }

  protected free(_booking: number, number: number): void {
    this.#free.push(number)
  }
}
