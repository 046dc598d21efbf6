/**
 * The single writer of the directory. Commands are decided in the order they
 * came, but that a freeze does not wait for numbers which a job thread still
 * prepares; requests for numbers keep their order. Small commands that wait
 * together share one commit, large ones take several and let the event loop turn
 * between them.
 *
 *   submit -> queue -> decide -> commit -> publish version -> answer
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../core/limits.js'
import { StorageUnavailable } from '../journal/shard-log.js'
import { addLarge } from './add-large.js'
import { BanSweep } from './ban-sweep.js'
import type { DirectoryAnswer, DirectoryCommand } from './commands.js'
import { decideDirectory } from './decide.js'
import type { AddFacts } from './decide-numbers.js'
import type { Occupied } from './drain.js'
import { directoryLimits } from './limits.js'
import { PageWriter, type PageWriterOptions } from './page-writer.js'
import { askedCount, type NumbersAsked, type PreparedNumbers } from './prepared-numbers.js'
import { type DirectoryRefusal, refuse } from './refusal.js'
import { removeNumbers } from './remove.js'
import { retire } from './retire.js'
import { dropNextExtent, rollBack, sweepParts } from './sweep.js'
import type { DirectoryClient } from './view.js'

export interface DirectoryWriterOptions extends PageWriterOptions {
  /** Makes the numbers of a request ready (jobs/prepare-numbers.ts). */
  readonly prepare: (asked: NumbersAsked) => Promise<PreparedNumbers | DirectoryRefusal>
  /** How many of these numbers of a shard carry a route, as of the directory's present version. */
  readonly occupied: Occupied
  /** A fault that no caller waits for. */
  readonly onFault: (error: unknown) => void
}

type Prepared = Promise<PreparedNumbers | DirectoryRefusal>

interface Waiting {
  readonly command: DirectoryCommand
  /** Of add-numbers alone. */
  readonly prepared: Prepared | undefined
  isReady: boolean
  readonly numbers: number
  readonly resolve: (answer: DirectoryAnswer) => void
  readonly reject: (error: unknown) => void
}

export class DirectoryWriter implements DirectoryClient {
  readonly #pages: PageWriter
  readonly #banSweep: BanSweep
  readonly #options: DirectoryWriterOptions
  #queue: Waiting[] = []
  readonly #sweepTimer: NodeJS.Timeout
  #queuedNumbers = 0
  #sweepDue = true
  #closing = false
  #closed: Promise<void> | undefined
  #running: Promise<void> | undefined

  private constructor(options: DirectoryWriterOptions) {
    this.#options = options
    this.#pages = new PageWriter(options)
    this.#banSweep = new BanSweep(this.#pages)
    this.#sweepTimer = setInterval(() => void this.sweep(), directoryLimits.sweepEveryMs)
    this.#sweepTimer.unref()
  }

