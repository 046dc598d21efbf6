/** What other threads read of a shard's environment: see ShardReader. One per thread; nothing here writes. */
import type { Binding, Ordinal, Seq } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { CallerKey } from '../core/modes.js'
import type { Reservation } from '../core/reservation.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import type { BinaryDatabase } from './binary-database.js'
import { decodeBinding, readBinding } from './binding-rows.js'
import { readCalls } from './calls-rows.js'
import type { Environment } from './environment.js'
import { LmdbTable } from './lmdb-table.js'
import { CorruptRecord, checkShortRecord, openRecord } from './record.js'
import { decodeRoute } from './route-codec.js'
import { extensionRoutesOf, routeKeyBytes, routesOf, writeRouteKey, writeRouteKeyOf } from './route-key.js'
import { openShardEnvironment } from './shard-environment.js'
import type { ShardReader } from './shard-reader.js'
import { RowStanding } from './standing-reader.js'
import { readRow, type Table } from './table.js'
import { lastSeq, seqKey } from './uint48.js'

/** Routes of one number that `occupancy` looks at. */
const occupancyRows = 20_000
const noReservations: readonly Reservation[] = []

/**
 * Opens a shard for reading. Its writer has opened it before, if it is in this process.
 * @param commits the writer's count of its commits; without it every `refresh` renews the snapshot
 */
export function openShardReader(directory: string, commits?: () => number): ShardReader {
  return new LmdbShardReader(openShardEnvironment(directory, { readOnly: true }), commits)
}

/** Reads under the thread's snapshot, which `refresh` renews. */
export class LmdbShardReader implements ShardReader {
  readonly #environment: Environment
  readonly #commits: (() => number) | undefined
  /** The count at the last renewal; at first no count. */
  #seen = -1
  readonly #routes: BinaryDatabase
  readonly #route: Table
  readonly #tables: { readonly binding: LmdbTable; readonly user_data: LmdbTable }
  readonly #calls: Table
  /** One key for all look-ups of routes: lmdb-js copies it at once. */
  readonly #routeKey = new Uint8Array(routeKeyBytes)
  readonly #standing = new RowStanding()

  constructor(environment: Environment, commits?: () => number) {
    this.#environment = environment
    this.#commits = commits
    this.#routes = environment.database('route')
    this.#route = new LmdbTable('route', this.#routes)
    this.#calls = new LmdbTable('calls', environment.database('calls'))
    this.#tables = {
      binding: new LmdbTable('binding', environment.database('binding')),
      user_data: new LmdbTable('user_data', environment.database('user_data')),
    }
  }

  refresh(): void {
    if (this.#commits !== undefined) {
      const count = this.#commits()
      if (count === this.#seen) return
      this.#seen = count
    }
    this.#environment.refresh()
  }

  reservations(ordinal: Ordinal, key: CallerKey): readonly Reservation[] {
    const bytes = this.#routeKey
    writeRouteKey(ordinal, key, bytes)
    const record = this.#routes.getBinaryFast(bytes)
    if (record === undefined) return noReservations
    // The buffer is reused: its length is the record's, its extent is not.
    const payload = openRecord('route', bytes, record, record.length)
    try {
      return decodeRoute(payload)
    } catch (error) {
      if (error instanceof UnreadableBytes) throw new CorruptRecord('route', bytes, error.message)
      throw error
    }
  }

  speaking(
    ordinal: Ordinal,
    kind: CallerKey['kind'],
    text: Uint8Array,
    from: number,
    to: number,
    nowMs: number,
  ): RowStanding | undefined {
    const bytes = this.#routeKey
    writeRouteKeyOf(ordinal, kind, text, from, to, bytes)
    const record = this.#routes.getBinaryFast(bytes)
    if (record === undefined) return undefined
    const length = checkShortRecord('route', bytes, record, record.length)
    try {
      return this.#standing.read(record, length, nowMs) ? this.#standing : undefined
    } catch (error) {
      if (error instanceof UnreadableBytes) throw new CorruptRecord('route', bytes, error.message)
      throw error
    }
  }

  hasExtensions(ordinal: Ordinal, nowMs: number): boolean {
    const { from, to } = extensionRoutesOf(ordinal)
    for (const { key, value } of this.#routes.getRange({ start: from, end: to })) {
      const byStart = readRow('route', key, openRecord('route', key, value), decodeRoute)
      if (byStart.some((reservation) => reservation.freeAtMs > nowMs)) return true
    }
    return false
  }

  userData(seq: Seq): Uint8Array {
    return this.#tables.user_data.get(seqKey(seq))?.slice() ?? new Uint8Array()
  }

  binding(seq: Seq): Binding | undefined {
    return seq > lastSeq ? undefined : readBinding(this.#tables, seq)
  }

  calls(seq: Seq): Calls {
    return readCalls(this.#calls, seq)
  }

  bindingsBefore(beforeSeq: Seq, limit: number): Binding[] {
    if (beforeSeq <= 0) return []
    const rows = this.#tables.binding.rowsDown(seqKey(Math.min(beforeSeq - 1, lastSeq)), limit)
    return rows.map(({ key, payload }) => decodeBinding(this.#tables, key, payload))
  }

  occupancy(ordinal: Ordinal, nowMs: number): { readonly live: number; readonly cooling: number } {
    const { from, to } = routesOf(ordinal)
    const live = new Set<Seq>()
    const cooling = new Set<Seq>()
    for (const { key, payload } of this.#route.rows(from, to, occupancyRows)) {
      for (const reservation of readRow('route', key, payload, decodeRoute)) {
        if (reservation.freeAtMs <= nowMs) continue
        const isLive = !reservation.removed && !reservation.released && nowMs < reservation.endMs
        if (isLive) live.add(reservation.seq)
        else cooling.add(reservation.seq)
      }
    }
    // What remains of a removed party cools while its binding lives.
    return { live: live.size, cooling: [...cooling].filter((seq) => !live.has(seq)).length }
  }

  close(): Promise<void> {
    return this.#environment.close()
  }
}
