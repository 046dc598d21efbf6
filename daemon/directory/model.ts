/**
 * What the writer keeps in memory of the directory: everything but the rows of
 * numbers. Changed by events alone, and loaded again from the rows after a
 * commit that failed.
 */
import type { Digits, PoolId, TenantId } from '../core/binding.js'
import type { NumberRule } from '../core/canonical-number.js'
import type { Ban, Pool, Tenant } from '../core/directory.js'
import { banKeysIn } from '../store/directory-ban-row.js'
import type { AreaId, DirectoryEvent, Part, PartId } from '../store/directory-event.js'
import { numbersIn } from '../store/directory-number-key.js'
import type { DirectoryState, HeldNumber, ShardLoad } from './state.js'

/** The directory's rows as the model is loaded from them. */
export interface ModelRows {
  tenants(): Iterable<Tenant>
  pools(): Iterable<Pool>
  areas(): Iterable<{ readonly pool: PoolId; readonly id: AreaId; readonly text: string }>
  parts(): Iterable<Part>
  nextPart(): PartId
  /** Ordinals given and numbers held. */
  shardCounts(shard: number): Omit<ShardLoad, 'pools'>
  /** Rows of bans, in force or not. */
  banCount(): number
}

/** Looks up what is not kept in memory, among the rows and what is decided but not yet written. */
export type Lookup = Pick<DirectoryState, 'number' | 'ban'>

type Counts = { -readonly [K in keyof ShardLoad]: ShardLoad[K] }

export class DirectoryModel implements DirectoryState {
  readonly shards: number
  readonly rules: readonly NumberRule[]
  readonly #lookup: Lookup
  #tenants = new Map<TenantId, Tenant>()
  #tenantsByName = new Map<string, Tenant>()
  #pools = new Map<PoolId, Pool>()
  #poolsByName = new Map<string, Pool>()
  #fallbacks = new Map<Digits, string>()
  #areas = new Map<PoolId, Map<string, AreaId>>()
  #parts = new Map<PartId, Part>()
  #nextPart: PartId = 1
  #loads: Counts[] = []
  #banCount = 0

  constructor(shards: number, rules: readonly NumberRule[], lookup: Lookup) {
    this.shards = shards
    this.rules = rules
    this.#lookup = lookup
  }

  /** Forgets everything and takes it from the rows. */
  reload(rows: ModelRows): void {
    this.#tenants = new Map()
    this.#tenantsByName = new Map()
    this.#pools = new Map()
    this.#poolsByName = new Map()
    this.#fallbacks = new Map()
    this.#areas = new Map()
    this.#loads = Array.from({ length: this.shards }, (_, shard) => ({ ...rows.shardCounts(shard), pools: 0 }))
    for (const tenant of rows.tenants()) this.#keepTenant(tenant)
    for (const pool of rows.pools()) this.#keepPool(pool)
    for (const { pool, id, text } of rows.areas()) this.#keepArea(pool, id, text)
    this.#parts = new Map(Array.from(rows.parts(), (part) => [part.id, part]))
    this.#nextPart = rows.nextPart()
    this.#banCount = rows.banCount()
  }

  apply(event: DirectoryEvent): void {
    switch (event.type) {
      case 'tenant':
        this.#keepTenant(event.tenant)
        break
      case 'pool':
        this.#keepPool(event.pool)
        break
      case 'area':
        this.#keepArea(event.pool, event.id, event.text)
        break
      case 'part-begun':
        this.#parts.set(event.part.id, event.part)
        this.#nextPart = event.part.id + 1
        break
      case 'numbers':
        this.#countNumbers(event.shard, event.first, numbersIn(event.keys))
        break
      case 'part-filled':
        this.#changePart(event.part, { phase: 'FILLED', atMs: event.atMs })
        break
      case 'parts-dropping':
        for (const id of event.parts) this.#changePart(id, { phase: 'DROPPING' })
        break
      case 'numbers-removed':
        this.#counts(event.shard).numbers -= event.count
        break
      case 'parts-live':
      case 'parts-dropped':
        for (const id of event.parts) this.#parts.delete(id)
        break
      case 'number-states':
        break
      case 'numbers-gone':
        this.#counts(event.shard).numbers -= event.ordinals.length
        break
      case 'ban':
        if (!event.replaces) this.#banCount += 1
        break
      case 'bans-dropped':
        this.#banCount -= banKeysIn(event.keys).length
        break
    }
  }

