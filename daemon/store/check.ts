/**
 * Walks a shard's environment and lists what is wrong: every CRC, every row's
 * meaning, the chain of the journal, and by sequence numbers and cross references
 * what is missing. Reads only; runs while the shard is at work or at rest.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Binding } from '../core/binding.js'
import { type PlacedReservation, type Reservation, reservationsOf } from '../core/reservation.js'
import { decodeEvent } from '../journal/event-codec.js'
import type { Page } from '../journal/page.js'
import { decodePage } from '../journal/page-codec.js'
import { emptyHead } from '../journal/seal-page.js'
import { type ChainVerdict, verifyChain } from '../journal/verify-chain.js'
import { decodeBinding } from './binding-rows.js'
import { decodeCalls } from './calls-rows.js'
import type { Environment } from './environment.js'
import { readExtension } from './extension-rows.js'
import { JournalTable } from './journal-table.js'
import { shardTables } from './lmdb-table.js'
import { readFirstPage, readHead, readLowPools, readMarks, readRates } from './meta-rows.js'
import { CorruptRecord, openRecord } from './record.js'
import { decodeReleases } from './release-rows.js'
import { decodeRequest } from './request-row.js'
import { decodeRoute } from './route-codec.js'
import { callerKeyOf, routeKey } from './route-key.js'
import { readRow, type ShardDatabase, shardDatabases } from './table.js'
import { seqKey } from './uint48.js'

export interface CheckProblem {
  readonly database: ShardDatabase
  readonly message: string
}

export interface CheckReport {
  /** The first ones, at most 1,000. */
  readonly problems: readonly CheckProblem[]
  readonly records: Readonly<Record<ShardDatabase, number>>
  readonly journal: ChainVerdict | undefined
}

const recordsAtOnce = 1_000
const problemsMax = 1_000

type Tables = ReturnType<typeof shardTables>
/** Looks at one record whose CRC holds, at the process clock of the snapshot; throws CorruptRecord, or returns what is wrong. */
type Look = (key: Uint8Array, payload: Uint8Array, nowMs: number) => string | undefined

export async function checkShard(environment: Environment): Promise<CheckReport> {
  const check = new Check(environment)
  for (const database of shardDatabases) await check.walk(database)
  return check.report()
}

class Check {
  readonly #environment: Environment
  readonly #tables: Tables
  readonly #problems: CheckProblem[] = []
  readonly #records: Record<ShardDatabase, number> = {
    meta: 0,
    route: 0,
    binding: 0,
    user_data: 0,
    calls: 0,
    extension: 0,
    request: 0,
    release: 0,
    journal: 0,
  }
  readonly #looks: Readonly<Record<ShardDatabase, Look>>
  #journal: ChainVerdict | undefined

  constructor(environment: Environment) {
    this.#environment = environment
    this.#tables = shardTables(environment)
    this.#looks = looksAt(this.#tables)
  }

  report(): CheckReport {
    return { problems: this.#problems, records: this.#records, journal: this.#journal }
  }

  async walk(database: ShardDatabase): Promise<void> {
    let from: Uint8Array | undefined = new Uint8Array(1)
    while (from !== undefined) {
      this.#environment.refresh()
      from = this.#chunk(database, from)
      await nextTurn()
    }
    if (database === 'meta') this.#try('meta', () => readMeta(this.#tables))
    if (database === 'journal') this.#try('journal', () => this.#verifyChain())
  }

  /** Where the next chunk begins. */
  #chunk(database: ShardDatabase, from: Uint8Array): Uint8Array | undefined {
    const nowMs = momentOf(this.#tables)
    let count = 0
    let last: Uint8Array = from
    for (const { key, value } of this.#environment.database(database).getRange({ start: from, limit: recordsAtOnce })) {
      count += 1
      last = key
      this.#try(database, () => {
        const fault = this.#looks[database](key, openRecord(database, key, value), nowMs)
        if (fault !== undefined) throw new CorruptRecord(database, key, fault)
      })
    }
    this.#records[database] += count
    return count < recordsAtOnce ? undefined : Buffer.concat([last, Uint8Array.of(0)])
  }

  #verifyChain(): void {
    const head = readHead(this.#tables.meta)
    const journal = new JournalTable(this.#environment)
    const first = readFirstPage(this.#tables.meta)
    if (first > 1 && journal.firstSeq() !== first) this.#note('journal', `missing: page ${first}, the first one kept`)
    this.#journal = verifyChain(this.#pages(journal, first), { start: first > 1 ? undefined : emptyHead, head })
    const { problem } = this.#journal
    if (problem !== undefined) this.#note('journal', `${problem.kind}: ${problem.message}`)
  }

  /** In the order of their places; a place without a page is passed over, and so found by the chain. */
  *#pages(journal: JournalTable, first: number): Iterable<Page> {
    let from = first
    for (;;) {
      this.#environment.refresh()
      const seqs = journal.seqsFrom(from, recordsAtOnce)
      for (const seq of seqs) yield journal.page(seq)!
      const last = seqs.at(-1)
      if (last === undefined) return
      from = last + 1
    }
  }

  #try(database: ShardDatabase, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof CorruptRecord)) throw error
      this.#note(database, error.message)
    }
  }

  #note(database: ShardDatabase, message: string): void {
    if (this.#problems.length < problemsMax) this.#problems.push({ database, message })
  }
}

