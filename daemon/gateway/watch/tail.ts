/**
 * The one tail of a gateway: reads on in all journals and tells the groups of
 * watchers who have caught up with it. It reads nothing while there are none.
 * When to tick is the pacer's business (pacer.ts).
 */
import { bounds } from '../bounds.js'
import { AudienceGroups } from './audience-group.js'
import { Cursor } from './cursor.js'
import { writeResumeToken } from './resume-token.js'
import type { WatchItem } from './watch-item.js'
import { headsOf, readOn, type WatchJournal } from './watch-journal.js'
import type { Watcher } from './watcher.js'

export class Tail {
  readonly #journals: readonly WatchJournal[]
  readonly #groups = new AudienceGroups()
  readonly #watchers = new Set<Watcher>()
  #cursor: Cursor
  #ticks = 0

  constructor(journals: readonly WatchJournal[]) {
    this.#journals = journals
    this.#cursor = Cursor.atPages(journals.map(() => 0))
  }

  /** Where its watchers stand. */
  get cursor(): Cursor {
    return this.#cursor
  }

  get watchers(): ReadonlySet<Watcher> {
    return this.#watchers
  }

  /** The ends of all journals now. */
  heads(): Cursor {
    return Cursor.atPages(headsOf(this.#journals))
  }

  /** Where nobody watches, nothing is missed by going to the end at once. */
  skipIfAlone(): void {
    if (this.#watchers.size === 0) this.#cursor = this.heads()
  }

  /** @param watcher has been sent everything up to the tail's cursor, and nothing behind it */
  join(watcher: Watcher, nowMs: number): void {
    this.#watchers.add(watcher)
    this.#groups.add(watcher, nowMs)
  }

  leave(watcher: Watcher): void {
    if (this.#watchers.delete(watcher)) this.#groups.remove(watcher)
  }

  /**
   * Reads a bounded piece of the journals and sends it.
   * @param nowMs any clock that does not fall, for the tokens of idle watchers
   * @throws JournalGap, CorruptRecord: the watchers must be ended, their tokens still hold
   */
  tick(nowMs: number): void {
    this.#ticks += 1
    for (const group of this.#groups.all) group.tickBytes = 0
    readOn({
      journals: this.#journals,
      cursor: this.#cursor,
      until: this.heads(),
      maxPages: bounds.watchTickPages,
      beginWith: this.#ticks % this.#journals.length,
      take: (item) => this.#take(item),
    })
    this.#flush(nowMs)
  }

  #take(item: WatchItem): boolean {
    let full = false
    this.#groups.eachConcerned(item, (group) => {
      full ||= group.tickBytes >= bounds.watchTickBytes
    })
    if (full) return false
    this.#groups.eachConcerned(item, (group) => {
      const frame = group.wants(item) ? item.frame(group.audience) : undefined
      if (frame === undefined) return
      group.tickBytes += frame.bytes.length
      group.builder.add(frame, this.#cursor)
    })
    return true
  }

  #flush(nowMs: number): void {
    let token: string | undefined
    for (const group of this.#groups.all) {
      if (group.builder.isEmpty && nowMs - group.sentMs < bounds.watchIdleMs) continue
      token ??= writeResumeToken(this.#cursor)
      group.builder.flush(token)
      group.sentMs = nowMs
    }
  }
}
