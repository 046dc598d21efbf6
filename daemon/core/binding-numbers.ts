/** The numbers that a binding's reservations are on: one, or two in AXYB; told without a list. */
import type { Ordinal } from './binding.js'
import type { BindingSlot } from './binding-table.js'
import type { ShardState } from './state.js'

export const noNumber: Ordinal = -1

/** That of its first reservation; none where later bindings have taken all. */
export function firstNumber({ bindings, reservations }: ShardState, slot: BindingSlot): Ordinal {
  const first = bindings.head.get(slot)
  return first === 0 ? noNumber : reservations.ordinal.get(first)
}

/** Another than this one, where there is one. */
export function otherNumber({ bindings, reservations }: ShardState, slot: BindingSlot, than: Ordinal): Ordinal {
  for (let at = bindings.head.get(slot); at !== 0; at = reservations.nextOfBinding.get(at)) {
    const ordinal = reservations.ordinal.get(at)
    if (ordinal !== than) return ordinal
  }
  return noNumber
}

/** Call after anything has changed on one or both. */
export function fileNumbers({ numbers }: ShardState, x: Ordinal, y: Ordinal): void {
  if (x !== noNumber) numbers.file(x)
  if (y !== noNumber) numbers.file(y)
}
