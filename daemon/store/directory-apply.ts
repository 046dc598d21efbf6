/**
 * Writes what an event says into the directory's rows. Call within the
 * transaction that also writes the event's page. From the same rows the same
 * event makes the same bytes, so that the journal rebuilds them.
 */

import { banKeyOf, banKeysIn, encodeBan } from './directory-ban-row.js'
import { BanRows } from './directory-ban-rows.js'
import { partFields, poolFields, tenantFields, toJsonBytes } from './directory-entity-codec.js'
import type { DirectoryTables } from './directory-environment.js'
import type { DirectoryEvent, OrdinalRange, Part, PartId } from './directory-event.js'
import { encodeExtent } from './directory-extent.js'
import { numberKeyBytes, numbersIn, rowKeyAt } from './directory-number-key.js'
import { encodeNumberRow, goneCode, stateCode } from './directory-number-row.js'
import { DirectoryRows } from './directory-rows.js'
import {
  areaKey,
  banCountKey,
  type DirectoryDatabase,
  entityKey,
  nameKey,
  nextPartKey,
  ordinalKey,
  partKey,
  shardCountsKey,
  viewOf,
} from './directory-tables.js'
import { CorruptRecord } from './record.js'

type EventOf<T extends DirectoryEvent['type']> = Extract<DirectoryEvent, { type: T }>

export class DirectoryApply {
  readonly #tables: DirectoryTables
  readonly #rows: DirectoryRows
  readonly #bans: BanRows

  constructor(tables: DirectoryTables) {
    this.#tables = tables
    this.#rows = new DirectoryRows(tables)
    this.#bans = new BanRows(tables)
  }

  apply(event: DirectoryEvent): void {
    switch (event.type) {
      case 'tenant':
        this.#entity('tenant', event.tenant.id, event.tenant.name, toJsonBytes(tenantFields(event.tenant)))
        break
      case 'pool':
        this.#entity('pool', event.pool.id, event.pool.name, toJsonBytes(poolFields(event.pool)))
        break
      case 'area':
        this.#put('area', areaKey(event.pool, event.id), new TextEncoder().encode(event.text))
        break
      case 'part-begun':
        this.#put('counter', nextPartKey, uint32s(event.part.id + 1))
        this.#putPart(event.part)
        break
      case 'numbers':
        this.#addNumbers(event)
        break
      case 'part-filled':
        this.#changePart(event.part, { phase: 'FILLED', atMs: event.atMs })
        break
      case 'parts-dropping':
        for (const id of event.parts) this.#changePart(id, { phase: 'DROPPING' })
        break
      case 'numbers-removed':
        this.#removeNumbers(event)
        break
      case 'parts-live':
      case 'parts-dropped':
        for (const id of event.parts) this.#remove('part', partKey(id))
        break
      case 'number-states':
        this.#changeStates(event)
        break
      case 'numbers-gone':
        this.#dropNumbers(event)
        break
      case 'ban':
        this.#put('ban', banKeyOf(event.ban), encodeBan(event.ban))
        if (!event.replaces) this.#countBans(1)
        break
      case 'bans-dropped':
        this.#dropBans(banKeysIn(event.keys))
        break
    }
  }

  #entity(kind: 'tenant' | 'pool', id: number, name: string, bytes: Uint8Array): void {
    this.#put(kind, entityKey(id), bytes)
    this.#put('name', nameKey(kind, name), Uint8Array.of(id >>> 8, id))
  }

  #putPart(part: Part): void {
    this.#put('part', partKey(part.id), toJsonBytes(partFields(part)))
  }

  #changePart(id: PartId, change: Partial<Part>): void {
    const part = this.#rows.part(id)
    if (part === undefined) throw new CorruptRecord('part', partKey(id), 'it is not there, and its journal goes on')
    this.#putPart({ ...part, ...change })
  }

  #addNumbers({ part, pool, area, shard, first, keys }: EventOf<'numbers'>): void {
    const count = numbersIn(keys)
    this.#put('extent', ordinalKey(shard, first), encodeExtent({ part, pool, area, keys }))
    const fixed = { shard, pool, state: 'IN_SERVICE', stateBefore: 'IN_SERVICE', part, area } as const
    for (let i = 0; i < count; i += 1) {
      this.#put('number', rowKeyAt(keys, i * numberKeyBytes), encodeNumberRow({ ...fixed, ordinal: first + i }))
    }
    const { next, numbers } = this.#rows.shardCounts(shard)
    this.#put('counter', shardCountsKey(shard), uint32s(Math.max(next, first + count), numbers + count))
  }

  #removeNumbers({ shard, first }: OrdinalRange): void {
    const key = ordinalKey(shard, first)
    const extent = this.#rows.extent(shard, first)
    if (extent === undefined) throw new CorruptRecord('extent', key, 'it is not there, and its journal goes on')
    const count = numbersIn(extent.keys)
    for (let i = 0; i < count; i += 1) this.#remove('number', rowKeyAt(extent.keys, i * numberKeyBytes))
    this.#remove('extent', key)
    const { next, numbers } = this.#rows.shardCounts(shard)
    this.#put('counter', shardCountsKey(shard), uint32s(next, numbers - count))
  }

  #changeStates({ shard, state, stateBefore, keys, ordinals }: EventOf<'number-states'>): void {
    const code = Uint8Array.of(stateCode(state))
    for (let i = 0; i < ordinals.length; i += 1) {
      const key = rowKeyAt(keys, i * numberKeyBytes)
      const row = this.#rows.numberAt(keys, i * numberKeyBytes)
      if (row === undefined) throw new CorruptRecord('number', key, 'it is not there, and its journal goes on')
      this.#put('number', key, encodeNumberRow({ ...row, state, stateBefore }))
      const exception = ordinalKey(shard, ordinals[i]!)
      if (state === 'IN_SERVICE') this.#remove('exception', exception)
      else this.#put('exception', exception, code)
    }
  }

  /** The extent still says what the numbers were; the exceptions say that they are not there any more. */
  #dropNumbers({ shard, keys, ordinals }: EventOf<'numbers-gone'>): void {
    const gone = Uint8Array.of(goneCode)
    for (let i = 0; i < ordinals.length; i += 1) {
      this.#remove('number', rowKeyAt(keys, i * numberKeyBytes))
      this.#put('exception', ordinalKey(shard, ordinals[i]!), gone)
    }
    const { next, numbers } = this.#rows.shardCounts(shard)
    this.#put('counter', shardCountsKey(shard), uint32s(next, numbers - ordinals.length))
  }

  #dropBans(keys: readonly Uint8Array[]): void {
    for (const key of keys) this.#remove('ban', key)
    this.#countBans(-keys.length)
  }

  #countBans(delta: number): void {
    this.#put('counter', banCountKey, uint32s(this.#bans.count() + delta))
  }

  #put(database: DirectoryDatabase, key: Uint8Array, payload: Uint8Array): void {
    this.#tables[database].put(key, payload)
  }

  #remove(database: DirectoryDatabase, key: Uint8Array): void {
    this.#tables[database].remove(key)
  }
}

function uint32s(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = viewOf(bytes)
  for (let i = 0; i < values.length; i += 1) view.setUint32(4 * i, values[i]!)
  return bytes
}
