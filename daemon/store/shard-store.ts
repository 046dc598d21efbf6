import type { Binding, Ordinal, PoolId, Seq, TenantId } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { KnownRequest } from '../core/commands.js'
import type { ShardEvent } from '../core/events.js'
import { limits } from '../core/limits.js'
import type { CallerKey } from '../core/modes.js'
import type { Ownership } from '../core/reservation.js'
import type { OpenRun } from '../journal/chain-tip.js'
import type { Page } from '../journal/page.js'
import type { ShardLog } from '../journal/shard-log.js'
import { readStored, type StoredBinding } from './binding-rows.js'
import { readCalls } from './calls-rows.js'
import type { Environment, EnvironmentOptions } from './environment.js'
import { JournalTable } from './journal-table.js'
import { KnownRequests } from './known-requests.js'
import { LmdbShardLog } from './lmdb-shard-log.js'
import { shardTables } from './lmdb-table.js'
import { readClock, readHead, readMarks, writeClock } from './meta-rows.js'
import { openRun } from './open-run.js'
import { boardReleases, type OpenReleases, PageReleases } from './page-releases.js'
import { applyPage } from './projection.js'
import { ReleaseBoard, releaseBoardMemory } from './release-board.js'
import { hasLongRequests, hasRequestsBefore, isWithinLong } from './request-table.js'
import { openShardEnvironment } from './shard-environment.js'
import { readShardMeta, type ShardMeta } from './shard-meta.js'
import { SkimmedBinding } from './skim-binding.js'
import { scanBindingsSince, scanExtensions, scanRoutes, scanRowsDown } from './start-scans.js'
import { readRow } from './table.js'
import { lastSeq, readUint48, seqKey } from './uint48.js'
import { UntoldReleases } from './untold-releases.js'

export interface ShardStoreOptions extends Pick<EnvironmentOptions, 'mapSizeBytes' | 'committed'> {
  readonly boardMemory?: SharedArrayBuffer
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
    this.#environment.refresh()
    return readShardMeta(this.#tables.meta)
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
    await scanRowsDown(this.#environment, binding, (seq, row) => this.#requests.load(seq, row, sinceMs))
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
    const skimmed = new SkimmedBinding()
    const freeAtMs = rows.map(
      ({ key, payload }) => readRow(binding.name, key, payload, (row) => skimmed.read(row)).freeAtMs,
    )
    const firstFreeMs = Math.min(...freeAtMs)
    return {
      fromSeq,
      toSeq: readUint48(last.key, 0) + 1,
      forgettable: (nowMs) => firstFreeMs + limits.bindingKeptMs <= nowMs,
    }
  }

  /** Every route with who owns it, in order of start, in order of (number, key). */
  eachRoute(visit: (ordinal: Ordinal, key: CallerKey, byStart: readonly Ownership[]) => void): Promise<void> {
    return scanRoutes(this.#environment, this.#board, visit)
  }

  /** Where the cycle of each number's extensions goes on, for numbers that have chosen any. */
  eachExtension(visit: (ordinal: Ordinal, next: number) => void): Promise<void> {
    return scanExtensions(this.#environment, this.#tables.extension, visit)
  }

  /** Bindings that were made at `sinceMs` or later, newest first, as their rows tell. */
  bindingsSince(sinceMs: number, visit: (binding: Binding) => void): Promise<void> {
    return scanBindingsSince(this.#environment, this.#tables, { sinceMs, visit })
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
