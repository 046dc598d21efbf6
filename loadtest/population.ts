/**
 * Who talks to whom: customers (A) each with one binding, and couriers (B)
 * with a few at once, so that one number cannot carry everybody. Numbers of
 * people are scattered over their range as real ones are, and a party is a
 * pure function of the seed and the binding's index.
 */

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

function person(index: number, seed: number): string {
  return String((index * scatter + (seed % 1_000) * 7_919) % peopleOfARange).padStart(9, '0')
}

/** Proxy numbers of a run: 15 digits, as in the 700 range; a run's digits keep it apart from the runs before. */
export function firstNumber(run: number, offset: number): string {
  return `79${String(run % 10_000_000).padStart(7, '0')}${String(offset).padStart(6, '0')}`
}

/** Numbers that firstNumber can tell apart within one run. */
export const numbersPerRun = 1_000_000
