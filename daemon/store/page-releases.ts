/**
 * Releases as the page in hand leaves them: what stands on the board, what the
 * page adds to it, and what the page's rows tell from now on. The board changes
 * once the page is durable, and not at all when it is not.
 */
import type { Seq } from '../core/binding.js'
import type { BoardedRelease, ReleaseBoard } from './release-board.js'
import { encodeReleases, type ReleaseEntry, readReason } from './release-rows.js'
import type { ReleasesFound } from './route-releases.js'
import type { Table } from './table.js'
import { seqKey } from './uint48.js'

/** How many releases of each page's row stand on the board still. */
export type OpenReleases = Map<number, number>

export class PageReleases implements ReleasesFound {
  endMs = 0
  freeAtMs = 0
  readonly #release: Table
  readonly #board: ReleaseBoard
  readonly #open: OpenReleases
  readonly #added = new Map<Seq, ReleaseEntry>()
  readonly #told = new Set<Seq>()
  #published: readonly BoardedRelease[] = []

  constructor(release: Table, board: ReleaseBoard, open: OpenReleases) {
    this.#release = release
    this.#board = board
    this.#open = open
  }

  find(seq: Seq): boolean {
    if (this.#told.has(seq)) return false
    const added = this.#added.get(seq)
    if (added === undefined) {
      if (!this.#board.find(seq)) return false
      this.endMs = this.#board.endMs
      this.freeAtMs = this.#board.freeAtMs
      return true
    }
    this.endMs = added.endMs
    this.freeAtMs = added.freeAtMs
    return true
  }

  /** The reason of a release that `find` finds. Throws CorruptRecord. */
  reasonOf(seq: Seq): string {
    const added = this.#added.get(seq)
    if (added !== undefined) return added.reason
    const boarded = this.#board.get(seq)!
    return boarded.hasReason ? readReason(this.#release, boarded.page, boarded.place) : ''
  }

  /** False when the board has no room: then the rows must tell it at once. */
  add(entry: ReleaseEntry): boolean {
    if (this.#board.size + this.#added.size >= this.#board.capacity) return false
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
      this.#release.append(seqKey(page), payload)
      this.#published = entries.map(({ reason, ...times }, i) => ({
        ...times,
        ...{ page, place: places[i]!, hasReason: reason !== '' },
      }))
    }
    for (const [of, count] of this.#toldOf()) {
      if (count === this.#open.get(of)) this.#release.remove(seqKey(of))
    }
  }

  /** Puts on the board what the page has changed. Call when it is durable, before anybody is answered. */
  publish(page: number): void {
    for (const release of this.#published) this.#board.add(release)
    if (this.#published.length > 0) this.#open.set(page, this.#published.length)
    if (this.#told.size === 0) return
    for (const [of, count] of this.#toldOf()) {
      const left = this.#open.get(of)! - count
      if (left === 0) this.#open.delete(of)
      else this.#open.set(of, left)
    }
    this.#board.removeAll(this.#told)
  }

  #toldOf(): Map<number, number> {
    const counts = new Map<number, number>()
    for (const seq of this.#told) {
      const { page } = this.#board.get(seq)!
      counts.set(page, (counts.get(page) ?? 0) + 1)
    }
    return counts
  }
}
