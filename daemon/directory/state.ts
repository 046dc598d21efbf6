/** What a decision of the directory may look at; the writer's model (model.ts) is the one in use. */
import type { Digits, Ordinal, PoolId, TenantId } from '../core/binding.js'
import type { NumberRule } from '../core/canonical-number.js'
import type { Ban, NumberRecord, Pool, Tenant } from '../core/directory.js'
import type { AreaId, Part, PartId } from '../store/directory-event.js'

export interface ShardLoad {
  /** The ordinal that the next number gets. */
  readonly next: Ordinal
  /** Numbers held, those of open imports included. */
  readonly numbers: number
  readonly pools: number
}

/** What the writer needs to know of a number; its area is nobody's concern here. */
export type HeldNumber = Omit<NumberRecord, 'area'>

export interface DirectoryState {
  readonly shards: number
  readonly rules: readonly NumberRule[]
  tenant(id: TenantId): Tenant | undefined
  tenantByName(name: string): Tenant | undefined
  readonly tenantCount: number
  pool(id: PoolId): Pool | undefined
  poolByName(name: string): Pool | undefined
  readonly poolCount: number
  /** Fallback numbers of all pools, with the name of one pool that has it. */
  fallbackNumbers(): Iterable<readonly [Digits, string]>
  load(shard: number): ShardLoad
  areaId(pool: PoolId, text: string): AreaId | undefined
  areaCount(pool: PoolId): number
  part(id: PartId): Part | undefined
  /** The whole parts of an import that is not live, in order; none for the empty name. */
  partsOf(importName: string): readonly Part[]
  readonly partCount: number
  readonly nextPart: PartId
  /** Whoever holds the number, open imports included. */
  number(digits: Digits): HeldNumber | undefined
  /** In force or not; its key as directory-ban-row.ts makes it. */
  ban(key: Uint8Array): Ban | undefined
  readonly banCount: number
}

/** Whether anybody but the writer may see a number. */
export function isLive(record: HeldNumber, state: Pick<DirectoryState, 'part'>): boolean {
  return record.importId === 0 || state.part(record.importId) === undefined
}
