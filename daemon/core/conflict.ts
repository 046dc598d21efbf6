/**
 * Which numbers a route key cannot have in a window, and why; and on which it
 * could take over from its own former self. It walks the chain of the key: O(k)
 * in the numbers that the party is on, whatever the pool's size.
 *
 *    former   |-- live --|------ cooldown ------|
 *    wanted                 |-- live --|-- cooldown --|      take-over: same tenant, same owner
 *    later                                        |-- live --|   our cooldown is cut there, same pair alone
 */
import type { Digits, Ordinal, TenantId } from './binding.js'
import type { PassedOver } from './commands.js'
import { limits } from './limits.js'
import type { CallerKey } from './modes.js'
import type { ReservationSlot } from './reservation-table.js'
import type { ShardState } from './state.js'

/** A key wanted for [startMs, freeAtMs), live until endMs. */
export interface WantedKey {
  readonly key: CallerKey
  readonly owner: Digits
  readonly tenant: TenantId
  readonly startMs: number
  readonly endMs: number
  readonly freeAtMs: number
  /** Cause to report where a live reservation is in the way. */
  readonly cause: 'in_use_by_a' | 'in_use_by_b'
  /** The binding that an update changes: it is not in its own way. */
  readonly exceptSeq: number | undefined
  /** Whether a reservation would be added; one that only changes needs no room. */
  readonly adds: boolean
}

export interface Obstacle {
  readonly cause: PassedOver
  /** From when the key is taken. */
  readonly fromMs: number
  /** When the key can be had at the earliest, going by what is acknowledged now. */
  readonly untilMs: number
}

const nothing: ReadonlyMap<Ordinal, never> = new Map<Ordinal, never>()

/** Obstacles and take-overs of one or several keys, by number. Most parties are on no number: then there is no map. */
export class Blockers {
  #byOrdinal: Map<Ordinal, Obstacle> | undefined
  #takeOvers: Map<Ordinal, number> | undefined

  get byOrdinal(): ReadonlyMap<Ordinal, Obstacle> {
    return this.#byOrdinal ?? nothing
  }

  /** Numbers on which at least one key would be taken over, and until when its former self owns it. */
  get takeOvers(): ReadonlyMap<Ordinal, number> {
    return this.#takeOvers ?? nothing
  }

  takeOver(ordinal: Ordinal, ownedUntilMs: number): void {
    this.#takeOvers ??= new Map()
    this.#takeOvers.set(ordinal, ownedUntilMs)
  }

  forgetTakeOvers(): void {
    this.#takeOvers = undefined
  }

  block(ordinal: Ordinal, obstacle: Obstacle): void {
    this.#byOrdinal ??= new Map()
    const known = this.#byOrdinal.get(ordinal)
    if (known === undefined) {
      this.#byOrdinal.set(ordinal, obstacle)
      return
    }
    const cause = rank[known.cause] <= rank[obstacle.cause] ? known.cause : obstacle.cause
    const fromMs = Math.min(known.fromMs, obstacle.fromMs)
    this.#byOrdinal.set(ordinal, { cause, fromMs, untilMs: Math.max(known.untilMs, obstacle.untilMs) })
  }

  blocks(ordinal: Ordinal): boolean {
    return this.#byOrdinal?.has(ordinal) === true
  }
}

/** A number is counted once, under the first cause that holds. */
const rank: Record<PassedOver, number> = {
  not_in_service: 0,
  other_area: 1,
  other_family: 2,
  at_capacity: 3,
  in_use_by_a: 4,
  in_use_by_b: 5,
  cooling: 6,
}

/**
 * Adds what stands in the way of `wanted` to `blockers`.
 * @param ordinal for keys that belong to one number (any, extension); undefined looks at all numbers of an exact key
 */
export function findBlockers(state: ShardState, wanted: WantedKey, ordinal: Ordinal, blockers: Blockers): void {
  const { keys, reservations } = state
  const key = keys.find(wanted.key, ordinal)
  if (key === 0) return
  const owner = keys.findParty(wanted.owner)
  let heldOnOrdinal = 0
  let lastOrdinal: Ordinal | undefined
  for (let slot = keys.head.get(key); slot !== 0; slot = reservations.nextOfKey.get(slot)) {
    const here = reservations.ordinal.get(slot)
    heldOnOrdinal = here === lastOrdinal ? heldOnOrdinal + 1 : 1
    lastOrdinal = here
    judge(state, wanted, owner, slot, blockers)
    if (wanted.adds && heldOnOrdinal >= limits.reservationsPerKey) {
      const fromMs = reservations.startMs(slot)
      blockers.block(here, { cause: 'cooling', fromMs, untilMs: reservations.ownsUntilMs(slot) })
    }
  }
}

function judge(state: ShardState, wanted: WantedKey, owner: number, slot: ReservationSlot, blockers: Blockers): void {
  const { reservations, bindings } = state
  const binding = reservations.binding.get(slot)
  const own = bindings.seq.get(binding) === wanted.exceptSeq
  if (own && !bindings.isRemnant(binding)) return
  const startMs = reservations.startMs(slot)
  const ownsUntilMs = reservations.ownsUntilMs(slot)
  if (startMs >= wanted.freeAtMs || ownsUntilMs <= wanted.startMs) return
  const endMs = bindings.endMs.get(binding)
  const same = bindings.tenant.get(binding) === wanted.tenant && reservations.owner.get(slot) === owner
  const ordinal = reservations.ordinal.get(slot)
  // A call in progress keeps a route even from its own pair (I11), but not a party from the binding it comes back to.
  const keptUntilMs = own ? endMs : bindings.heldUntilMs.get(binding)
  if (same && startMs <= wanted.startMs && keptUntilMs <= wanted.startMs) {
    blockers.takeOver(ordinal, ownsUntilMs)
    return
  }
  if (same && wanted.endMs <= startMs) return
  const cooling = endMs <= wanted.startMs
  const cause = cooling ? 'cooling' : wanted.cause
  blockers.block(ordinal, { cause, fromMs: startMs, untilMs: same ? Math.min(keptUntilMs, ownsUntilMs) : ownsUntilMs })
}
