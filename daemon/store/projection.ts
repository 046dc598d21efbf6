/**
 * Turns the events of a page into rows. It runs within the transaction that
 * adds the page to the journal, and from the same pages it makes the same rows,
 * byte for byte: it reads nothing but the tables, the page and its events (I8).
 *
 *   event              route            binding, user_data   calls        request        meta
 *   allocated          + reservations   + rows               .            + row if long  next seq
 *   updated            old - new + rem  rewritten            A: no last   + row, longer  .
 *   released           .                .                    .            .              .          (see below)
 *   called             times, if moved  times, if moved      rewritten    .              .
 *   ended, freed       .                .                    .            .              marks
 *   expiring           .                .                    .            .              mark
 *   purged             - spent          .                    .            .              .
 *   forgotten          .                - rows               - rows       .              mark
 *   requests-dropped   .                .                    .            - rows         mark
 *   rate, pool-level   .                .                    .            .              rate, low
 *
 * `allocated` also writes where the cycle of its number's extensions goes on: the table `extension`.
 *
 * Whenever a route is written it loses what is spent at the page's time, judged
 * with the new reservations in place: what they replaced from their start never
 * comes back (I1, I2).
 *
 * A release goes to the page's row of releases and, with the commit, to the board (release-board.ts), unless a call
 * holds the binding past its end or the board is full: then its rows tell it at once. It is told whole, in the
 * binding's row and on all its routes, as soon as one of these is written for any reason; so a release is either on
 * the board and in no row, or in all rows and not on the board.
 *
 * A binding's row is read once and written once a page, however often it changes: last, in order of seq.
 */
import type { Binding, Seq } from '../core/binding.js'
import { afterReport, type Calls, withoutLast } from '../core/calls.js'
import { afterRelease, type ShardEvent } from '../core/events.js'
import { limits } from '../core/limits.js'
import { type PlacedReservation, type Reservation, reservationsOf } from '../core/reservation.js'
import type { Page } from '../journal/page.js'
import { decodeBinding, type StoredBinding } from './binding-rows.js'
import { encodeCalls, readCalls } from './calls-rows.js'
import { eachRow } from './each-row.js'
import { writeExtension } from './extension-rows.js'
import { type Marks, readMarks, writeMarks, writePoolLevel, writeRate } from './meta-rows.js'
import { PageBindings } from './page-bindings.js'
import type { PageReleases } from './page-releases.js'
import { dropRequests, extendMaker, rememberChange, rememberMaker } from './request-table.js'
import { decodeRoute } from './route-codec.js'
import { routeKey, routesOf } from './route-key.js'
import { tellReleases } from './route-releases.js'
import { insert, isCurrent, keyOf, putRoute, withoutSpent } from './route-rows.js'
import { readRow, type ShardTables } from './table.js'
import { seqKey } from './uint48.js'

type Of<T extends ShardEvent['type']> = Extract<ShardEvent, { type: T }>

const noSeqs: readonly Seq[] = []

/** What is known of the tables before the page. */
export interface PageKnowledge {
  /** Bindings that were read already, releases told; changed on the way. */
  readonly read?: Map<Seq, StoredBinding>
  /** undefined: rows tell every release at once. */
  readonly releases?: PageReleases | undefined
}

/**
 * Call within a transaction. Throws CorruptRecord; anything else it throws is a fault of the events.
 */
export function applyPage(
  tables: ShardTables,
  page: Pick<Page, 'seq' | 'nowMs'>,
  events: readonly ShardEvent[],
  { read = new Map(), releases }: PageKnowledge = {},
): void {
  const projection = new Projection(tables, page, { read, releases })
  for (const event of events) projection.apply(event)
  projection.finish()
}

class Projection {
  readonly #tables: ShardTables
  readonly #page: Pick<Page, 'seq' | 'nowMs'>
  readonly #bindings: PageBindings
  readonly #releases: PageReleases | undefined
  #marks: Marks
  #moved = false

  constructor(
    tables: ShardTables,
    page: Pick<Page, 'seq' | 'nowMs'>,
    { read, releases }: PageKnowledge & { readonly read: Map<Seq, StoredBinding> },
  ) {
    this.#tables = tables
    this.#page = page
    this.#releases = releases
    this.#marks = readMarks(tables.meta)
    this.#bindings = new PageBindings(tables, releases, { known: read, nextSeq: this.#marks.nextSeq })
  }

