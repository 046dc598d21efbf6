/**
 * A thread's view of the directory. Tenants, pools and busy numbers are
 * remembered until the shared version says that such a thing changed; what is
 * not remembered is one get from LMDB.
 */
import type { Digits, PoolId, TenantId } from '../core/binding.js'
import type { Ban, NumberRecord, Pool, Tenant } from '../core/directory.js'
import { banKeyBytes, isInForce } from '../store/directory-ban-row.js'
import type { BanRows } from '../store/directory-ban-rows.js'
import type { PartId } from '../store/directory-event.js'
import type { NumberRow } from '../store/directory-number-row.js'
import type { DirectoryRows } from '../store/directory-rows.js'
import type { NameKind } from '../store/directory-tables.js'
import type { Environment } from '../store/environment.js'
import { directoryLimits } from './limits.js'
import { NumberCache } from './number-cache.js'
import type { SharedVersion } from './shared-version.js'
import type { DirectoryView } from './view.js'

/** Parts that nobody may see, as of one snapshot. */
interface OpenParts {
  readonly ids: ReadonlySet<PartId>
  /** Parts from this one on began after the snapshot: they are looked up. */
  readonly unknownFrom: PartId
}

export interface ViewedRows {
  readonly rows: DirectoryRows
  readonly bans: BanRows
}

export class LmdbDirectoryView implements DirectoryView {
  readonly #environment: Environment
  readonly #rows: DirectoryRows
  readonly #bans: BanRows
  readonly #shared: SharedVersion
  readonly #numbers = new NumberCache(directoryLimits.numbersCached)
  readonly #areas = new Map<number, string>()
  readonly #tenants = new Map<TenantId, Tenant>()
  readonly #pools = new Map<PoolId, Pool>()
  readonly #ids = { tenant: new Map<string, number>(), pool: new Map<string, number>() }
  #openParts: OpenParts | undefined
  #version: number
  #entitiesVersion: number
  #numbersVersion: number

  /** @param environment the directory's, opened in this thread */
  constructor(environment: Environment, rows: ViewedRows, shared: SharedVersion) {
    this.#environment = environment
    this.#rows = rows.rows
    this.#bans = rows.bans
    this.#shared = shared
    this.#version = shared.version
    this.#entitiesVersion = shared.entitiesVersion
    this.#numbersVersion = shared.numbersVersion
    environment.refresh()
  }

  get version(): number {
    return this.#version
  }

