/** Reads the rows of bans, as directory-rows.ts reads the others. All reads throw CorruptRecord. */
import type { Digits, TenantId } from '../core/binding.js'
import type { Ban } from '../core/directory.js'
import { banEndMs, banKeyBytes, decodeBan, writeBanKey } from './directory-ban-row.js'
import type { DirectoryTables } from './directory-environment.js'
import { banCountKey, viewOf } from './directory-tables.js'
import { CorruptRecord } from './record.js'

export interface PlacedBan {
  readonly key: Uint8Array
  readonly ban: Ban
}

/** No key of ours lies below. */
const lowestKey = Uint8Array.of(0)

export class BanRows {
  readonly #tables: DirectoryTables
  readonly #key = new Uint8Array(banKeyBytes)

  constructor(tables: DirectoryTables) {
    this.#tables = tables
  }

  /** Whether `caller` may not call at `nowMs`, for this tenant or for all: two gets, and two more where there is a callee. */
  holds(caller: Digits, tenant: TenantId, callee: string, nowMs: number): boolean {
    if (this.#holds(caller, 0, '', nowMs) || this.#holds(caller, tenant, '', nowMs)) return true
    if (callee === '') return false
    return this.#holds(caller, 0, callee, nowMs) || this.#holds(caller, tenant, callee, nowMs)
  }

  /** In force or not. */
  ban(key: Uint8Array): Ban | undefined {
    const payload = this.#tables.ban.get(key)
    return payload === undefined ? undefined : decoded(key, payload)
  }

  /** In order of key, after `after`, which may be any bytes; at most `limit`, in force or not. */
  bansAfter(after: Uint8Array, limit: number): PlacedBan[] {
    const from = after.byteLength === 0 ? lowestKey : Buffer.concat([after, Uint8Array.of(0)])
    return this.#tables.ban
      .rows(from, undefined, limit)
      .map(({ key, payload }) => ({ key, ban: decoded(key, payload) }))
  }

  /** How many rows there are. */
  count(): number {
    const payload = this.#tables.counter.get(banCountKey)
    return payload === undefined ? 0 : viewOf(payload).getUint32(0)
  }

  #holds(caller: Digits, tenant: TenantId, callee: string, nowMs: number): boolean {
    writeBanKey(caller, tenant, callee, this.#key)
    const payload = this.#tables.ban.get(this.#key)
    return payload !== undefined && nowMs < banEndMs(payload)
  }
}

function decoded(key: Uint8Array, payload: Uint8Array): Ban {
  const ban = decodeBan(key, payload)
  if (ban === undefined) throw new CorruptRecord('ban', key, 'no writer of this program makes such bytes')
  return ban
}
