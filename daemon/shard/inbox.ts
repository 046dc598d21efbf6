/** Commands that wait for their shard, bounded; a command past its deadline or cancelled is never decided. */
import type { Command } from '../core/commands.js'
import { bounds } from './bounds.js'
import type { ShardAnswer, ShardFault } from './shard-client.js'

export interface Waiting {
  readonly command: Command
  /** Process-clock ms; Infinity for none. */
  readonly deadlineMs: number
  /** Set when the caller is gone. */
  cancelled: boolean
  readonly answer: (answer: ShardAnswer) => void
}

/** The queue of one shard: at most `bounds.inboxCommands` wait. */
export class Inbox {
  #commands: Waiting[] = []
  #wake: (() => void) | undefined

  get size(): number {
    return this.#commands.length
  }

  put(waiting: Waiting): void {
    if (this.#commands.length >= bounds.inboxCommands) {
      waiting.answer(fault('OVERLOADED', 'the shard has too many commands waiting', bounds.retryOverloadedMs))
      return
    }
    this.#commands.push(waiting)
    this.#wake?.()
  }

  /** Back to the front: they could not be decided yet. */
  putBack(waiting: readonly Waiting[]): void {
    this.#commands = [...waiting, ...this.#commands]
  }

  take(limit: number): Waiting[] {
    if (this.#commands.length <= limit) {
      const all = this.#commands
      this.#commands = []
      return all
    }
    return this.#commands.splice(0, limit)
  }

  /** Resolves when there is a command, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (this.#commands.length > 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }

  wake(): void {
    this.#wake?.()
  }
}

export function fault(kind: ShardFault, message: string, retryAfterMs: number): ShardAnswer {
  return { kind: 'fault', fault: kind, message, retryAfterMs }
}
