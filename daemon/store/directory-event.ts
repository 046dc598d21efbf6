/**
 * What happened to the directory: the only things that change its rows and what
 * its writer keeps in memory. Each holds all that both need, so that replaying
 * the journal rebuilds them.
 *
 * Numbers that do not fit one page arrive as a part, which nobody sees before
 * the page that makes it live:
 *
 *   part-begun -> numbers ... -> part-filled -> parts-live
 *        \            \              \
 *         `------------`--------------`--> parts-dropping -> numbers-removed ... -> parts-dropped
 */
import type { Ordinal, PoolId } from '../core/binding.js'
import type { Ban, NumberState, Pool, Tenant } from '../core/directory.js'

/** Dense ids that the directory gives, for ever; 0 is no part. */
export type PartId = number
/** Dense within a pool, from 1; 0 is no area. */
export type AreaId = number

/** FILLING: its numbers are being written. FILLED: whole, waits for its import's last part. DROPPING: on its way out. */
export type PartPhase = 'FILLING' | 'FILLED' | 'DROPPING'

/** A part of an import that is not live yet, or a large request that stands alone (importName empty). */
export interface Part {
  readonly id: PartId
  readonly importName: string
  readonly shard: number
  /** Its numbers have the ordinals from first on. */
  readonly first: Ordinal
  readonly count: number
  /** When its last page was written, unix ms. */
  readonly atMs: number
  readonly phase: PartPhase
}

/** Numbers of one shard with consecutive ordinals. */
export interface OrdinalRange {
  readonly shard: number
  readonly first: Ordinal
  readonly count: number
}

export type DirectoryEvent =
  | { readonly type: 'tenant'; readonly tenant: Tenant }
  | { readonly type: 'pool'; readonly pool: Pool }
  | { readonly type: 'area'; readonly pool: PoolId; readonly id: AreaId; readonly text: string }
  | { readonly type: 'part-begun'; readonly part: Part }
  /** At most `numbersPerPage` numbers, in service; part 0: live at once. */
  | {
      readonly type: 'numbers'
      readonly part: PartId
      readonly pool: PoolId
      readonly area: AreaId
      readonly shard: number
      readonly first: Ordinal
      /** Packed as directory-number-key.ts says, ascending. */
      readonly keys: Uint8Array
    }
  | { readonly type: 'part-filled'; readonly part: PartId; readonly atMs: number }
  /** The numbers of these parts can be seen from here on. */
  | { readonly type: 'parts-live'; readonly parts: readonly PartId[]; readonly ranges: readonly OrdinalRange[] }
  | { readonly type: 'parts-dropping'; readonly parts: readonly PartId[] }
  /** The numbers of one `numbers` event are gone. */
  | ({ readonly type: 'numbers-removed' } & OrdinalRange)
  | { readonly type: 'parts-dropped'; readonly parts: readonly PartId[] }
  /** Numbers of one shard that go to the same state. */
  | {
      readonly type: 'number-states'
      readonly shard: number
      readonly state: NumberState
      readonly stateBefore: NumberState
      readonly keys: Uint8Array
      /** As many as keys. */
      readonly ordinals: Uint32Array
    }
  /** Numbers of one shard left their pool for good; none carried a route. */
  | {
      readonly type: 'numbers-gone'
      readonly shard: number
      /** Whose they were. */
      readonly pool: PoolId
      readonly reason: string
      readonly keys: Uint8Array
      /** As many as keys; never given again. */
      readonly ordinals: Uint32Array
    }
  /** A caller is banned; `replaces` when a row of the same caller, callee and tenant is there. */
  | { readonly type: 'ban'; readonly ban: Ban; readonly replaces: boolean }
  /** Bans that were lifted or had run out; at most `bansPerPage`, keys as directory-ban-row.ts packs them. */
  | { readonly type: 'bans-dropped'; readonly keys: Uint8Array }
