/**
 * Reads the directory's rows. On LMDB every read sees the thread's present
 * snapshot: `environment.refresh()` renews it. All reads throw
 * CorruptRecord for bytes that are not what was written.
 */
import type { Digits, Ordinal, PoolId, TenantId } from '../core/binding.js'
import type { NumberState, Pool, Tenant } from '../core/directory.js'
import { decodePart, decodePool, decodeTenant } from './directory-entity-codec.js'
import type { DirectoryTables } from './directory-environment.js'
import type { AreaId, Part, PartId } from './directory-event.js'
import { decodeExtent, type Extent } from './directory-extent.js'
import { numberKeyBytes, readDigits, rowKeyAt, rowKeyOf, writeNumberKey } from './directory-number-key.js'
import { decodeNumberRow, goneCode, type NumberRow, stateFromCode } from './directory-number-row.js'
import {
  areaKey,
  type DirectoryDatabase,
  entityKey,
  type NameKind,
  nameKey,
  nextPartKey,
  ordinalKey,
  ordinalOf,
  partKey,
  readAreaKey,
  shardCountsKey,
  viewOf,
} from './directory-tables.js'
import { CorruptRecord } from './record.js'
import type { Row } from './table.js'

/** No key of ours lies below. */
const lowestKey = Uint8Array.of(0)
const allRows = 2 ** 31 - 1

export interface PlacedNumberRow {
  readonly digits: Digits
  readonly row: NumberRow
}

export class DirectoryRows {
  readonly #tables: DirectoryTables
  readonly #numberKey = new Uint8Array(numberKeyBytes)

  constructor(tables: DirectoryTables) {
    this.#tables = tables
  }

  tenant(id: TenantId): Tenant | undefined {
    const payload = this.#get('tenant', entityKey(id))
    return payload === undefined ? undefined : decodeTenant(payload)
  }

  pool(id: PoolId): Pool | undefined {
    const payload = this.#get('pool', entityKey(id))
    return payload === undefined ? undefined : decodePool(payload)
  }

  /** The tenant or pool of that name. */
  idOf(kind: NameKind, name: string): TenantId | PoolId | undefined {
    const payload = this.#get('name', nameKey(kind, name))
    return payload === undefined ? undefined : viewOf(payload).getUint16(0)
  }

  /** Ids in order of name, of names after `afterName`. */
  idsByName(kind: NameKind, afterName: string, limit: number): (TenantId | PoolId)[] {
    const start = keyAfter(nameKey(kind, afterName))
    const end = nameKey(kind, '')
    end[0]! += 1
    return this.#range('name', start, end, limit).map(({ payload }) => viewOf(payload).getUint16(0))
  }

  /** At most `limit` tenants with id > `after`, in order of id. */
  tenantsAfter(after: TenantId, limit: number): Tenant[] {
    return this.#range('tenant', keyAfter(entityKey(after)), undefined, limit).map(({ payload }) =>
      decodeTenant(payload),
    )
  }

  poolsAfter(after: PoolId, limit: number): Pool[] {
    return this.#range('pool', keyAfter(entityKey(after)), undefined, limit).map(({ payload }) => decodePool(payload))
  }

  area(pool: PoolId, id: AreaId): string {
    if (id === 0) return ''
    const key = areaKey(pool, id)
    const payload = this.#get('area', key)
    if (payload === undefined) throw new CorruptRecord('area', key, 'a number stands in it, and it is not there')
    return new TextDecoder().decode(payload)
  }

  areas(): { readonly pool: PoolId; readonly id: AreaId; readonly text: string }[] {
    const decoder = new TextDecoder()
    const rows = this.#range('area', undefined, undefined, undefined)
    return rows.map(({ key, payload }) => ({ ...readAreaKey(key), text: decoder.decode(payload) }))
  }

  /** One get and no copy: on the path of every Resolve whose number is not remembered. */
  number(digits: Digits): NumberRow | undefined {
    writeNumberKey(digits, this.#numberKey, 0)
    return this.#numberAt(rowKeyAt(this.#numberKey, 0))
  }

  /** The row of the packed number at `at` in a list. */
  numberAt(keys: Uint8Array, at: number): NumberRow | undefined {
    return this.#numberAt(rowKeyAt(keys, at))
  }

  /** In order of (length, digits), after `after`; at most `limit`. */
  numbersAfter(after: Digits | undefined, limit: number): PlacedNumberRow[] {
    const start = after === undefined ? undefined : keyAfter(rowKeyOf(after))
    return this.#range('number', start, undefined, limit).map(({ key, payload }) => ({
      digits: readDigits(key, 0),
      row: decodeNumberRow(payload) ?? corrupt('number', key),
    }))
  }

  part(id: PartId): Part | undefined {
    const payload = this.#get('part', partKey(id))
    return payload === undefined ? undefined : decodePart(payload)
  }

  /** All parts that are not live, in order of id. */
  parts(): Part[] {
    return this.#range('part', undefined, undefined, undefined).map(({ payload }) => decodePart(payload))
  }

  nextPart(): PartId {
    const payload = this.#get('counter', nextPartKey)
    return payload === undefined ? 1 : viewOf(payload).getUint32(0)
  }

  shardCounts(shard: number): { readonly next: Ordinal; readonly numbers: number } {
    const payload = this.#get('counter', shardCountsKey(shard))
    if (payload === undefined) return { next: 0, numbers: 0 }
    const view = viewOf(payload)
    return { next: view.getUint32(0), numbers: view.getUint32(4) }
  }

  extent(shard: number, first: Ordinal): Extent | undefined {
    const key = ordinalKey(shard, first)
    const payload = this.#get('extent', key)
    return payload === undefined ? undefined : (decodeExtent(shard, first, payload.slice()) ?? corrupt('extent', key))
  }

  /** Extents that begin within [from, to), in order; at most `limit`. */
  extents(shard: number, from: Ordinal, to: Ordinal, limit: number): Extent[] {
    return this.#range('extent', ordinalKey(shard, from), ordinalKey(shard, to), limit).map(
      ({ key, payload }) => decodeExtent(shard, ordinalOf(key), payload) ?? corrupt('extent', key),
    )
  }

  /** Numbers not in service, and ordinals whose number is gone, within [from, to), in order. */
  exceptions(shard: number, from: Ordinal, to: Ordinal): (readonly [Ordinal, NumberState | 'GONE'])[] {
    const rows = this.#range('exception', ordinalKey(shard, from), ordinalKey(shard, to), undefined)
    return rows.map(({ key, payload }) => {
      const code = payload[0] ?? -1
      const state = code === goneCode ? 'GONE' : stateFromCode(code)
      return [ordinalOf(key), state ?? corrupt('exception', key)]
    })
  }

  #numberAt(key: Uint8Array): NumberRow | undefined {
    const payload = this.#tables.number.get(key)
    return payload === undefined ? undefined : (decodeNumberRow(payload) ?? corrupt('number', key))
  }

  /** A view that the next get may overwrite. */
  #get(database: DirectoryDatabase, key: Uint8Array): Uint8Array | undefined {
    return this.#tables[database].get(key)
  }

  #range(
    database: DirectoryDatabase,
    from: Uint8Array = lowestKey,
    to: Uint8Array | undefined = undefined,
    limit = allRows,
  ): Row[] {
    return this.#tables[database].rows(from, to, Math.min(limit, allRows))
  }
}

/** The least key that is greater. */
function keyAfter(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, Uint8Array.of(0)])
}

function corrupt(database: DirectoryDatabase, key: Uint8Array): never {
  throw new CorruptRecord(database, key, 'no writer of this program makes such bytes')
}
