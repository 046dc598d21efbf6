/**
 * The databases of the directory's environment, `<data>/directory/`. Integers
 * are big endian, so that bytes in order are numbers in order.
 *
 *   tenant     id u16                       -> tenant (directory-entity-codec.ts)
 *   pool       id u16                       -> pool (likewise)
 *   name       kind u8, name                -> id u16; kind 't' tenant, 'p' pool
 *   area       pool u16, id u16             -> text
 *   number     length u8, packed digits     -> number (directory-number-row.ts)
 *   extent     shard u16, first ordinal u32 -> numbers with consecutive ordinals (directory-extent.ts)
 *   exception  shard u16, ordinal u32       -> state u8, of numbers not in service, and of ordinals whose number is gone
 *   part       id u32                       -> part that is not live
 *   ban        caller, tenant, callee       -> ban (directory-ban-row.ts)
 *   counter    kind u8 [, shard u16]        -> see below
 *
 * `extent` and `exception` are what a shard loads: in order of ordinals, without
 * a look at the rows of single numbers.
 */
import type { Ordinal, PoolId, TenantId } from '../core/binding.js'
import type { AreaId, PartId } from './directory-event.js'

export const directoryDatabases = [
  'tenant',
  'pool',
  'name',
  'area',
  'number',
  'extent',
  'exception',
  'part',
  'ban',
  'counter',
] as const

export type DirectoryDatabase = (typeof directoryDatabases)[number]

export type NameKind = 'tenant' | 'pool'
const nameKinds = { tenant: 0x74, pool: 0x70 } as const

/** The part that the next request gets -> u32 */
export const nextPartKey = Uint8Array.of(1)

/** Rows of `ban` -> u32 */
export const banCountKey = Uint8Array.of(3)

/** The next ordinal u32, numbers held u32 of a shard. */
export function shardCountsKey(shard: number): Uint8Array {
  return Uint8Array.of(2, shard >>> 8, shard)
}

/** Of a tenant or a pool. */
export function entityKey(id: TenantId | PoolId): Uint8Array {
  return Uint8Array.of(id >>> 8, id)
}

/** Names are ASCII by their pattern. */
export function nameKey(kind: NameKind, name: string): Uint8Array {
  const key = Buffer.allocUnsafe(1 + name.length)
  key[0] = nameKinds[kind]
  key.write(name, 1, 'latin1')
  return key
}

export function areaKey(pool: PoolId, id: AreaId): Uint8Array {
  return Uint8Array.of(pool >>> 8, pool, id >>> 8, id)
}

export function readAreaKey(key: Uint8Array): { readonly pool: PoolId; readonly id: AreaId } {
  return { pool: (key[0]! << 8) | key[1]!, id: (key[2]! << 8) | key[3]! }
}

export function ordinalKey(shard: number, ordinal: Ordinal): Uint8Array {
  return Uint8Array.of(shard >>> 8, shard, ordinal >>> 24, ordinal >>> 16, ordinal >>> 8, ordinal)
}

export function ordinalOf(key: Uint8Array): Ordinal {
  return viewOf(key).getUint32(2)
}

export function partKey(id: PartId): Uint8Array {
  return Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
