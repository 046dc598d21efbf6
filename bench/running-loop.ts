/** A shard's loop over a real store, without a daemon around it. */
import { randomFillSync } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Command, Outcome } from '../daemon/core/commands.js'
import type { DirectoryFeed } from '../daemon/shard/loop-store.js'
import type { ShardAnswer } from '../daemon/shard/shard-client.js'
import { ShardLoop } from '../daemon/shard/shard-loop.js'
import type { ShardStore } from '../daemon/store/shard-store.js'

/** An outcome that is no refusal. */
export type Granted = Extract<Outcome, { readonly ok: true }>

/** Fit for what fills or measures a shard in one process with its store. */
export class RunningLoop {
  readonly #store: ShardStore
  readonly #loop: ShardLoop
  readonly #running: Promise<void>
  #fault: unknown

  /** @param now unix milliseconds, never falling */
  constructor(store: ShardStore, directory: DirectoryFeed, now: () => number) {
    this.#store = store
    this.#loop = new ShardLoop({
      owner: 'bench',
      log: store.log,
      store,
      directory,
      clock: { now, jumped: false },
      entropy: (count) => randomFillSync(new Uint8Array(count)),
      observer: {
        loaded: ignore,
        committed: ignore,
        queued: ignore,
        fenced: ignore,
        refused: ignore,
        inDoubt: ignore,
        storageFull: ignore,
        storageResumed: ignore,
        failed: (error) => {
          this.#fault = error
        },
      },
      nextTurn: () => nextTurn(),
      sleep: async (ms) => {
        await sleep(ms)
      },
    })
    this.#running = this.#loop.run()
  }

  /** Waits until it has loaded. @throws what keeps it from it */
  async ready(): Promise<void> {
    while (!this.#loop.ready) {
      if (this.#fault !== undefined) throw this.#fault
      await nextTurn()
    }
  }

  /** @returns the outcomes, in order. @throws for a refusal, and for a fault of the loop */
  async submitAll(commands: readonly Command[]): Promise<Granted[]> {
    const answers = await Promise.all(commands.map((command) => this.#submit(command)))
    if (this.#fault !== undefined) throw this.#fault
    return answers.map((answer) => {
      if (answer.kind === 'fault') throw new Error(`${answer.fault}: ${answer.message}`)
      if (!answer.outcome.ok) throw new Error(answer.outcome.refusal.reason)
      return answer.outcome
    })
  }

  /** Ends the loop, then closes the store. */
  async close(): Promise<void> {
    this.#loop.stop()
    await this.#running
    await this.#store.close()
  }

  #submit(command: Command): Promise<ShardAnswer> {
    return new Promise((answer) => {
      this.#loop.submit({ command, deadlineMs: Number.POSITIVE_INFINITY, cancelled: false, answer })
    })
  }
}

const ignore = (): void => undefined
