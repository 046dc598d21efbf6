/**
 * A shard's store as its writer thread holds it: the log, the rows that pages
 * turn into, and what a start reads back. Belongs to one thread; other threads
 * read through ShardReader.
 *
 *   open (after checkEnvironment) -> log.acquire -> meta, eachRoute, eachExtension, loadRequests, bindingsSince -> log.commit(page, apply) ...
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Binding, Ordinal, PoolId, Seq, TenantId } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { KnownRequest } from '../core/commands.js'
import type { DueMark, ShardEvent } from '../core/events.js'
import { limits } from '../core/limits.js'
import type { CallerKey } from '../core/modes.js'
import type { Ownership } from '../core/reservation.js'
import type { OpenRun } from '../journal/chain-tip.js'
import type { Page } from '../journal/page.js'
import type { LogHead, ShardLog } from '../journal/shard-log.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { decodeBinding, readStored, type StoredBinding } from './binding-rows.js'
import { readCalls } from './calls-rows.js'
import type { Environment, EnvironmentOptions } from './environment.js'
import { readExtension } from './extension-rows.js'
import { JournalTable } from './journal-table.js'
import { KnownRequests } from './known-requests.js'
import { LmdbShardLog } from './lmdb-shard-log.js'
import { LmdbTable, shardTables } from './lmdb-table.js'
import { readClock, readHead, readLowPools, readMarks, readRates, writeClock } from './meta-rows.js'
import { openRun } from './open-run.js'
import { boardReleases, type OpenReleases, PageReleases } from './page-releases.js'
import { applyPage } from './projection.js'
import { CorruptRecord } from './record.js'
import { ReleaseBoard, releaseBoardMemory } from './release-board.js'
import { hasLongRequests, hasRequestsBefore, isWithinLong } from './request-table.js'
import { decodeOwnerships } from './route-codec.js'
import { callerKeyOf, ordinalOf } from './route-key.js'
import { tellReleases } from './route-releases.js'
import { openShardEnvironment } from './shard-environment.js'
import { readRow } from './table.js'
import { lastSeq, readUint48, seqKey } from './uint48.js'
import { UntoldReleases } from './untold-releases.js'

/** Rows read on one snapshot; between, the thread's other work gets its turn. */
const rowsAtOnce = 2_000

export interface ShardStoreOptions extends Pick<EnvironmentOptions, 'mapSizeBytes' | 'committed'> {
  readonly boardMemory?: SharedArrayBuffer
}

/** What a shard must know to go on where it stopped. */
export interface ShardMeta {
  readonly head: LogHead
  /** Epoch of the last page. */
  readonly epoch: number
  readonly directoryVersion: number
  /** The latest moment the store knows of, unix ms: the process clock starts no earlier (I9). */
  readonly clockMs: number
  /** Process clock of the last page, unix ms. */
  readonly nowMs: number
  readonly nextSeq: Seq
  readonly endedUpTo: DueMark
  readonly freedUpTo: DueMark
  readonly expiringUpTo: DueMark
  /** Where the last `forgotten` event stopped. */
  readonly forgottenUpTo: Seq
  /** Where each tenant's rate limiter stood. */
  readonly rates: ReadonlyMap<TenantId, number>
  /** Pools of which was last said that they are short of free numbers. */
  readonly lowPools: ReadonlySet<PoolId>
}

/** Neighbouring binding rows, for a `forgotten` event. */
export interface BindingStretch {
  readonly fromSeq: Seq
  /** Exclusive. */
  readonly toSeq: Seq
  /** Whether any of them may be forgotten at `nowMs`. */
  forgettable(nowMs: number): boolean
}

/** One per shard and process; the loop builds on it. */
export class ShardStore {
  readonly log: ShardLog
  readonly #environment: Environment
  readonly #tables: ReturnType<typeof shardTables>
  readonly #journal: JournalTable
  readonly #requests: KnownRequests
  readonly #board: ReleaseBoard
  readonly #openReleases: OpenReleases = new Map()
  /** As of the last page that is durable. */
  readonly #untold: UntoldReleases
  /** The board was made of this store a moment ago. */
  #boardFresh = true
  /** The page whose rows were made last, until it is durable. */
  #applied: { readonly page: number; readonly releases: PageReleases } | undefined
  /** Rows of bindings that were read on this snapshot: the page that changes them need not read them again. */
  #read = new Map<Seq, StoredBinding>()
  /** The day for which the ids kept for long were last gone through. */
  #longWalkedFor: number | undefined