  /** Loads what is there and rolls back what a crash left half written, before anything is decided. */
  static async open(options: DirectoryWriterOptions): Promise<DirectoryWriter> {
    const writer = new DirectoryWriter(options)
    await rollBack(writer.#pages)
    await writer.#pages.bans.load(writer.#pages)
    writer.#start()
    return writer
  }

  /** The number of the last page. */
  get version(): number {
    return this.#pages.version
  }

  /** Whether there is nothing but, perhaps, these two, and no number. */
  holdsAtMost(names: { readonly tenant: string; readonly pool: string }): boolean {
    const { model } = this.#pages
    const tenants = model.tenantByName(names.tenant) === undefined ? 0 : 1
    const pools = model.poolByName(names.pool) === undefined ? 0 : 1
    if (model.tenantCount !== tenants || model.poolCount !== pools) return false
    return Array.from({ length: model.shards }, (_, shard) => model.load(shard)).every(({ numbers }) => numbers === 0)
  }

  /** Rejects only when the commit failed in a way that nobody expects; the directory goes on as its rows are. */
  submit(command: DirectoryCommand): Promise<DirectoryAnswer> {
    const numbers = namesNumbers(command) ? Math.min(askedCount(command), limits.numbersPerRequest) : 0
    const full = this.#fullFor(numbers)
    if (full !== undefined) return Promise.resolve(full)
    this.#queuedNumbers += numbers
    const prepared = command.type === 'add-numbers' ? this.#options.prepare(command) : undefined
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { command, prepared, isReady: prepared === undefined, numbers, resolve, reject }
      this.#queue.push(waiting)
      const ready = () => {
        waiting.isReady = true
        this.#start()
      }
      // A fault of the preparation meets whoever decides, who awaits it again.
      prepared?.then(ready, ready)
      this.#start()
    })
  }

  /** Drops abandoned imports and bans that ran out, a small page at a time, commands first. Resolves when nothing is left. */
  async sweep(): Promise<void> {
    this.#sweepDue = true
    this.#start()
    await this.#running
  }

  /** Decides what has been submitted, then closes the environment. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#sweepTimer)
    while (this.#running !== undefined || this.#queue.length > 0) {
      await Promise.all([this.#running, this.#queue[0]?.prepared?.catch(() => undefined)])
      await nextTurn()
    }
    // Whoever ends in the turn of its last transaction hangs for ever.
    await nextTurn()
    await this.#options.environment.close()
  }

  #fullFor(numbers: number): DirectoryRefusal | undefined {
    const { queuedCommands, queuedNumbers } = directoryLimits
    if (this.#closing) return refuse('OVERLOADED', 'the directory is closing')
    if (this.#queue.length >= queuedCommands) return refuse('OVERLOADED', `${queuedCommands} commands wait already`)
    if (this.#queuedNumbers > 0 && this.#queuedNumbers + numbers > queuedNumbers) {
      return refuse('OVERLOADED', `${this.#queuedNumbers} numbers wait to be added already`)
    }
    return undefined
  }

  #start(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#failAll(error))
      .finally(() => {
        this.#running = undefined
        // What came while the run was ending found it still running.
        if (this.#decidable().length > 0 || (this.#sweepDue && !this.#closing)) this.#start()
      })
  }

  /** The rows themselves cannot be read: nobody waits for what cannot come. */
  #failAll(error: unknown): void {
    this.#options.onFault(error)
    const waiting = this.#queue.splice(0)
    for (const { reject, numbers } of waiting) {
      this.#queuedNumbers -= numbers
      reject(error)
    }
  }

  async #run(): Promise<void> {
    // What is submitted in this turn shares the first commit.
    await nextTurn()
    for (;;) {
      const batch = this.#takeReady()
      if (batch.length > 0) await this.#decide(batch)
      else if (!(await this.#sweepOne())) return
      await nextTurn()
    }
  }

  /** What can be decided now: one large command, or small ones for one commit. */
  #takeReady(): Waiting[] {
    const batch: Waiting[] = []
    for (const waiting of this.#decidable()) {
      if (isLarge(waiting) && batch.length > 0) break
      batch.push(waiting)
      if (isLarge(waiting) || batch.length === directoryLimits.commandsPerPage) break
    }
    const taken = new Set(batch)
    this.#queue = this.#queue.filter((waiting) => !taken.has(waiting))
    return batch
  }

  /** All that waits but numbers that are being prepared, and numbers behind them. */
  #decidable(): Waiting[] {
    let isPreparing = false
    return this.#queue.filter(({ command, isReady }) => {
      isPreparing ||= !isReady
      return !(isPreparing && namesNumbers(command))
    })
  }

  #decide(batch: readonly Waiting[]): Promise<void> {
    return this.#answering(batch, async () => {
      const [first] = batch
      if (first !== undefined && isLarge(first)) return [await this.#large(first)]
      const answers: DirectoryAnswer[] = []
      for (const waiting of batch) answers.push(await this.#small(waiting))
      await this.#pages.flush()
      return answers
    })
  }

  async #small({ command, prepared }: Waiting): Promise<DirectoryAnswer> {
    const facts = prepared === undefined ? undefined : this.#facts(await prepared)
    const { answer, pages } = decideDirectory(this.#pages.model, command, this.#pages.now(), facts)
    for (const page of pages) this.#pages.stage(page)
    return answer
  }

  async #large({ command, prepared }: Waiting): Promise<DirectoryAnswer> {
    if (command.type === 'add-numbers' && prepared !== undefined) {
      return addLarge(this.#pages, command, await prepared)
    }
    if (command.type === 'set-number-state' && command.state === 'RETIRED') {
      return retire(this.#pages, command, this.#options.occupied)
    }
    if (command.type === 'remove-numbers') return removeNumbers(this.#pages, command, this.#options.occupied)
    const { answer, pages } = decideDirectory(this.#pages.model, command, this.#pages.now())
    for (const page of pages) await this.#pages.write(page)
    return answer
  }

  #facts(prepared: PreparedNumbers | DirectoryRefusal): AddFacts {
    return { prepared, held: prepared.ok ? this.#pages.firstHeld(prepared.keys) : undefined }
  }

  /** Answers a batch once `work` is durable; a full disk refuses all of it, any other fault fails all of it. */
  async #answering(batch: readonly Waiting[], work: () => Promise<DirectoryAnswer[]>): Promise<void> {
    try {
      const answers = await work()
      for (let i = 0; i < batch.length; i += 1) batch[i]!.resolve(answers[i]!)
    } catch (error) {
      this.#sweepDue = true
      const full = error instanceof StorageUnavailable
      for (const { resolve, reject } of batch) {
        if (full) resolve(refuse('STORAGE_FULL', error.message))
        else reject(error)
      }
      this.#pages.abandon()
    } finally {
      for (const { numbers } of batch) this.#queuedNumbers -= numbers
    }
  }

  /** One step of the sweep; false when there is nothing to do, or no room to do it. */
  async #sweepOne(): Promise<boolean> {
    // What is left is taken up at the next start.
    if (this.#closing) return false
    try {
      if (this.#sweepDue) {
        this.#sweepDue = false
        await sweepParts(this.#pages)
      }
      return (await dropNextExtent(this.#pages)) || (await this.#banSweep.step())
    } catch (error) {
      this.#options.onFault(error)
      return false
    }
  }
}

/** Takes commits of its own, or waits for somebody else. */
function isLarge({ command, numbers }: Waiting): boolean {
  const { numbersPreparedInline } = directoryLimits
  if (command.type === 'add-numbers') return numbers > numbersPreparedInline
  if (command.type === 'remove-numbers') return true
  if (command.type !== 'set-number-state') return false
  if (command.state === 'RETIRED') return true
  return 'block' in command.target && command.target.block.count > numbersPreparedInline
}

/** Such commands are bounded by their numbers, and keep their order among each other. */
function namesNumbers(command: DirectoryCommand): command is Extract<DirectoryCommand, NumbersAsked> {
  return command.type === 'add-numbers' || command.type === 'remove-numbers'
}
