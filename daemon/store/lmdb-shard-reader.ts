/** What other threads read of a shard's environment: see ShardReader. One per thread; nothing here writes. */
import type { Binding, Ordinal, Seq } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { CallerKey } from '../core/modes.js'
import { isOwned, type Reservation } from '../core/reservation.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import type { BinaryDatabase } from './binary-database.js'
import { decodeBinding, readStored } from './binding-rows.js'
import { readCalls } from './calls-rows.js'
import type { Environment } from './environment.js'
import { LmdbTable } from './lmdb-table.js'
import { CorruptRecord, checkShortRecord, openRecord } from './record.js'
import type { ReleaseBoard } from './release-board.js'
import { decodeRoute } from './route-codec.js'
import { extensionRoutesOf, routeKeyBytes, routesOf, writeRouteKey, writeRouteKeyOf } from './route-key.js'
import { tellReleases } from './route-releases.js'
import { openShardEnvironment } from './shard-environment.js'
import type { ShardReader } from './shard-reader.js'
import { RowStanding } from './standing-reader.js'
import { readRow, type Table } from './table.js'
import { lastSeq, seqKey } from './uint48.js'
import { UntoldReleases, withRelease } from './untold-releases.js'

/** Routes of one number that `occupancy` looks at. */
const occupancyRows = 20_000
const noReservations: readonly Reservation[] = []

/**
 * Opens a shard for reading. Its writer has opened it before, if it is in this process.
 */
export function openShardReader(directory: string, shared: SharedByWriter = {}): ShardReader {
  return new LmdbShardReader(openShardEnvironment(directory, { readOnly: true }), shared)
}

/** What the writer of a shard shares with its readers. */
export interface SharedByWriter {
  /** The count of its commits; without it every `refresh` renews the snapshot. */
  readonly commits?: () => number
  /** Releases that rows do not tell yet; without it the rows are taken at their word. */
  readonly board?: ReleaseBoard
}

/** Reads under the thread's snapshot, which `refresh` renews. */
export class LmdbShardReader implements ShardReader {
  readonly #environment: Environment
  readonly #commits: (() => number) | undefined
  readonly #board: ReleaseBoard | undefined
  readonly #untold: UntoldReleases | undefined
  /** The board's generation before the last renewal. */
  #generation = 0
  /** The count at the last renewal; at first no count. */
  #seen = -1
  readonly #routes: BinaryDatabase
  readonly #route: Table
  readonly #tables: { readonly binding: LmdbTable; readonly user_data: LmdbTable }
  readonly #calls: Table
  /** One key for all look-ups of routes: lmdb-js copies it at once. */
  readonly #routeKey = new Uint8Array(routeKeyBytes)
  readonly #standing = new RowStanding()

  constructor(environment: Environment, { commits, board }: SharedByWriter = {}) {
    this.#environment = environment
    this.#commits = commits
    this.#board = board
    this.#untold = board && new UntoldReleases(new LmdbTable('release', environment.database('release')), board)
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
    this.#renew()
  }

  #renew(): void {
    if (this.#board !== undefined) this.#generation = this.#board.settled()
    this.#environment.refresh()
  }

  /**
   * Whether what was just read holds. Where releases have left the board since the snapshot was made, rows tell
   * them that the snapshot does not show: it is renewed, and the read is to be done again.
   */
  #holds(): boolean {
    if (this.#board === undefined || this.#board.generation === this.#generation) return true
    this.#renew()
    return false
  }

  #again<T>(read: () => T): T {
    for (let renewed = false; ; ) {
      try {
        const answer = read()
        if (this.#holds()) return answer
      } catch (error) {
        // The board may be ahead of the snapshot, and name a row of a release that is not in it yet.
        if (renewed || !(error instanceof CorruptRecord) || error.database !== 'release') throw error
        renewed = true
        this.#renew()
      }
    }
  }

  /** A route's payload with the releases that it does not tell. Throws UnreadableBytes. */
  #tell(row: Uint8Array, length: number): void {
    if (this.#board !== undefined) tellReleases(row, length, this.#board)
  }

  #decodeRoute(key: Uint8Array, payload: Uint8Array): Reservation[] {
    return readRow('route', key, payload, (bytes) => {
      this.#tell(bytes, bytes.length)
      return decodeRoute(bytes)
    })
  }

  reservations(ordinal: Ordinal, key: CallerKey): readonly Reservation[] {
    const bytes = this.#routeKey
    writeRouteKey(ordinal, key, bytes)
    return this.#again(() => {
      const record = this.#routes.getBinaryFast(bytes)
      // The buffer is reused: its length is the record's, its extent is not.
      return record === undefined
        ? noReservations
        : this.#decodeRoute(bytes, openRecord('route', bytes, record, record.length))
    })
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
    for (;;) {
      const record = this.#routes.getBinaryFast(bytes)
      const speaks = record !== undefined && this.#speaks(bytes, record, nowMs)
      if (this.#holds()) return speaks ? this.#standing : undefined
    }
  }

  /** The record's buffer is reused: its length is the record's, its extent is not. */
  #speaks(key: Uint8Array, record: Uint8Array, nowMs: number): boolean {
    const length = checkShortRecord('route', key, record, record.length)
    try {
      this.#tell(record, length)
      return this.#standing.read(record, length, nowMs)
    } catch (error) {
      if (error instanceof UnreadableBytes) throw new CorruptRecord('route', key, error.message)
      throw error
    }
  }

  hasExtensions(ordinal: Ordinal, nowMs: number): boolean {
    const { from, to } = extensionRoutesOf(ordinal)
    return this.#again(() => {
      for (const { key, value } of this.#routes.getRange({ start: from, end: to })) {
        const byStart = this.#decodeRoute(key, openRecord('route', key, value))
        if (isOwned(byStart, nowMs)) return true
      }
      return false
    })
  }

  userData(seq: Seq): Uint8Array {
    return this.#tables.user_data.get(seqKey(seq))?.slice() ?? new Uint8Array()
  }

  binding(seq: Seq): Binding | undefined {
    if (seq > lastSeq) return undefined
    return this.#again(() => readStored(this.#tables, seq, this.#untold)?.binding)
  }

  calls(seq: Seq): Calls {
    return readCalls(this.#calls, seq)
  }

  bindingsBefore(beforeSeq: Seq, limit: number): Binding[] {
    if (beforeSeq <= 0) return []
    const from = seqKey(Math.min(beforeSeq - 1, lastSeq))
    return this.#again(() =>
      this.#tables.binding
        .rowsDown(from, limit)
        .map(({ key, payload }) => withRelease(decodeBinding(this.#tables, key, payload), this.#untold)),
    )
  }

  occupancy(ordinal: Ordinal, nowMs: number): { readonly live: number; readonly cooling: number } {
    const { from, to } = routesOf(ordinal)
    const rows = () => this.#route.rows(from, to, occupancyRows)
    const onRoutes = this.#again(() => rows().map(({ key, payload }) => this.#decodeRoute(key, payload)))
    const live = new Set<Seq>()
    const cooling = new Set<Seq>()
    for (const reservation of onRoutes.flat()) {
      if (reservation.freeAtMs <= nowMs) continue
      const isLive = !reservation.removed && !reservation.released && nowMs < reservation.endMs
      if (isLive) live.add(reservation.seq)
      else cooling.add(reservation.seq)
    }
    // What remains of a removed party cools while its binding lives.
    return { live: live.size, cooling: [...cooling].filter((seq) => !live.has(seq)).length }
  }

  close(): Promise<void> {
    return this.#environment.close()
  }
}
