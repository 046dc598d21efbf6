/**
 * One side of a choice: which numbers are out of the question for its keys. What
 * stands in the way of an exact key is known for all numbers at once, from the
 * key's chain; extension and any keys are looked up number by number.
 */
import type { NumberRef, Ordinal } from './binding.js'
import { Blockers, findBlockers, type WantedKey } from './conflict.js'
import type { ShardState } from './state.js'

export interface SideSearch {
  readonly blockers: Blockers
  /** A specific number asked for. */
  readonly wanted: NumberRef | undefined
  /** Keys that belong to one number. */
  readonly perNumber: readonly WantedKey[]
  /** Numbers whose own keys were looked up. */
  looked: Set<Ordinal> | undefined
}

export function searchFor(state: ShardState, keys: readonly WantedKey[], wanted: NumberRef | undefined): SideSearch {
  const blockers = new Blockers()
  for (const key of keys) if (key.key.kind === 'EXACT') findBlockers(state, key, 0, blockers)
  const perNumber = keys.filter(({ key }) => key.kind !== 'EXACT')
  return { blockers, wanted, perNumber, looked: undefined }
}

/** Whether a key of the side cannot be had on the number. */
export function isBlocked(state: ShardState, side: SideSearch, ordinal: Ordinal): boolean {
  if (side.perNumber.length > 0 && side.looked?.has(ordinal) !== true) {
    side.looked ??= new Set()
    side.looked.add(ordinal)
    for (const key of side.perNumber) findBlockers(state, key, ordinal, side.blockers)
  }
  return side.blockers.blocks(ordinal)
}

/** The numbers on which an exact key of the wish has any reservation. */
export function numbersOfKeys({ keys, reservations }: ShardState, wanted: readonly WantedKey[]): Ordinal[] {
  const ordinals = new Set<Ordinal>()
  for (const { key } of wanted) {
    const index = key.kind === 'EXACT' ? keys.find(key, 0) : 0
    for (let slot = index === 0 ? 0 : keys.head.get(index); slot !== 0; slot = reservations.nextOfKey.get(slot)) {
      ordinals.add(reservations.ordinal.get(slot))
    }
  }
  return [...ordinals]
}