  apply(event: ShardEvent): void {
    switch (event.type) {
      case 'allocated':
        return this.#allocated(event)
      case 'updated':
        return this.#updated(event)
      case 'released':
        return this.#released(event)
      case 'ended':
        return this.#mark({ endedUpTo: event.upTo })
      case 'freed':
        return this.#mark({ freedUpTo: event.upTo })
      case 'expiring':
        return this.#mark({ expiringUpTo: event.upTo })
      case 'called':
        return this.#called(event)
      case 'pool-level':
        return writePoolLevel(this.#tables.meta, event.pool, event.low)
      case 'purged':
        for (const ordinal of event.ordinals) this.#purge(ordinal, event.atMs)
        return
      case 'forgotten':
        this.#bindings.write(this.#marks.nextSeq)
        this.#bindings.forgetAll()
        forget(this.#tables, event, this.#releases)
        return this.#mark({ forgottenUpTo: event.toSeq })
      case 'requests-dropped':
        return this.#mark({ longRequest: dropRequests(this.#tables.request, event, this.#marks.longRequest) })
      case 'rate':
        return writeRate(this.#tables.meta, event.tenant, event.theoreticalMs)
    }
  }

  finish(): void {
    this.#bindings.write(this.#marks.nextSeq)
    this.#releases?.write(this.#page.seq)
    if (this.#moved) writeMarks(this.#tables.meta, this.#marks)
  }

  #mark(change: Partial<Marks>): void {
    this.#marks = { ...this.#marks, ...change }
    this.#moved = true
  }

  #allocated({ binding, request, nextExtension }: Of<'allocated'>): void {
    const { user_data, request: requests, extension } = this.#tables
    for (const placed of reservationsOf(binding))
      this.#writeRoute(keyOf(placed), (row) => insert(row, placed.reservation))
    this.#bindings.put(binding, request?.fingerprint ?? '')
    if (binding.userData.length > 0) this.#bindings.writeBeside(user_data, binding.seq, binding.userData)
    if (request !== undefined) rememberMaker(requests, request, binding)
    if (nextExtension !== undefined) writeExtension(extension, { ordinal: binding.x.ordinal, next: nextExtension })
    if (binding.seq >= this.#marks.nextSeq) this.#mark({ nextSeq: binding.seq + 1 })
  }

  #updated({ binding, removed, request }: Of<'updated'>): void {
    const { user_data, request: requests } = this.#tables
    this.#tell(binding.seq)
    const { binding: before, fingerprint } = this.#bindings.get(binding.seq)
    this.#replaceReservations(before, [...removed, ...reservationsOf(binding)])
    this.#bindings.put(binding, fingerprint)
    const key = seqKey(binding.seq)
    if (binding.userData.length > 0) user_data.put(key, binding.userData)
    else if (before.userData.length > 0) user_data.remove(key)
    if (binding.a.number !== before.a.number) this.#writeCalls(binding.seq, withoutLast)
    extendMaker(requests, fingerprint, binding)
    if (request !== undefined) rememberChange(requests, request, binding, this.#page)
  }

  #released(event: Of<'released'>): void {
    const { binding, fingerprint } = this.#bindings.get(event.seq)
    const released = afterRelease(binding, event)
    const mayWait = !this.#bindings.isWritten(event.seq) && isAllInTimes(binding, released)
    if (mayWait && this.#releases?.add(event)) this.#bindings.keep(released, fingerprint)
    else this.#rewrite(released, fingerprint)
  }

  #called({ seq, report, heldUntilMs, freeAtMs, remnants }: Of<'called'>): void {
    this.#tell(seq)
    const { binding: before, fingerprint } = this.#bindings.get(seq)
    this.#writeCalls(seq, (calls) => afterReport(calls, report, before, this.#page.nowMs))
    if (heldUntilMs !== before.heldUntilMs || freeAtMs !== before.freeAtMs)
      this.#rewrite({ ...before, heldUntilMs, freeAtMs }, fingerprint)
    for (const { ordinal, key, endMs, ...times } of remnants) {
      const isIt = (one: Reservation) => one.seq === seq && one.removed && one.endMs === endMs
      this.#writeRoute(routeKey(ordinal, key), (row) => row.map((one) => (isIt(one) ? { ...one, ...times } : one)))
    }
  }

  /** The binding and its reservations with new times; on keys that a later binding has taken over it is no more. */
  #rewrite(binding: Binding, fingerprint: string): void {
    const { seq } = binding
    for (const placed of reservationsOf(binding)) this.#rewriteRoute(placed, seq)
    this.#bindings.put(binding, fingerprint)
  }

  #rewriteRoute(placed: PlacedReservation, seq: Seq): void {
    this.#writeRoute(keyOf(placed), (row) => row.map((one) => (isCurrent(one, seq) ? placed.reservation : one)))
  }

