/**
 * Makes events of the directory durable, a page at a time, and then visible:
 * commit, publish the version, and only then does anybody get an answer (I6).
 * A commit that fails leaves the model as the rows are.
 */
import type { Digits } from '../core/binding.js'
import type { NumberRule } from '../core/canonical-number.js'
import type { Ban } from '../core/directory.js'
import { DirectoryApply } from '../store/directory-apply.js'
import { BanRows } from '../store/directory-ban-rows.js'
import { directoryTables } from '../store/directory-environment.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import { decodeDirectoryEvent, encodeDirectoryEvent } from '../store/directory-event-codec.js'
import { numberKeyBytes, numbersIn, readDigits } from '../store/directory-number-key.js'
import { DirectoryRows } from '../store/directory-rows.js'
import type { Environment } from '../store/environment.js'
import { BanRegister } from './ban-register.js'
import type { DirectoryJournal } from './directory-journal.js'
import { DirectoryModel } from './model.js'
import { PendingBans } from './pending-bans.js'
import { PendingNumbers } from './pending-numbers.js'
import type { Changed, SharedVersion } from './shared-version.js'
import type { HeldNumber } from './state.js'

export interface PageWriterOptions {
  readonly environment: Environment
  readonly journal: DirectoryJournal
  readonly shared: SharedVersion
  readonly shards: number
  readonly rules: readonly NumberRule[]
  /** The process clock, unix ms. */
  readonly clock: () => number
}

export class PageWriter {
  readonly rows: DirectoryRows
  readonly banRows: BanRows
  readonly model: DirectoryModel
  readonly bans: BanRegister
  readonly #environment: Environment
  readonly #journal: DirectoryJournal
  readonly #shared: SharedVersion
  readonly #clock: () => number
  readonly #apply: DirectoryApply
  readonly #pending = new PendingNumbers()
  readonly #pendingBans = new PendingBans()
  #staged: DirectoryEvent[] = []

  constructor(options: PageWriterOptions) {
    this.#environment = options.environment
    this.#journal = options.journal
    this.#shared = options.shared
    this.#clock = options.clock
    const tables = directoryTables(options.environment)
    this.rows = new DirectoryRows(tables)
    this.#apply = new DirectoryApply(tables)
    this.banRows = new BanRows(tables)
    this.bans = new BanRegister(options.shared.bans)
    const lookup = { number: (digits: Digits) => this.#number(digits), ban: (key: Uint8Array) => this.#ban(key) }
    this.model = new DirectoryModel(options.shards, options.rules, lookup)
    this.#reload()
    this.#shared.publish(this.#journal.version, { entities: true, numbers: true })
  }

  get version(): number {
    return this.#journal.version
  }

  now(): number {
    return this.#clock()
  }

  /** Renews the snapshot: between the parts of a long look. */
  refresh(): void {
    this.#environment.refresh()
  }

  /** Takes events into the page that is being gathered; later decisions stand on them. */
  stage(events: readonly DirectoryEvent[]): void {
    for (const event of events) {
      this.#pending.note(event, (digits) => this.#number(digits))
      this.#pendingBans.note(event)
      this.model.apply(event)
      this.#staged.push(event)
    }
  }

  /** Writes what is staged, as one page. Throws StorageUnavailable, or whatever else the commit failed of. */
  async flush(): Promise<void> {
    const events = this.#staged
    this.#staged = []
    if (events.length > 0) await this.#commit(events)
    this.#pending.clear()
    this.#pendingBans.clear()
  }

  /** Writes events as a page of their own, while nothing is staged. */
  async write(events: readonly DirectoryEvent[]): Promise<void> {
    for (const event of events) this.model.apply(event)
    await this.#commit(events)
  }

  /** The first of these numbers that somebody holds. */
  firstHeld(keys: Uint8Array): Digits | undefined {
    for (let i = 0; i < numbersIn(keys); i += 1) {
      const at = i * numberKeyBytes
      if (this.rows.numberAt(keys, at) !== undefined) return readDigits(keys, at)
      if (this.#staged.length > 0 && this.#pending.get(readDigits(keys, at)) !== undefined) return readDigits(keys, at)
    }
    return undefined
  }

  /** Forgets what is staged: the model is as the rows are. */
  abandon(): void {
    this.#reload()
  }

  async #commit(events: readonly DirectoryEvent[]): Promise<void> {
    try {
      await this.#journal.commit(events.map(encodeDirectoryEvent), this.#clock(), (encoded) => {
        for (const bytes of encoded) this.#apply.apply(decodeDirectoryEvent(bytes))
      })
    } catch (error) {
      this.bans.noteDoubtful(events)
      this.#reload()
      throw error
    }
    this.#environment.refresh()
    this.bans.note(events)
    this.#shared.publish(this.#journal.version, changedBy(events))
  }

  #reload(): void {
    this.#pending.clear()
    this.#pendingBans.clear()
    this.#staged = []
    this.#environment.refresh()
    this.model.reload({
      tenants: () => this.rows.tenantsAfter(0, Number.MAX_SAFE_INTEGER),
      pools: () => this.rows.poolsAfter(0, Number.MAX_SAFE_INTEGER),
      areas: () => this.rows.areas(),
      parts: () => this.rows.parts(),
      nextPart: () => this.rows.nextPart(),
      shardCounts: (shard) => this.rows.shardCounts(shard),
      banCount: () => this.banRows.count(),
    })
  }

  #ban(key: Uint8Array): Ban | undefined {
    return this.#pendingBans.has(key) ? this.#pendingBans.get(key) : this.banRows.ban(key)
  }

  #number(digits: Digits): HeldNumber | undefined {
    const pending = this.#pending.get(digits)
    if (pending !== undefined) return pending
    const row = this.rows.number(digits)
    if (row === undefined) return undefined
    const { shard, ordinal, pool, state, stateBefore, part } = row
    return { digits, shard, ordinal, pool, state, stateBefore, importId: part }
  }
}

/** What readers must forget; bans they do not remember. Numbers of a part that nobody may see change nothing. */
function changedBy(events: readonly DirectoryEvent[]): Changed {
  return {
    entities: events.some(({ type }) => type === 'tenant' || type === 'pool'),
    numbers: events.some(
      (event) =>
        event.type === 'number-states' ||
        event.type === 'numbers-gone' ||
        event.type === 'parts-live' ||
        (event.type === 'numbers' && event.part === 0),
    ),
  }
}
