/**
 * Extensions that xpool chooses: each number goes round a fixed cycle of all
 * extensions of the pool's length, so that one never used comes first and then
 * the one given longest ago. The cycle strides, so that two given in a row are
 * no neighbours: a slip of one key reaches nobody.
 *
 *   position    0     1     2     3            step and offset are fixed for a number
 *   extension   0000  6181  2362  8543  ...    10^digits positions, each extension once
 */
import assert from 'node:assert'
import type { Ordinal } from './binding.js'
import { limits } from './limits.js'

/** Coprime with 10, near the golden section of 10^digits. */
const steps = [1, 7, 61, 617, 6_181, 61_803, 618_033, 6_180_339, 61_803_399] as const
/** Scatters the numbers' first extensions. */
const offsetStep = 7_919

// Positions and steps multiply without loss.
assert(steps[8] * 10 ** 8 < Number.MAX_SAFE_INTEGER)
assert(steps.length === limits.extensionDigitsMax + 1)

/** Extensions of so many digits. */
export function extensionCount(digits: number): number {
  return 10 ** digits
}

/** @param position 0 to 10^digits - 1 */
export function extensionAt(ordinal: Ordinal, position: number, digits: number): string {
  const count = extensionCount(digits)
  const value = ((ordinal * offsetStep) % count) + ((position * steps[digits]!) % count)
  return String(value % count).padStart(digits, '0')
}
