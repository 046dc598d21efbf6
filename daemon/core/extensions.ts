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
import type { ReservationSlot } from './reservation-table.js'
import type { ShardState } from './state.js'

/** Coprime with 10, near the golden section of 10^digits. */
const steps = [1, 7, 61, 617, 6_181, 61_803, 618_033, 6_180_339, 61_803_399] as const
/** Scatters the numbers' first extensions. */
const offsetStep = 7_919

// Positions and steps multiply without loss.
assert(steps[8] * 10 ** 8 < Number.MAX_SAFE_INTEGER)
assert(steps.length === limits.extensionDigitsMax + 1)

export function extensionCount(digits: number): number {
  return 10 ** digits
}

/** @param position 0 to 10^digits - 1 */
export function extensionAt(ordinal: Ordinal, position: number, digits: number): string {
  const count = extensionCount(digits)
  const value = ((ordinal * offsetStep) % count) + ((position * steps[digits]!) % count)
  return String(value % count).padStart(digits, '0')
}

/** The next extension of a number that nobody owns, and where its cycle goes on; the number must have one left. */
export function chooseExtension(
  { keys, numbers }: Pick<ShardState, 'keys' | 'numbers'>,
  ordinal: Ordinal,
  digits: number,
): { extension: string; nextExtension: number } {
  const count = extensionCount(digits)
  const first = numbers.nextExtension(ordinal) % count
  for (let passed = 0; passed < count; passed += 1) {
    const position = (first + passed) % count
    const extension = extensionAt(ordinal, position, digits)
    if (keys.find({ kind: 'EXTENSION', extension }, ordinal) === 0) {
      return { extension, nextExtension: (position + 1) % count }
    }
  }
  throw new RangeError(`number ${ordinal} has no extension left`)
}

/**
 * Counts an extension as owned with its first reservation, as free with its last:
 * call it after one was added, and before one is removed.
 */
export function countExtension(state: ShardState, slot: ReservationSlot, delta: 1 | -1): void {
  const { keys, numbers, reservations } = state
  const ordinal = reservations.ordinal.get(slot)
  const key = reservations.key.get(slot)
  if (numbers.family(ordinal) !== 'EXTENSION' || !keys.belongsToNumber(key)) return
  const alone = keys.head.get(key) === slot && reservations.nextOfKey.get(slot) === 0
  if (alone) numbers.countExtension(ordinal, delta)
}
