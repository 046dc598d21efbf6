/** Until when each route key is owned, and by whom: for histories in which no two bindings meet on a key. */
import type { Binding, Ordinal } from '../../daemon/core/binding.js'
import type { CallerKey } from '../../daemon/core/modes.js'
import { type PlacedReservation, reservationsOf } from '../../daemon/core/reservation.js'

export class KeyOwners {
  /** By key, then by owner: a binding, or what remains of a party that it removed. */
  readonly #untilMs = new Map<string, Map<string, number>>()

  /** The binding owns the keys of its routes until its free_at, and no others. */
  keep(binding: Binding): void {
    const owner = String(binding.seq)
    for (const owners of this.#untilMs.values()) owners.delete(owner)
    for (const { route } of reservationsOf(binding)) {
      this.#owners(route.on.ordinal, route.key).set(owner, binding.freeAtMs)
    }
  }

  keepRemnant(seq: number, ordinal: Ordinal, key: CallerKey, freeAtMs: number): void {
    this.#owners(ordinal, key).set(`${seq} removed`, freeAtMs)
  }

  /** Until when others than this binding own any of its keys; 0: nobody does. */
  othersUntilMs({ seq }: Pick<Binding, 'seq'>, placed: readonly PlacedReservation[]): number {
    const moments = placed.flatMap(({ route }) =>
      [...this.#owners(route.on.ordinal, route.key)]
        .filter(([owner]) => owner !== String(seq))
        .map(([, untilMs]) => untilMs),
    )
    return Math.max(0, ...moments)
  }

  #owners(ordinal: Ordinal, key: CallerKey): Map<string, number> {
    const text = `${ordinal} ${JSON.stringify(key)}`
    const owners = this.#untilMs.get(text) ?? new Map<string, number>()
    this.#untilMs.set(text, owners)
    return owners
  }
}