/** Of the last page; where its row is damaged, which is noted elsewhere, no record is taken for one still in force. */
function momentOf({ meta }: Tables): number {
  try {
    return readHead(meta).nowMs
  } catch (error) {
    if (error instanceof CorruptRecord) return Number.POSITIVE_INFINITY
    throw error
  }
}

function readMeta({ meta }: Tables): void {
  readHead(meta)
  readMarks(meta)
  readRates(meta)
  readLowPools(meta)
}

function looksAt(tables: Tables): Readonly<Record<ShardDatabase, Look>> {
  return {
    meta: () => undefined,
    route: (key, payload, nowMs) => lookAtRoute(tables, nowMs, key, payload),
    binding: (key, payload, nowMs) => lookAtBinding(tables, nowMs, key, payload),
    user_data: (key) => (tables.binding.get(key) === undefined ? 'its binding is missing' : undefined),
    calls: (key, payload) => {
      readRow('calls', key, payload, decodeCalls)
      return tables.binding.get(key) === undefined ? 'its binding is missing' : undefined
    },
    extension: (key, payload) => {
      readExtension(tables.extension, key, payload)
      return undefined
    },
    request: (key, payload) => {
      readRow('request', key, payload, decodeRequest)
      return undefined
    },
    release: (key, payload) => {
      const gone = readRow('release', key, payload, decodeReleases).find(({ seq }) => !tables.binding.get(seqKey(seq)))
      return gone === undefined ? undefined : `binding ${gone.seq} is missing`
    },
    // Its hashes are the chain's; here it is whether a rebuild can read it.
    journal: (key, payload) => {
      for (const { event } of readRow('journal', key, payload, decodePage).entries) {
        readRow('journal', key, event, decodeEvent)
      }
      return undefined
    },
  }
}

function lookAtRoute(tables: Tables, nowMs: number, key: Uint8Array, payload: Uint8Array): string | undefined {
  const byStart = readRow('route', key, payload, decodeRoute)
  if (callerKeyOf(key) === undefined) return 'not the key of a route'
  for (const [i, { startMs, freeAtMs, seq, removed }] of byStart.entries()) {
    if (i > 0 && byStart[i - 1]!.startMs > startMs) return 'its reservations are not in order of start'
    // What remains of a removed party may cool for longer than its binding is kept.
    if (removed || freeAtMs <= nowMs) continue
    if (tables.binding.get(seqKey(seq)) === undefined) return `binding ${seq} is missing`
  }
  return undefined
}

/**
 * A binding that still owns its keys must be on them. One that only cools may have been replaced, by one that
 * is off the key again; but then that one's own row is still there to say so.
 */
function lookAtBinding(tables: Tables, nowMs: number, key: Uint8Array, payload: Uint8Array): string | undefined {
  const binding = decodeBinding(tables, key, payload)
  if (binding.heldUntilMs > 0 && tables.calls.get(key) === undefined) return 'its calls are missing'
  if (binding.freeAtMs <= nowMs) return undefined
  for (const { route, reservation } of reservationsOf(binding)) {
    const at = routeKey(route.on.ordinal, route.key)
    const row = tables.route.get(at)
    const byStart = row === undefined ? [] : readRow('route', at, row, decodeRoute)
    if (byStart.some((one) => isSame(one, reservation))) continue
    if (nowMs < binding.endMs || !isReplaced(tables, binding, at, nowMs))
      return `binding ${binding.seq} is not on its route ${Buffer.from(at).toString('hex')}`
  }
  return undefined
}

/** Whether a later binding was, or is, on the key. It walks rows, but only for a binding that is not where it was. */
function isReplaced(tables: Tables, { seq }: Binding, at: Uint8Array, nowMs: number): boolean {
  for (let from = seqKey(seq + 1); ; ) {
    const rows = tables.binding.rows(from, undefined, recordsAtOnce)
    for (const { key, payload } of rows) {
      const later = decodeBinding(tables, key, payload)
      if (reservationsOf(later).some((placed) => begunOn(placed, at, nowMs))) return true
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < recordsAtOnce) return false
    from = Buffer.concat([last.key, Uint8Array.of(0)])
  }
}

function begunOn({ route, reservation }: PlacedReservation, at: Uint8Array, nowMs: number): boolean {
  return reservation.startMs <= nowMs && Buffer.compare(routeKey(route.on.ordinal, route.key), at) === 0
}

function isSame(one: Reservation, other: Reservation): boolean {
  const { seq, startMs, endMs, heldUntilMs, freeAtMs } = other
  const sameTimes = one.startMs === startMs && one.endMs === endMs && one.freeAtMs === freeAtMs
  return one.seq === seq && !one.removed && sameTimes && one.heldUntilMs === heldUntilMs
}