  refresh(): void {
    const version = this.#shared.version
    if (version === this.#version) return
    // The other words are read after the version: they may be newer, which drops too much, never too little.
    const { entitiesVersion, numbersVersion } = this.#shared
    this.#environment.refresh()
    this.#version = version
    if (entitiesVersion !== this.#entitiesVersion) this.#dropEntities(entitiesVersion)
    if (numbersVersion !== this.#numbersVersion) {
      this.#numbersVersion = numbersVersion
      this.#numbers.clear()
      this.#openParts = undefined
    }
  }

  tenant(id: TenantId): Tenant | undefined {
    const known = this.#tenants.get(id)
    if (known !== undefined) return known
    const tenant = this.#rows.tenant(id)
    if (tenant !== undefined) this.#tenants.set(id, tenant)
    return tenant
  }

  tenantByName(name: string): Tenant | undefined {
    const id = this.#idOf('tenant', name)
    return id === undefined ? undefined : this.tenant(id)
  }

  pool(id: PoolId): Pool | undefined {
    const known = this.#pools.get(id)
    if (known !== undefined) return known
    const pool = this.#rows.pool(id)
    if (pool !== undefined) this.#pools.set(id, pool)
    return pool
  }

  poolByName(name: string): Pool | undefined {
    const id = this.#idOf('pool', name)
    return id === undefined ? undefined : this.pool(id)
  }

  number(digits: Digits): NumberRecord | undefined {
    const known = this.#numbers.get(digits)
    if (known !== undefined) return known
    const row = this.#rows.number(digits)
    if (row === undefined || !this.#isLive(row.part)) return undefined
    const record = this.#record(digits, row)
    this.#numbers.set(digits, record)
    return record
  }

  numberAt(text: Uint8Array, from: number, to: number): NumberRecord | undefined {
    const known = this.#numbers.getAt(text, from, to)
    return known ?? this.number(Buffer.from(text.buffer, text.byteOffset + from, to - from).toString('latin1'))
  }

  mayBeBanned(text: Uint8Array, from: number, to: number): boolean {
    return this.#shared.bans.mayHoldAt(text, from, to)
  }

  banned(caller: Digits, callee: string, tenant: TenantId, nowMs: number): boolean {
    return this.#shared.bans.mayHold(caller) && this.#bans.holds(caller, tenant, callee, nowMs)
  }

  bans(after: string, limit: number, nowMs: number): { bans: Ban[]; next: string | undefined } {
    // Any text will do: what is no token of ours stands before some row, or behind all.
    const from = Buffer.from(after.slice(0, 2 * banKeyBytes), 'hex')
    const placed = this.#bans.bansAfter(from, listed(limit))
    const bans = placed.flatMap(({ ban }) => (isInForce(ban, nowMs) ? [ban] : []))
    const last = placed.length < listed(limit) ? undefined : placed.at(-1)
    return { bans, next: last && Buffer.from(last.key).toString('hex') }
  }

  tenants(afterName: string, limit: number): Tenant[] {
    return this.#rows.idsByName('tenant', afterName, listed(limit)).flatMap((id) => this.tenant(id) ?? [])
  }

  pools(afterName: string, limit: number): Pool[] {
    return this.#rows.idsByName('pool', afterName, listed(limit)).flatMap((id) => this.pool(id) ?? [])
  }

  numbers(after: Digits | undefined, limit: number): { numbers: NumberRecord[]; next: Digits | undefined } {
    const placed = this.#rows.numbersAfter(after, listed(limit))
    const numbers = placed
      .filter(({ row }) => this.#isLive(row.part))
      .map(({ digits, row }) => this.#record(digits, row))
    return { numbers, next: placed.length < listed(limit) ? undefined : placed.at(-1)?.digits }
  }

  #record(digits: Digits, { shard, ordinal, pool, area, state, stateBefore, part }: NumberRow): NumberRecord {
    return { digits, shard, ordinal, pool, area: this.#area(pool, area), state, stateBefore, importId: part }
  }

  /** Areas never change, so they are remembered for good; there are at most 1,024 of a pool. */
  #area(pool: PoolId, id: number): string {
    if (id === 0) return ''
    const key = pool * 0x1_0000 + id
    const known = this.#areas.get(key)
    if (known !== undefined) return known
    const text = this.#rows.area(pool, id)
    this.#areas.set(key, text)
    return text
  }

  #isLive(part: PartId): boolean {
    if (part === 0) return true
    this.#openParts ??= {
      ids: new Set(this.#rows.parts().map(({ id }) => id)),
      unknownFrom: this.#rows.nextPart(),
    }
    if (part < this.#openParts.unknownFrom) return !this.#openParts.ids.has(part)
    return this.#rows.part(part) === undefined
  }

  #idOf(kind: NameKind, name: string): number | undefined {
    const known = this.#ids[kind].get(name)
    if (known !== undefined) return known
    const id = this.#rows.idOf(kind, name)
    if (id !== undefined) this.#ids[kind].set(name, id)
    return id
  }

  /** Names and ids go together for ever, so they stay. */
  #dropEntities(version: number): void {
    this.#entitiesVersion = version
    this.#tenants.clear()
    this.#pools.clear()
  }
}

function listed(limit: number): number {
  return Math.max(1, Math.min(limit, directoryLimits.listRows))
}
