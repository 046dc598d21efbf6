/**
 * Who is catching up, one chunk of one of them at a time. Whoever waits for its
 * reader stands aside; when it comes back it goes first, so that those who
 * began earlier arrive earlier.
 */
import { bounds } from '../bounds.js'
import type { CatchUp } from './catch-up.js'
import type { Watcher } from './watcher.js'

export class CatchUpQueue {
  readonly #all = new Map<Watcher, CatchUp>()
  readonly #ready: CatchUp[] = []
  /** They wait for the tail to come where they are. */
  readonly #ahead = new Set<CatchUp>()
  readonly #stalls = new Map<CatchUp, NodeJS.Timeout>()
  readonly #wake: () => void
  readonly #stalled: (watcher: Watcher) => void

  /**
   * @param wake one of them can go on
   * @param stalled its reader took nothing for `watchStallMs`
   */
  constructor(wake: () => void, stalled: (watcher: Watcher) => void) {
    this.#wake = wake
    this.#stalled = stalled
  }

  get size(): number {
    return this.#all.size
  }

  /** Whether a step would do anything. */
  get isReady(): boolean {
    return this.#ready.length > 0
  }

  get watchers(): Iterable<Watcher> {
    return this.#all.keys()
  }

  add(catchUp: CatchUp): void {
    this.#all.set(catchUp.watcher, catchUp)
    this.#ready.push(catchUp)
    this.#wake()
  }

  remove(watcher: Watcher): void {
    const catchUp = this.#all.get(watcher)
    if (catchUp === undefined) return
    this.#all.delete(watcher)
    this.#ahead.delete(catchUp)
    this.#endStall(catchUp)
    const at = this.#ready.indexOf(catchUp)
    if (at >= 0) this.#ready.splice(at, 1)
  }

  /** After a tick of the tail. */
  tailMoved(): void {
    if (this.#ahead.size === 0) return
    this.#ready.push(...this.#ahead)
    this.#ahead.clear()
    this.#wake()
  }

  /**
   * One chunk of the first that is ready.
   * @param failed what its reading threw; the watcher is no longer in the queue
   */
  step(nowMs: number, failed: (watcher: Watcher, error: unknown) => void): void {
    const catchUp = this.#ready.shift()
    if (catchUp === undefined) return
    try {
      const progress = catchUp.step(nowMs)
      if (progress === 'joined' || progress === 'over') this.remove(catchUp.watcher)
      else if (progress === 'ahead') this.#ahead.add(catchUp)
      else this.#awaitReader(catchUp)
    } catch (error) {
      this.remove(catchUp.watcher)
      failed(catchUp.watcher, error)
    }
  }

  #awaitReader(catchUp: CatchUp): void {
    const { watcher } = catchUp
    if (watcher.isIdle) {
      this.#ready.unshift(catchUp)
      return
    }
    this.#stalls.set(
      catchUp,
      setTimeout(() => this.#stalled(watcher), bounds.watchStallMs),
    )
    watcher.whenIdle(() => {
      this.#endStall(catchUp)
      if (!this.#all.has(watcher)) return
      this.#ready.unshift(catchUp)
      this.#wake()
    })
  }

  #endStall(catchUp: CatchUp): void {
    clearTimeout(this.#stalls.get(catchUp))
    this.#stalls.delete(catchUp)
  }
}
