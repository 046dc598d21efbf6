/**
 * Which binding a request id has made or changed (I7). An id is in one of two
 * places: in the row of the binding that it made, found through RecentRequests,
 * or in a row of its own, where it changed a binding or is kept for long.
 */
import type { PoolId, Seq, TenantId } from '../core/binding.js'
import type { KnownRequest } from '../core/commands.js'
import type { ShardEvent } from '../core/events.js'
import { limits } from '../core/limits.js'
import type { StoredBinding } from './binding-rows.js'
import { RecentRequests } from './recent-requests.js'
import { findRequest, hasRequests } from './request-table.js'
import { SkimmedBinding } from './skim-binding.js'
import type { ShardTables } from './table.js'

interface Asked {
  readonly tenant: TenantId
  readonly pool: PoolId
  readonly id: string
}

/** Segments are looked through for old ones after so many new ids. */
const idsPerDrop = 100_000

/** Belongs to the thread that writes the shard. */
export class KnownRequests {
  readonly #recent = new RecentRequests(crypto.getRandomValues(new Uint32Array(1))[0]!)
  readonly #tables: ShardTables
  /** Whether there may be rows of ids: where there are none, an unknown id costs no look-up in LMDB. */
  #rows = false
  #addedSinceDrop = 0
  readonly #skimmed = new SkimmedBinding()

  constructor(tables: ShardTables) {
    this.#tables = tables
  }

  /** What is remembered at `nowMs`. Throws CorruptRecord. */
  find(asked: Asked, nowMs: number, read: (seq: Seq) => StoredBinding | undefined): KnownRequest | undefined {
    const { tenant, pool, id } = asked
    const made = this.#recent.find(tenant, pool, id, (seq) => {
      const stored = read(seq)
      return stored !== undefined && isMaker(stored, asked, nowMs)
        ? { seq, fingerprint: stored.fingerprint }
        : undefined
    })
    if (made !== undefined || !this.#rows) return made
    return findRequest(this.#tables.request, tenant, pool, id, nowMs)
  }

  /** Call for each event of a page whose rows are made. */
  note(event: ShardEvent): void {
    if (event.type === 'updated') this.#rows = true
    if (event.type !== 'allocated' || event.request === undefined) return
    const { seq, tenant, pool, createdMs, endMs } = event.binding
    if (endMs > createdMs + limits.requestKeptMs) this.#rows = true
    this.#recent.add(tenant, pool, event.request.id, seq, createdMs)
    this.#addedSinceDrop += 1
    if (this.#addedSinceDrop < idsPerDrop) return
    this.#addedSinceDrop = 0
    this.#recent.dropOld(createdMs)
  }

  /** Begins anew: `load` is called for the rows of bindings, newest first. */
  clear(): void {
    this.#recent.clear()
    this.#rows = hasRequests(this.#tables.request)
  }

  /** False when this binding, and so each one before it, is too old to matter. */
  load(seq: Seq, row: Uint8Array, sinceMs: number): boolean {
    const skimmed = this.#skimmed.read(row)
    const { tenant, pool, createdMs, requestIdFrom, requestIdTo } = skimmed
    if (createdMs <= sinceMs) return false
    if (requestIdFrom === requestIdTo) return true
    const read = this.#recent.addAscii({ tenant, pool, seq, madeMs: createdMs }, row, requestIdFrom, requestIdTo)
    if (!read) this.#recent.add(tenant, pool, skimmed.requestId(row), seq, createdMs)
    return true
  }
}

function isMaker({ binding }: StoredBinding, { tenant, pool, id }: Asked, nowMs: number): boolean {
  const known = binding.requestId === id && binding.tenant === tenant && binding.pool === pool
  return known && binding.createdMs + limits.requestKeptMs > nowMs
}
