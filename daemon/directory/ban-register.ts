/** What the writer keeps in memory of bans: the filter that all threads read, and when the next one runs out. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Ban } from '../core/directory.js'
import { banKeysIn, callerOfBan } from '../store/directory-ban-row.js'
import type { BanRows } from '../store/directory-ban-rows.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import type { BanFilter } from './ban-filter.js'
import { directoryLimits } from './limits.js'

/** Where a start reads them. */
export interface BanSource {
  readonly banRows: BanRows
  /** Renews the snapshot. */
  refresh(): void
}

export class BanRegister {
  readonly #filter: BanFilter
  #endsFromMs = Number.POSITIVE_INFINITY

  constructor(filter: BanFilter) {
    this.#filter = filter
  }

  /** No ban runs out before; unix ms. */
  get endsFromMs(): number {
    return this.#endsFromMs
  }

  /** Call after the commit and before the version is published (I6). */
  note(events: readonly DirectoryEvent[]): void {
    for (const event of events) {
      if (event.type === 'ban') {
        if (!event.replaces) this.#filter.add(event.ban.caller)
        this.noteEnd(event.ban)
      } else if (event.type === 'bans-dropped') {
        for (const key of banKeysIn(event.keys)) this.#drop(key)
      }
    }
  }

  /** Of a page whose commit failed and may be there after all: the filter errs towards a look at the rows. */
  noteDoubtful(events: readonly DirectoryEvent[]): void {
    this.note(events.filter(({ type }) => type === 'ban'))
  }

  /** At a start, from the rows. */
  async load(source: BanSource): Promise<void> {
    const { bansPerLook } = directoryLimits
    for (let after: Uint8Array | undefined = new Uint8Array(); after !== undefined; ) {
      source.refresh()
      const placed = source.banRows.bansAfter(after, bansPerLook)
      for (const { ban } of placed) {
        this.#filter.add(ban.caller)
        this.noteEnd(ban)
      }
      after = placed.length < bansPerLook ? undefined : placed.at(-1)?.key
      await nextTurn()
    }
  }

  noteEnd({ untilMs }: Ban): void {
    if (untilMs !== undefined) this.#endsFromMs = Math.min(this.#endsFromMs, untilMs)
  }

  /** A look at all rows begins, and notes the ends that it finds. */
  forgetEnds(): void {
    this.#endsFromMs = Number.POSITIVE_INFINITY
  }

  /** Such a look was broken off: any ban may have run out. */
  doubtEnds(): void {
    this.#endsFromMs = 0
  }

  #drop(key: Uint8Array): void {
    const caller = callerOfBan(key)
    if (caller !== undefined) this.#filter.remove(caller)
  }
}
