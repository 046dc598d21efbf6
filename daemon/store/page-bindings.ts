/**
 * The rows of bindings as the page in hand leaves them: each is read once and
 * written once, however often it changes, last and in order of seq.
 */
import type { Binding, Seq } from '../core/binding.js'
import { encodeBinding, readStored, type StoredBinding } from './binding-rows.js'
import type { PageReleases } from './page-releases.js'
import type { ShardTables, Table } from './table.js'
import { seqKey } from './uint48.js'

/** Belongs to one page. */
export class PageBindings {
  readonly #tables: ShardTables
  readonly #releases: PageReleases | undefined
  readonly #known: Map<Seq, StoredBinding>
  readonly #written = new Set<Seq>()
  #firstNewSeq: Seq

  /** @param known rows that were read already, releases told */
  constructor(
    tables: ShardTables,
    releases: PageReleases | undefined,
    { known, nextSeq }: { readonly known: Map<Seq, StoredBinding>; readonly nextSeq: Seq },
  ) {
    this.#tables = tables
    this.#releases = releases
    this.#known = known
    this.#firstNewSeq = nextSeq
  }

  /** A binding that must be there. Throws CorruptRecord. */
  get(seq: Seq): StoredBinding {
    const stored = this.#known.get(seq) ?? readStored(this.#tables, seq, this.#releases)
    if (stored === undefined) throw new Error(`binding ${seq} changed and is not there`)
    return stored
  }

  put(binding: Binding, fingerprint: string): void {
    this.#known.set(binding.seq, { binding, fingerprint })
    this.#written.add(binding.seq)
  }

  /** As `put`, for a change that the row does not tell yet. */
  keep(binding: Binding, fingerprint: string): void {
    this.#known.set(binding.seq, { binding, fingerprint })
  }

  /** Whether its row is to be written. */
  isWritten(seq: Seq): boolean {
    return this.#written.has(seq)
  }

  /** Adds or replaces a row of a table that is ordered as the bindings are. */
  writeBeside(table: Table, seq: Seq, payload: Uint8Array): void {
    if (seq >= this.#firstNewSeq) table.append(seqKey(seq), payload)
    else table.put(seqKey(seq), payload)
  }

  /** @param nextSeq of the bindings that are new from here on */
  write(nextSeq: Seq): void {
    for (const seq of [...this.#written].sort((a, b) => a - b)) {
      const { binding, fingerprint } = this.#known.get(seq)!
      this.writeBeside(this.#tables.binding, seq, encodeBinding(binding, fingerprint))
    }
    this.#written.clear()
    this.#firstNewSeq = nextSeq
  }

  /** Call when rows are changed behind its back. */
  forgetAll(): void {
    this.#known.clear()
  }
}
