/** Releases that no row tells yet, with all that a binding's row would tell of them. */
import type { Binding, Seq } from '../core/binding.js'
import { afterRelease } from '../core/events.js'
import type { ReleaseBoard } from './release-board.js'
import { readReason } from './release-rows.js'
import type { ReleasesFound } from './route-releases.js'
import type { Table } from './table.js'

export interface ReleasesUntold extends ReleasesFound {
  /** The reason of a release that `find` finds, empty if none. Throws CorruptRecord. */
  reasonOf(seq: Seq): string
}

/** As of the last page that is durable: the board, and the rows with what it leaves out. */
export class UntoldReleases implements ReleasesUntold {
  readonly table: Table
  readonly board: ReleaseBoard

  constructor(table: Table, board: ReleaseBoard) {
    this.table = table
    this.board = board
  }

  get endMs(): number {
    return this.board.endMs
  }

  get freeAtMs(): number {
    return this.board.freeAtMs
  }

  find(seq: Seq): boolean {
    return this.board.find(seq)
  }

  reasonOf(seq: Seq): string {
    const release = this.board.get(seq)
    return release?.hasReason === true ? readReason(this.table, release.page, release.place) : ''
  }
}

/** The binding as its release has left it, where its row does not tell. Throws CorruptRecord. */
export function withRelease(binding: Binding, releases: ReleasesUntold | undefined): Binding {
  const { seq, revision } = binding
  if (binding.released || !releases?.find(seq)) return binding
  const { endMs, freeAtMs } = releases
  return afterRelease(binding, { revision: revision + 1, endMs, freeAtMs, reason: releases.reasonOf(seq) })
}
