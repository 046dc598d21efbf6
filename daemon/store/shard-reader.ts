/** What other threads may read of a shard's environment: the seam that gateways build on. */
import type { Binding, Ordinal, Seq } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { CallerKey } from '../core/modes.js'
import type { Reservation } from '../core/reservation.js'
import type { RowStanding } from './standing-reader.js'

export interface ShardReader {
  /** Renews the snapshot. Call before every batch of reads: without it a reader misses what was just acknowledged (I6). */
  refresh(): void
  /** Reservations of one route key in order of start; empty when there are none. Throws CorruptRecord when a CRC fails. */
  reservations(ordinal: Ordinal, key: CallerKey): readonly Reservation[]
  /**
   * The reservation that speaks at `nowMs` (core/reservation.ts) on one route key; undefined when none does. The key's
   * digits stand in `text` as ASCII; ANY has none. Valid until the next call. Throws CorruptRecord when a CRC fails.
   */
  speaking(
    ordinal: Ordinal,
    kind: CallerKey['kind'],
    text: Uint8Array,
    from: number,
    to: number,
    nowMs: number,
  ): RowStanding | undefined
  /** Whether a number has any extension reservation whose free_at lies after `nowMs`: step 4 of Resolve. */
  hasExtensions(ordinal: Ordinal, nowMs: number): boolean
  userData(seq: Seq): Uint8Array
  binding(seq: Seq): Binding | undefined
  /** What is known of a binding's calls; noCalls where none was reported. */
  calls(seq: Seq): Calls
  /** Bindings with seq < beforeSeq, newest first, at most `limit` rows. */
  bindingsBefore(beforeSeq: Seq, limit: number): Binding[]
  /** Distinct bindings with a reservation on a number, at most `limit` rows examined. */
  occupancy(ordinal: Ordinal, nowMs: number): { readonly live: number; readonly cooling: number }
  close(): Promise<void>
}
