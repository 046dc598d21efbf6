/**
 * A watcher on its way from an old place to the tail: it reads by itself, its
 * own events alone, a chunk at a time, and the next chunk once the transport
 * has taken the last.
 *
 *            chunk read                 all taken
 *   READING -----------> WAITING FOR READER ----> READING
 *      |  \
 *      |   `-- nothing left but what lies ahead of the tail: AHEAD, until the tail has come there
 *      `-- at the tail's place: JOINED
 */
import { bounds } from '../bounds.js'
import { wantsKind } from './audience-group.js'
import type { Cursor } from './cursor.js'
import { MessageBuilder } from './message-builder.js'
import { writeResumeToken } from './resume-token.js'
import type { Tail } from './tail.js'
import { readOn, type WatchJournal } from './watch-journal.js'
import type { Watcher } from './watcher.js'

/** joined: the tail serves it from here. ahead: come again after the tail's next tick. reading: come again. over: gone. */
export type Progress = 'joined' | 'ahead' | 'reading' | 'over'

export class CatchUp {
  readonly watcher: Watcher
  readonly #journals: readonly WatchJournal[]
  readonly #tail: Tail
  readonly #cursor: Cursor
  readonly #builder: MessageBuilder
  #sentMs: number

  /** @param from is moved along */
  constructor(watcher: Watcher, from: Cursor, parts: CatchUpParts) {
    this.watcher = watcher
    this.#cursor = from
    this.#journals = parts.journals
    this.#tail = parts.tail
    this.#sentMs = parts.nowMs
    this.#builder = new MessageBuilder((message) => watcher.send(message))
  }

  /** Tells the reader its place, without events. */
  sendToken(): void {
    this.#builder.flush(writeResumeToken(this.#cursor))
  }

  /**
   * Reads one chunk, up to the tail and not beyond.
   * @throws JournalGap: what it wants is no longer kept; CorruptRecord
   */
  step(nowMs: number): Progress {
    const until = this.#tail.cursor
    let bytes = 0
    readOn({
      journals: this.#journals,
      cursor: this.#cursor,
      until,
      maxPages: bounds.watchCatchUpPages,
      take: (item) => {
        if (bytes >= bounds.watchCatchUpBytes) return false
        const { audience, kinds } = this.watcher
        const frame = wantsKind(kinds, item.kind) ? item.frame(audience) : undefined
        if (frame !== undefined) {
          bytes += frame.bytes.length
          this.#builder.add(frame, this.#cursor)
        }
        return true
      },
    })
    this.#flush(nowMs)
    return this.#arrive(until, nowMs)
  }

  #flush(nowMs: number): void {
    // A long way without an event of its own shows in the token all the same.
    if (this.#builder.isEmpty && nowMs - this.#sentMs < bounds.watchIdleMs) return
    this.sendToken()
    this.#sentMs = nowMs
  }

  #arrive(until: Cursor, nowMs: number): Progress {
    if (this.watcher.isOver) return 'over'
    if (until.isAheadOf(this.#cursor)) return 'reading'
    if (this.#cursor.isAheadOf(until)) return 'ahead'
    this.#tail.join(this.watcher, nowMs)
    return 'joined'
  }
}

export interface CatchUpParts {
  readonly journals: readonly WatchJournal[]
  readonly tail: Tail
  readonly nowMs: number
}