  /** @param board of the releases that rows do not tell yet; made of the store when this returns */
  constructor(environment: Environment, board = new ReleaseBoard(releaseBoardMemory())) {
    this.#environment = environment
    this.#tables = shardTables(environment)
    this.#journal = new JournalTable(environment)
    this.#requests = new KnownRequests(this.#tables)
    this.log = new LmdbShardLog(environment)
    this.#board = board
    this.#untold = new UntoldReleases(this.#tables.release, board)
    this.#boardAll()
  }

  /** Releases that no row tells yet. */
  get releasesWaiting(): number {
    return this.#board.size
  }

  /** How full the board of releases is, from 0 to 1. */
  get boarded(): number {
    return this.#board.size / this.#board.capacity
  }

  /** Makes the board what the store says: call after a fault, before the first page. */
  loadReleases(): void {
    this.#applied = undefined
    if (!this.#boardFresh) this.#boardAll()
    this.#boardFresh = false
  }

  #boardAll(): void {
    this.#environment.refresh()
    boardReleases(this.#tables, this.#board, this.#openReleases)
  }

  /** Renews this thread's snapshot: call before a batch of reads. */
  refresh(): void {
    this.#environment.refresh()
    this.#read.clear()
  }

  /** Turns a page's events into rows; for the log's `apply`. */
  apply(page: Pick<Page, 'seq' | 'nowMs'>, events: readonly ShardEvent[]): void {
    const read = this.#read
    // Whatever becomes of the transaction, what was read before it is of no more use.
    this.#read = new Map()
    const releases = new PageReleases(this.#untold, this.#openReleases)
    this.#applied = { page: page.seq, releases }
    applyPage(this.#tables, page, events, { read, releases })
    for (const event of events) this.#requests.note(event)
  }

  /** Call when a page is durable, before anybody is answered. */
  published(): void {
    this.#applied?.releases.publish(this.#applied.page)
    this.#applied = undefined
  }

  meta(): ShardMeta {
    const { meta } = this.#tables
    this.#environment.refresh()
    const { seq, hash, epoch, nowMs, directoryVersion } = readHead(meta)
    const { nextSeq, endedUpTo, freedUpTo, expiringUpTo, forgottenUpTo } = readMarks(meta)
    return {
      head: { seq, hash },
      epoch,
      directoryVersion,
      nowMs,
      clockMs: Math.max(nowMs, readClock(meta)),
      nextSeq,
      endedUpTo,
      freedUpTo,
      expiringUpTo,
      forgottenUpTo,
      rates: readRates(meta),
      lowPools: readLowPools(meta),
    }
  }

  /** The pages since the last checkpoint page: where ChainTip goes on. Reads at most one run of pages. */
  openRun(): OpenRun {
    this.#environment.refresh()
    return openRun(this.#journal, this.log.head())
  }

  binding(seq: Seq): Binding | undefined {
    return this.#stored(seq)?.binding
  }

  #stored(seq: Seq): StoredBinding | undefined {
    const known = this.#read.get(seq)
    if (known !== undefined || seq > lastSeq) return known
    const stored = readStored(this.#tables, seq, this.#untold)
    if (stored !== undefined) this.#read.set(seq, stored)
    return stored
  }

  /** noCalls where none was reported. */
  calls(seq: Seq): Calls {
    return readCalls(this.#tables.calls, seq)
  }

  request(tenant: TenantId, pool: PoolId, id: string, nowMs: number): KnownRequest | undefined {
    return this.#requests.find({ tenant, pool, id }, nowMs, (seq) => this.#stored(seq))
  }

  /** Builds what `request` looks in: call at a start, before the first page. */
  async loadRequests(): Promise<void> {
    this.#requests.clear()
    const { meta, binding } = this.#tables
    const sinceMs = Math.max(readHead(meta).nowMs, readClock(meta)) - limits.requestKeptMs
    let from: Uint8Array = seqKey(lastSeq)
    for (;;) {
      this.#environment.refresh()
      const last = binding.scanDown(from, rowsAtOnce, (key, record, length) =>
        readRow(binding.name, key, record.subarray(0, length), (row) =>
          this.#requests.load(readUint48(key, 0), row, sinceMs),
        ),
      )
      if (last === undefined) return
      from = seqKey(readUint48(last, 0) - 1)
      await nextTurn()
    }
  }

  /**
   * Whether a `requests-dropped` event for this day (since the epoch) would find any. Ids kept for long are gone
   * through once for every day that is asked for: only their rows say when they are over.
   */
  hasRequestsBefore(day: number): boolean {
    const { meta, request } = this.#tables
    if (hasRequestsBefore(request, day)) return true
    if (isWithinLong(readMarks(meta).longRequest)) return true
    if (this.#longWalkedFor === day || !hasLongRequests(request)) return false
    this.#longWalkedFor = day
    return true
  }

  /** The rows of the next bindings from `fromSeq` on, at most `limit`; undefined when there are none. */
  bindingStretch(fromSeq: Seq, limit: number): BindingStretch | undefined {
    const { binding } = this.#tables
    const rows = binding.rows(seqKey(fromSeq), undefined, limit)
    const last = rows.at(-1)
    if (last === undefined) return undefined
    const freeAtMs = rows.map(({ key, payload }) => decodeBinding(this.#tables, key, payload).freeAtMs)
    const firstFreeMs = Math.min(...freeAtMs)
    return {
      fromSeq,
      toSeq: readUint48(last.key, 0) + 1,
      forgettable: (nowMs) => firstFreeMs + limits.bindingKeptMs <= nowMs,
    }
  }

  /** Every route with who owns it, in order of start, in order of (number, key). */
  async eachRoute(visit: (ordinal: Ordinal, key: CallerKey, byStart: readonly Ownership[]) => void): Promise<void> {
    const route = new LmdbTable('route', this.#environment.database('route'))
    let from: Uint8Array = new Uint8Array(1)
    for (;;) {
      this.#environment.refresh()
      const last = route.scan(from, rowsAtOnce, (key, record, length) => {
        const callerKey = callerKeyOf(key)
        if (callerKey === undefined) throw new CorruptRecord(route.name, key, 'not the key of a route')
        visit(ordinalOf(key), callerKey, owned(key, record, length, this.#board))
      })
      if (last === undefined) return
      from = Buffer.concat([last, Uint8Array.of(0)])
      await nextTurn()
    }
  }

  /** Where the cycle of each number's extensions goes on, for numbers that have chosen any. */
  async eachExtension(visit: (ordinal: Ordinal, next: number) => void): Promise<void> {
    const { extension } = this.#tables
    let from: Uint8Array = new Uint8Array(1)
    for (;;) {
      this.#environment.refresh()
      const rows = extension.rows(from, undefined, rowsAtOnce)
      for (const { key, payload } of rows) {
        const { ordinal, next } = readExtension(extension, key, payload)
        visit(ordinal, next)
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < rowsAtOnce) return
      from = Buffer.concat([last.key, Uint8Array.of(0)])
      await nextTurn()
    }
  }

  /** Bindings that were made at `sinceMs` or later, newest first. */
  async bindingsSince(sinceMs: number, visit: (binding: Binding) => void): Promise<void> {
    let from = seqKey(lastSeq)
    for (;;) {
      this.#environment.refresh()
      const rows = this.#tables.binding.rowsDown(from, rowsAtOnce)
      for (const { key, payload } of rows) {
        const binding = decodeBinding(this.#tables, key, payload)
        if (binding.createdMs < sinceMs) return
        visit(binding)
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < rowsAtOnce) return
      from = seqKey(readUint48(last.key, 0) - 1)
      await nextTurn()
    }
  }

  /** Stores a moment while there is nothing to commit; one flushed transaction. */
  storeClock(nowMs: number): void {
    this.#environment.transaction(() => writeClock(this.#tables.meta, nowMs))
  }

  /** Call only when no transaction has run in this turn of the event loop and none will. */
  close(): Promise<void> {
    return this.#environment.close()
  }
}

function owned(key: Uint8Array, record: Uint8Array, length: number, board: ReleaseBoard): Ownership[] {
  try {
    tellReleases(record, length, board)
    return decodeOwnerships(record, length)
  } catch (error) {
    if (error instanceof UnreadableBytes) throw new CorruptRecord('route', key, error.message)
    throw error
  }
}

/**
 * Opens a shard for its writer. Throws UnknownFormat. Run checkEnvironment on the directory first.
 * With `committed` readers learn of its commits (commit-counts.ts), by `boardMemory` of releases that rows do not tell yet.
 */
export function openShardStore(
  directory: string,
  { boardMemory = releaseBoardMemory(), ...options }: ShardStoreOptions = {},
): ShardStore {
  return new ShardStore(openShardEnvironment(directory, options), new ReleaseBoard(boardMemory))
}
