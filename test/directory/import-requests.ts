/** The requests of the crash test: what process and test agree on. */
import { addNumbers } from './decision-fixture.js'
import { numbersFrom } from './writer-fixture.js'

/** More than one commit holds. */
export const requestNumbers = 12_000

/** Even ones stand alone, odd ones are parts of one import; no two share a number. */
export function requestAt(index: number) {
  const numbers = numbersFrom(100_000_000 + index * requestNumbers, requestNumbers)
  return addNumbers('p', { numbers, importName: index % 2 === 0 ? '' : 'long' })
}