  /** The rows of a binding tell its release, if none of them did before. */
  #tell(seq: Seq): void {
    if (!this.#releases?.find(seq)) return
    const { binding, fingerprint } = this.#bindings.get(seq)
    this.#releases.tell(seq)
    this.#rewrite(binding, fingerprint)
  }

  #writeCalls(seq: Seq, change: (calls: Calls) => Calls): void {
    const { calls } = this.#tables
    const before = readCalls(calls, seq)
    const after = change(before)
    if (after !== before) calls.put(seqKey(seq), encodeCalls(after))
  }

  /** Takes the binding's reservations off all keys they are on, and puts the new ones on theirs: each row once. */
  #replaceReservations(before: Binding, after: readonly PlacedReservation[]): void {
    const byKey = new Map<string, { readonly at: Uint8Array; readonly added: Reservation[] }>()
    const slotOf = (placed: PlacedReservation) => {
      const at = keyOf(placed)
      const text = Buffer.from(at).toString('latin1')
      const slot = byKey.get(text) ?? { at, added: [] }
      byKey.set(text, slot)
      return slot
    }
    for (const placed of reservationsOf(before)) slotOf(placed)
    for (const placed of after) slotOf(placed).added.push(placed.reservation)
    for (const { at, added } of byKey.values()) {
      this.#writeRoute(at, (row) =>
        added.reduce(
          insert,
          row.filter((one) => !isCurrent(one, before.seq)),
        ),
      )
    }
  }

  #writeRoute(key: Uint8Array, change: (byStart: readonly Reservation[]) => readonly Reservation[]): void {
    const { route } = this.#tables
    const payload = route.get(key)
    const told = payload === undefined ? noSeqs : this.#toldOn(key, payload)
    const before = payload === undefined ? [] : readRow(route.name, key, payload, decodeRoute)
    putRoute(route, key, before.length > 0, withoutSpent(change(before), this.#page.nowMs))
    for (const seq of told) this.#tell(seq)
  }

  /** The row's payload tells what the board knows. @returns whose releases these were */
  #toldOn(key: Uint8Array, payload: Uint8Array): readonly Seq[] {
    const releases = this.#releases
    if (releases === undefined) return noSeqs
    let told = noSeqs
    readRow('route', key, payload, (bytes) =>
      tellReleases(bytes, bytes.length, releases, (seq) => {
        told = [...told, seq]
      }),
    )
    return told
  }

  #purge(ordinal: number, atMs: number): void {
    const { route } = this.#tables
    const told = new Set<Seq>()
    eachRow(route, routesOf(ordinal), (key, payload) => {
      const toldHere = this.#toldOn(key, payload)
      const byStart = readRow(route.name, key, payload, decodeRoute)
      const kept = withoutSpent(byStart, atMs)
      if (kept.length < byStart.length || toldHere.length > 0) putRoute(route, key, true, kept)
      for (const seq of toldHere) told.add(seq)
    })
    for (const seq of told) this.#toldOnNumber(seq, ordinal)
  }

  /** As #tell, for one whose routes on a number tell its release by now. */
  #toldOnNumber(seq: Seq, ordinal: number): void {
    const { binding, fingerprint } = this.#bindings.get(seq)
    this.#releases!.tell(seq)
    this.#bindings.put(binding, fingerprint)
    for (const placed of reservationsOf(binding)) {
      if (placed.route.on.ordinal !== ordinal) this.#rewriteRoute(placed, seq)
    }
  }
}

/** Whether the times of a release, and that it was one, are all that its rows would tell. */
function isAllInTimes(before: Binding, { revision, heldUntilMs, endMs }: Binding): boolean {
  return !before.released && revision === before.revision + 1 && heldUntilMs <= endMs
}

function forget(
  tables: ShardTables,
  { fromSeq, toSeq, atMs }: Of<'forgotten'>,
  releases: PageReleases | undefined,
): void {
  eachRow(tables.binding, { from: seqKey(fromSeq), to: seqKey(toSeq) }, (key, payload) => {
    const binding = decodeBinding(tables, key, payload)
    // One whose release no row tells yet has its number tidied first.
    if (binding.freeAtMs + limits.bindingKeptMs > atMs || releases?.find(binding.seq)) return
    tables.binding.remove(key)
    if (binding.userData.length > 0) tables.user_data.remove(key)
    tables.calls.remove(key)
  })
}
