/** Extensions of a shard's numbers: the next to be given of each (extension-cycle.ts), and how many are owned. */
import type { Ordinal } from './binding.js'
import { extensionAt, extensionCount } from './extension-cycle.js'
import type { ReservationSlot } from './reservation-table.js'
import type { ShardState } from './state.js'

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