  tenant(id: TenantId): Tenant | undefined {
    return this.#tenants.get(id)
  }

  tenantByName(name: string): Tenant | undefined {
    return this.#tenantsByName.get(name)
  }

  get tenantCount(): number {
    return this.#tenants.size
  }

  pool(id: PoolId): Pool | undefined {
    return this.#pools.get(id)
  }

  poolByName(name: string): Pool | undefined {
    return this.#poolsByName.get(name)
  }

  get poolCount(): number {
    return this.#pools.size
  }

  fallbackNumbers(): Iterable<readonly [Digits, string]> {
    return this.#fallbacks
  }

  load(shard: number): ShardLoad {
    return this.#counts(shard)
  }

  areaId(pool: PoolId, text: string): AreaId | undefined {
    return this.#areas.get(pool)?.get(text)
  }

  areaCount(pool: PoolId): number {
    return this.#areas.get(pool)?.size ?? 0
  }

  part(id: PartId): Part | undefined {
    return this.#parts.get(id)
  }

  parts(): Iterable<Part> {
    return this.#parts.values()
  }

  partsOf(importName: string): readonly Part[] {
    if (importName === '') return []
    return [...this.#parts.values()].filter((part) => part.importName === importName && part.phase === 'FILLED')
  }

  get partCount(): number {
    return this.#parts.size
  }

  get nextPart(): PartId {
    return this.#nextPart
  }

  number(digits: Digits): HeldNumber | undefined {
    return this.#lookup.number(digits)
  }

  ban(key: Uint8Array): Ban | undefined {
    return this.#lookup.ban(key)
  }

  get banCount(): number {
    return this.#banCount
  }

  #keepTenant(tenant: Tenant): void {
    this.#tenants.set(tenant.id, tenant)
    this.#tenantsByName.set(tenant.name, tenant)
  }

  #keepPool(pool: Pool): void {
    const before = this.#pools.get(pool.id)
    if (before === undefined) this.#counts(pool.shard).pools += 1
    this.#pools.set(pool.id, pool)
    this.#poolsByName.set(pool.name, pool)
    if (pool.fallbackNumber !== '') this.#fallbacks.set(pool.fallbackNumber, pool.name)
    if (before === undefined || before.fallbackNumber === pool.fallbackNumber) return
    // Another pool may have the number that this one gave up.
    this.#fallbacks = new Map()
    for (const { fallbackNumber, name } of this.#pools.values()) {
      if (fallbackNumber !== '') this.#fallbacks.set(fallbackNumber, name)
    }
  }

  #keepArea(pool: PoolId, id: AreaId, text: string): void {
    const areas = this.#areas.get(pool)
    if (areas === undefined) this.#areas.set(pool, new Map([[text, id]]))
    else areas.set(text, id)
  }

  #countNumbers(shard: number, first: number, count: number): void {
    const counts = this.#counts(shard)
    counts.next = Math.max(counts.next, first + count)
    counts.numbers += count
  }

  #changePart(id: PartId, change: Partial<Part>): void {
    const part = this.#parts.get(id)
    if (part !== undefined) this.#parts.set(id, { ...part, ...change })
  }

  #counts(shard: number): Counts {
    const counts = this.#loads[shard]
    if (counts === undefined) throw new RangeError(`shard ${shard} of ${this.shards}`)
    return counts
  }
}
