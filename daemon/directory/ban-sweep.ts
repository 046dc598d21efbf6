/**
 * Drops bans that have run out: a look at all rows, some each turn of the event
 * loop, and only when one of them has. Nothing depends on when that happens: a
 * ban holds by its own time.
 */
import { decideBanSweep } from './decide-bans.js'
import { directoryLimits } from './limits.js'
import type { PageWriter } from './page-writer.js'

export class BanSweep {
  readonly #pages: PageWriter
  /** Where the look goes on; undefined: none is under way. */
  #after: Uint8Array | undefined
  #begunMs = Number.NEGATIVE_INFINITY

  constructor(pages: PageWriter) {
    this.#pages = pages
  }

  /** One step; false when there is nothing to do. Throws when a commit fails; the next sweep begins anew. */
  async step(): Promise<boolean> {
    const after = this.#after ?? this.#begin()
    if (after === undefined) return false
    try {
      this.#after = await this.#look(after)
    } catch (error) {
      this.#after = undefined
      this.#pages.bans.doubtEnds()
      throw error
    }
    return true
  }

  #begin(): Uint8Array | undefined {
    const { bans } = this.#pages
    const now = this.#pages.now()
    const isDue = now >= bans.endsFromMs && now - this.#begunMs >= directoryLimits.bansSweptEveryMs
    if (!isDue) return undefined
    this.#begunMs = now
    bans.forgetEnds()
    return new Uint8Array()
  }

  /** @returns where to go on; undefined at the end */
  async #look(after: Uint8Array): Promise<Uint8Array | undefined> {
    const { bansPerLook } = directoryLimits
    const { banRows, bans } = this.#pages
    this.#pages.refresh()
    const now = this.#pages.now()
    const looked = banRows.bansAfter(after, bansPerLook)
    const events = decideBanSweep(looked, now)
    if (events.length > 0) await this.#pages.write(events)
    for (const { ban } of looked) if (ban.untilMs === undefined || ban.untilMs > now) bans.noteEnd(ban)
    return looked.length < bansPerLook ? undefined : looked.at(-1)?.key
  }
}
