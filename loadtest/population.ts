/**
 * Who talks to whom: customers (A) each with one binding, and couriers (B)
 * with a few at once, so that one number cannot carry everybody. Numbers of
 * people are scattered over their range as real ones are, and a party is a
 * pure function of the seed and the binding's index.
 */

import { Random } from './random.js'

const peopleOfARange = 1_000_000_000
/** Coprime with the range, so that different indexes give different people; small enough for exact products. */
const scatter = 7_368_787

/** Bindings that a courier has at once. */
export const bindingsPerCourier = 4

export interface Parties {
  readonly a: string
  readonly b: string
}

/** @param index 0 to 999,999,999 */
export function partiesOf(index: number, seed: number): Parties {
  return {
    a: `13${person(index, seed)}`,
    b: `15${person(Math.floor(index / bindingsPerCourier), seed)}`,
  }
}

/** Pure, like partiesOf: who the parties of a binding are, by its index. */
export type PartiesOf = (index: number, seed: number) => Parties

/** Everybody has one binding: no party stands in the way of another, only the pool's size does. */
export const partiesOnce: PartiesOf = (index, seed) => ({
  a: `13${person(index, seed)}`,
  b: `15${person(index, seed)}`,
})

/** The most bindings that a courier has at once. */
export const heaviestCourier = 50
/** Exponent of the tail: most couriers have one or two orders, a few have dozens. */
const tail = 1.2
/** Couriers whose loads are drawn once and come again, block after block. */
const couriersPerBlock = 256

/** Couriers with a heavy tail of bindings: the next `load` indexes belong to one, then come those of the next. */
export function heavyTailed(seed: number): PartiesOf {
  const random = new Random(seed)
  const ends: number[] = []
  for (let courier = 0; courier < couriersPerBlock; courier += 1) {
    const load = Math.min(heaviestCourier, Math.floor(((random.next() + 1) / 0x1_0000_0000) ** (-1 / tail)))
    ends.push((ends.at(-1) ?? 0) + load)
  }
  const perBlock = ends.at(-1)!
  return (index) => {
    const within = index % perBlock
    const courier = Math.floor(index / perBlock) * couriersPerBlock + ends.findIndex((end) => within < end)
    return { a: `13${person(index, seed)}`, b: `15${person(courier, seed)}` }
  }
}

/** Somebody without any binding: another range than those of the parties. */
export function stranger(draw: number): string {
  return `17${String(draw % peopleOfARange).padStart(9, '0')}`
}

function person(index: number, seed: number): string {
  return String((index * scatter + (seed % 1_000) * 7_919) % peopleOfARange).padStart(9, '0')
}

/** Proxy numbers of a run: 15 digits, as in the 700 range; a run's digits keep it apart from the runs before. */
export function firstNumber(run: number, offset: number): string {
  return `79${String(run % 10_000_000).padStart(7, '0')}${String(offset).padStart(6, '0')}`
}

/** Numbers that firstNumber can tell apart within one run. */
export const numbersPerRun = 1_000_000
