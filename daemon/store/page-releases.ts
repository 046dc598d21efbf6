/**
 * Releases as the page in hand leaves them: what stands on the board, what the
 * page adds to it, and what the page's rows tell from now on. The board changes
 * once the page is durable, and not at all when it is not.
 */
import type { Seq } from '../core/binding.js'
import type { BoardedRelease, ReleaseBoard } from './release-board.js'
import { eachReleaseRow, encodeReleases, type ReleaseEntry } from './release-rows.js'
import { isToldReleased } from './skim-binding.js'
import type { ShardTables } from './table.js'
import { seqKey } from './uint48.js'
import type { ReleasesUntold, UntoldReleases } from './untold-releases.js'

/** How many releases of each page's row stand on the board still. */
export type OpenReleases = Map<number, number>

/** Makes the board, and the counts beside it, what the tables say. Throws CorruptRecord. */
export function boardReleases(
  { release, binding }: Pick<ShardTables, 'release' | 'binding'>,
  board: ReleaseBoard,
  open: OpenReleases,
): void {
  const untold = new Set<Seq>()
  open.clear()
  eachReleaseRow(release, (page, entries) => {
    const left = entries.filter(({ seq }) => !isToldReleased(binding, seq))
    for (const { reason, ...entry } of left) board.add({ ...entry, page, hasReason: reason !== '' })
    for (const { seq } of left) untold.add(seq)
    if (left.length > 0) open.set(page, left.length)
  })
  board.removeAll(board.seqs().filter((seq) => !untold.has(seq)))
}

/** Belongs to one page. */
export class PageReleases implements ReleasesUntold {
  endMs = 0
  freeAtMs = 0
  readonly #before: UntoldReleases
  readonly #open: OpenReleases
  readonly #added = new Map<Seq, ReleaseEntry>()
  readonly #told = new Set<Seq>()
  /** What `write` has made of them, for `publish`. */
  #published: readonly BoardedRelease[] = []
  #left: ReadonlyMap<number, number> = new Map()

  constructor(before: UntoldReleases, open: OpenReleases) {
    this.#before = before
    this.#open = open
  }

  find(seq: Seq): boolean {
    if (this.#told.has(seq)) return false
    const added = this.#added.get(seq)
    if (added === undefined) {
      if (!this.#before.find(seq)) return false
      this.endMs = this.#before.endMs
      this.freeAtMs = this.#before.freeAtMs
      return true
    }
    this.endMs = added.endMs
    this.freeAtMs = added.freeAtMs
    return true
  }

  /** The reason of a release that `find` finds. Throws CorruptRecord. */
  reasonOf(seq: Seq): string {
    return this.#added.get(seq)?.reason ?? this.#before.reasonOf(seq)
  }

  /** False when the board has no room: then the rows must tell it at once. */
  add(entry: ReleaseEntry): boolean {
    if (this.#before.board.size + this.#added.size >= this.#before.board.capacity) return false
    this.#added.set(entry.seq, entry)
    return true
  }

  /** From now on the rows tell it. */
  tell(seq: Seq): void {
    if (!this.#added.delete(seq)) this.#told.add(seq)
  }

  /** Writes the row of what the page has added, and drops the rows of which all is told. Call last, within the transaction. */
  write(page: number): void {
    const entries = [...this.#added.values()]
    if (entries.length > 0) {
      const { payload, places } = encodeReleases(entries)
      this.#before.table.append(seqKey(page), payload)
      this.#published = entries.map(({ reason, ...times }, i) => ({
        ...times,
        ...{ page, place: places[i]!, hasReason: reason !== '' },
      }))
    }
    this.#left = this.#leftOpen()
    for (const [of, left] of this.#left) if (left === 0) this.#before.table.remove(seqKey(of))
  }

  /** Puts on the board what the page has changed. Call when it is durable, before anybody is answered. */
  publish(page: number): void {
    for (const release of this.#published) this.#before.board.add(release)
    if (this.#published.length > 0) this.#open.set(page, this.#published.length)
    if (this.#told.size === 0) return
    for (const [of, left] of this.#left) {
      if (left === 0) this.#open.delete(of)
      else this.#open.set(of, left)
    }
    this.#before.board.removeAll(this.#told)
  }

  /** Of the rows of earlier pages that this one has told some of: how many of each are left. */
  #leftOpen(): Map<number, number> {
    const left = new Map<number, number>()
    for (const seq of this.#told) {
      const { page } = this.#before.board.get(seq)!
      left.set(page, (left.get(page) ?? this.#open.get(page)!) - 1)
    }
    return left
  }
}
