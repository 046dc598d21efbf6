/** What an Allocate wants of the numbers of a pool. */
import type { Mode, NumberRef, Selection, TenantId } from './binding.js'
import type { Blockers, WantedKey } from './conflict.js'
import type { PoolState } from './pool-state.js'

export interface Wish {
  readonly tenant: TenantId
  readonly pool: PoolState
  readonly mode: Mode
  readonly selection: Selection
  readonly areas: readonly string[]
  readonly areaStrict: boolean
  readonly draw: number
  /** The keys that X, and in AXYB Y, must have free. */
  readonly onX: readonly WantedKey[]
  readonly onY: readonly WantedKey[]
  readonly x: NumberRef | undefined
  readonly y: NumberRef | undefined
  /** Numbers that the tenant may newly hold. */
  readonly mayHold: number
}

/** One side of the choice: which numbers are out of the question for its keys. */
export interface SideSearch {
  readonly blockers: Blockers
  readonly wanted: NumberRef | undefined
}
